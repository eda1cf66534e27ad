package io.larimar.scope;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What a fact says of a thing, such as a product: compared by plain sentence cosine with the thing
 * called "the product".
 *
 * <p>Product specifications name more relations than any bank of examples holds, but their words are
 * plain and their questions close to them. There the cosine tells relations apart better than the
 * relation space does (AUC 0.991 against 0.959 on the 49 English entries of the demo's FAQ), and for
 * people, places and works much worse (0.87 against 0.98 on CounterFact): so by the kind of subject.
 *
 * @param prompt embedding of the fact's prompt, unit norm
 * @param statement embedding of its whole text, unit norm
 */
record ThingRelation(float[] prompt, float[] statement) {
  /**
   * The least similarity. On that FAQ, with all its facts stored: 93 % of the English rephrasings find
   * their fact, and 18 % of the other questions about the same product are taken for one of its facts.
   */
  static final double THRESHOLD = 0.68;

  /** What the relation space says, in nats and within 3 of even, counts so much beside a cosine. */
  private static final double SPACE_WEIGHT = 0.01;

  private static final double MOST_NATS = 3;

  /** A kind of thing as the last word ("ZX-400 pump"); names of people and places have none. */
  private static final Pattern THING = Pattern.compile(".*\\s\\p{Ll}[\\p{L}-]*");

  /** Whether a subject of this name is a thing, written in a spaced script. */
  static boolean isThing(String name) {
    return Language.of(name) == Language.SPACED && THING.matcher(name).matches();
  }

  /**
   * The best of several windows of a prompt: mean cosine with the fact's prompt and statement, with a
   * small share of what the relation space says.
   *
   * @param inSpace similarity in the relation space, 0 to 1
   */
  double similarity(List<float[]> windows, double inSpace) {
    double cosine = windows.stream()
        .mapToDouble(w -> (dot(w, prompt) + dot(w, statement)) / 2).max().orElse(-1);
    double nats = Math.log(inSpace / (1 - inSpace));
    return cosine + SPACE_WEIGHT * Math.clamp(nats, -MOST_NATS, MOST_NATS);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
