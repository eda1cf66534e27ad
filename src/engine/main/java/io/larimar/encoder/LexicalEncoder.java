package io.larimar.encoder;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Hashes the terms of a text to signs: x = sum over features f of weight(f) * s(f), divided by |x|.
 *
 * <p>Features are words, numbers and katakana runs, and for texts without spaces single ideographs
 * and pairs of neighbouring characters. s(f) is a vector of +1 and -1 drawn from a generator that
 * is seeded with the feature, so two texts have an inner product close to that of their weighted
 * bags of features, with an error of about 1 / sqrt(width) (Johnson and Lindenstrauss 1984;
 * Achlioptas 2003 for signs). Weights come from {@link TermWeights}. A repeated feature counts
 * once.
 */
public final class LexicalEncoder {
  private static final double PAIR_WEIGHT = 0.8;

  private final int width;
  private final TermWeights weights;

  /** An encoder of this many floats. */
  public LexicalEncoder(int width, TermWeights weights) {
    this.width = width;
    this.weights = weights;
  }

  /**
   * The unit lexical vector of a text, {@code width} floats; all zero for a text without terms.
   * Cost O(terms * width).
   */
  public float[] encode(String text) {
    return encode(features(text, false), Feature::weight);
  }

  /** The unit lexical vector of features with weights of the caller's own. */
  public float[] encode(List<Feature> features, ToDoubleFunction<Feature> weight) {
    double[] sum = new double[width];
    for (Feature feature : inOrder(features)) {
      addSigns(sum, feature.hash(), weight.applyAsDouble(feature));
    }
    double norm = 0;
    for (double x : sum) {
      norm += x * x;
    }
    float[] vector = new float[width];
    if (norm > 0) {
      double scale = 1 / Math.sqrt(norm);
      for (int i = 0; i < width; i++) {
        vector[i] = (float) (sum[i] * scale);
      }
    }
    return vector;
  }

  /** An order that follows from the set, so that the order of words leaves no trace in a sum. */
  private static Feature[] inOrder(List<Feature> features) {
    Feature[] sorted = features.toArray(Feature[]::new);
    Arrays.sort(sorted, Comparator.comparingLong(Feature::hash));
    return sorted;
  }

  /**
   * The features of a text, each once: its terms, pairs of characters, and codes, a word and a number
   * that stand together ("V3", "ZX-400"), which the vector of a text does without.
   */
  public List<Feature> features(String text) {
    return features(text, true);
  }

  private List<Feature> features(String text, boolean codes) {
    Map<String, Feature> features = new LinkedHashMap<>();
    Term before = null;
    for (Term term : Terms.of(text)) {
      boolean name = before != null && term.capital()
          || term.kind() == Term.Kind.NUMBER && term.text().length() > 1;
      features.merge(term.text(),
          new Feature(term.text(), weights.of(term), term.kind() == Term.Kind.WORD, name),
          (first, again) -> again.name() ? again : first);
      boolean pair = before != null && term.joined() && term.kind().isCharacter()
          && before.kind().isCharacter();
      if (pair) {
        boolean grammar = term.kind() == Term.Kind.HIRAGANA
            && before.kind() == Term.Kind.HIRAGANA;
        String both = before.text() + term.text();
        features.put(both,
            new Feature(both, grammar ? PAIR_WEIGHT / 4 : PAIR_WEIGHT, false, false));
      }
      boolean code = codes && before != null && term.joined() && !term.kind().isCharacter()
          && !before.kind().isCharacter()
          && (term.kind() == Term.Kind.NUMBER || before.kind() == Term.Kind.NUMBER);
      if (code) {
        String both = before.text() + term.text();
        features.put(both, new Feature(both, 1, false, true));
      }
      before = term;
    }
    return List.copyOf(features.values());
  }

  /** sum += weight * s, 64 signs from each draw of SplitMix64. */
  private static void addSigns(double[] sum, long seed, double weight) {
    long state = seed;
    for (int base = 0; base < sum.length; base += 64) {
      state += 0x9E3779B97F4A7C15L;
      long bits = mix(state);
      int end = Math.min(sum.length, base + 64);
      for (int i = base; i < end; i++) {
        sum[i] += weight * (1 - 2 * (int) (bits & 1));
        bits >>>= 1;
      }
    }
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
  static long mix(long z) {
    long y = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
