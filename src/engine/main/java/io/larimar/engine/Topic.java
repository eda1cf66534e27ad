package io.larimar.engine;

import io.larimar.encoder.Feature;
import io.larimar.encoder.LexicalEncoder;
import io.larimar.encoder.TermWeights;
import io.larimar.linalg.ScalarKernels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What memory holds on a topic, and the few statements of it that say most: those nearest to the topic
 * that do not repeat each other (maximal marginal relevance; Carbonell and Goldstein 1998). So a summary
 * says nothing that memory does not hold.
 */
final class Topic {
  /** Least share of the topic's words in a statement on it. */
  private static final double ON_TOPIC = 0.99;

  private static final double CONTENT_WEIGHT = 0.4;
  private static final int WIDTH = 256;
  private static final double NOVELTY = 0.7; // weight of what a statement repeats of one chosen

  private final LexicalEncoder lexical;
  private final List<Feature> words;

  Topic(String topic, TermWeights weights) {
    this.lexical = new LexicalEncoder(WIDTH, weights);
    List<Feature> all = lexical.features(topic);
    List<Feature> content = all.stream().filter(f -> f.weight() >= CONTENT_WEIGHT).toList();
    this.words = content.isEmpty() ? all : content;
    if (words.isEmpty()) {
      throw new IllegalArgumentException("a topic needs a word: \"" + topic + "\"");
    }
  }

  /** How much of the topic stands in a text, 0 to 1. */
  double coverage(String text) {
    List<Feature> said = lexical.features(text);
    double found = 0;
    double sum = 0;
    for (Feature word : words) {
      sum += word.weight();
      found += said.stream().anyMatch(word::matches) ? word.weight() : 0;
    }
    return found / sum;
  }

  /** Whether a text is on the topic: all its content words stand in it. */
  boolean holds(String text) {
    return coverage(text) >= ON_TOPIC;
  }

  /** The statements that say most, in the order of their places. */
  List<Statement> summary(List<Statement> statements, int sentences) {
    Map<Statement, float[]> left = new LinkedHashMap<>();
    statements.forEach(statement -> left.put(statement, lexical.encode(statement.text())));
    List<Statement> chosen = new ArrayList<>();
    List<float[]> said = new ArrayList<>();
    while (!left.isEmpty() && chosen.size() < sentences) {
      Statement best = left.keySet().stream()
          .max(Comparator.comparingDouble(s -> s.cosine() - NOVELTY
              * said.stream().mapToDouble(other -> ScalarKernels.dot(other, left.get(s))).max()
                  .orElse(0)))
          .orElseThrow();
      chosen.add(best);
      said.add(left.remove(best));
    }
    chosen.sort(Comparator.comparingLong(Statement::id)
        .thenComparingLong(s -> s.span().map(Excerpt.Span::offset).orElse(0L)));
    return List.copyOf(chosen);
  }
}
