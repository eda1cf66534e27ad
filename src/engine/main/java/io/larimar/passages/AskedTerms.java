package io.larimar.passages;

import io.larimar.encoder.Feature;
import io.larimar.encoder.LexicalEncoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * What a question asks for, word by word, weighted by how rare each word is in what was read: the prior
 * of the word times its inverse document frequency, an episode being a document.
 */
final class AskedTerms {
  private static final double CONTENT_WEIGHT = 0.4; // below: "what", "did", "the"
  private static final Set<String> ASKING = Set.of("what", "which", "who", "whom", "whose",
      "when", "where", "why", "how", "many", "much", "does", "do", "did", "has", "have", "had",
      "is", "are", "was", "were", "will", "can", "please", "tell", "me", "know");
  private static final double NAME_FACTOR = 1.5; // a missing name is missed more than a missing verb
  private static final double LEAST = 0.3; // share of the prior that the frequency leaves
  private static final int LARGE = 1_000; // episodes from which on the frequency has its full say
  private static final double STEM_SHARE = 0.7; // of a word that stands there with another ending

  private record Asked(Feature feature, double weight) {
    /** How much of the weight a text may give of which a summary tells what it holds. */
    double bound(LongPredicate holds) {
      if (holds.test(feature.hash())) {
        return weight;
      }
      return feature.word() && holds.test(feature.stemHash()) ? STEM_SHARE * weight : 0;
    }
  }

  private final List<Asked> asked = new ArrayList<>();
  private final double sum;

  private AskedTerms(List<Feature> features, Collection<TermSummary> summaries) {
    double scale = 1 / Math.log(1.0 + Math.max(LARGE, summaries.size()));
    for (Feature feature : features) {
      if (feature.weight() >= CONTENT_WEIGHT && !ASKING.contains(feature.text())) {
        long in = summaries.stream().filter(summary -> summary.holds(feature.hash())).count();
        double rarity = Math.max(0, 1 - Math.log(1.0 + in) * scale);
        double weight = feature.weight() * (LEAST + (1 - LEAST) * rarity)
            * (feature.name() ? NAME_FACTOR : 1);
        asked.add(new Asked(feature, weight));
      }
    }
    this.sum = asked.stream().mapToDouble(Asked::weight).sum();
  }

  /** The content words of a question against what these episodes hold. */
  static AskedTerms of(
      String question, LexicalEncoder lexical, Collection<TermSummary> summaries) {
    return new AskedTerms(lexical.features(question), summaries);
  }

  boolean isEmpty() {
    return asked.isEmpty();
  }

  /** The question's key over its content words, a unit vector of the encoder's width. */
  float[] key(LexicalEncoder lexical) {
    Map<Feature, Double> weights = new HashMap<>();
    asked.forEach(term -> weights.put(term.feature, term.weight));
    return lexical.encode(List.copyOf(weights.keySet()), weights::get);
  }

  /** The most of the question that the passages of an episode can have together, 0 to 1. */
  double bound(TermSummary summary) {
    return bound(summary::holds);
  }

  /** The most of the question that one passage of an episode can have, 0 to 1. */
  double bound(TermSummary summary, int passage) {
    return bound((long hash) -> summary.holds(passage, hash));
  }

  private double bound(LongPredicate holds) {
    double bound = 0;
    for (Asked term : asked) {
      bound += term.bound(holds);
    }
    return sum == 0 ? 0 : bound / sum;
  }

  /** Whether any word of the question stands in a text. */
  boolean touches(List<Feature> said) {
    return asked.stream().anyMatch(term -> said.stream().anyMatch(term.feature::matches));
  }

  /** How much of the question stands in a passage, 0 to 1; nothing of a question without words. */
  double coverage(List<Feature> said) {
    return share(asked, said).orElse(0);
  }

  /** How much of the question's names and numbers stands in a passage, 0 to 1. */
  double names(List<Feature> said) {
    return share(asked.stream().filter(term -> term.feature.name()).toList(), said).orElse(1);
  }

  private static OptionalDouble share(List<Asked> terms, List<Feature> said) {
    double all = 0;
    double found = 0;
    for (Asked term : terms) {
      all += term.weight;
      if (said.stream().anyMatch(term.feature::matches)) {
        found += term.weight;
      }
    }
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of(found / all);
  }
}
