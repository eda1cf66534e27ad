package io.larimar.eval;

import io.larimar.encoder.SentenceEncoder;
import io.larimar.engine.Fact;
import io.larimar.linalg.ScalarKernels;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Plain retrieval, as a baseline: statements found by the cosine of their sentence embeddings. */
final class SentenceIndex {
  private final SentenceEncoder encoder;
  private List<Fact> facts = List.of();
  private List<float[]> vectors = List.of(); // unit norm, one for each fact

  SentenceIndex(SentenceEncoder encoder) {
    this.encoder = encoder;
  }

  /** What a text comes nearest to, and how near. */
  record Found(int place, Fact fact, double cosine) {}

  /** Replaces all facts. */
  void set(List<Fact> facts) {
    this.facts = List.copyOf(facts);
    this.vectors = encoder.encodeAll(facts.stream().map(Fact::text).toList());
  }

  /** The nearest statement, the first of equals; there must be at least one. */
  Found nearest(String text) {
    return nearest(encode(text));
  }

  /** The same for a text that was encoded before. */
  Found nearest(float[] query) {
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < vectors.size(); i++) {
      double cosine = ScalarKernels.dot(query, vectors.get(i));
      if (cosine > most) {
        most = cosine;
        best = i;
      }
    }
    return new Found(best, facts.get(best), most);
  }

  /** So many nearest statements, or all where there are fewer, best first. */
  List<Found> nearest(float[] query, int count) {
    return IntStream.range(0, vectors.size())
        .mapToObj(i -> new Found(i, facts.get(i), ScalarKernels.dot(query, vectors.get(i))))
        .sorted(Comparator.comparingDouble(found -> -found.cosine())).limit(count).toList();
  }

  /** The unit vector of a text. */
  float[] encode(String text) {
    return encoder.encode(text);
  }

  /** Cosine of a text's vector with the statement at a place. */
  double cosine(int place, float[] query) {
    return ScalarKernels.dot(query, vectors.get(place));
  }
}
