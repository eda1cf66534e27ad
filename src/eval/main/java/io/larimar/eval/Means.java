package io.larimar.eval;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;

/** Means as TARGETS defines them: over a record's prompts first, then over the records. */
final class Means {
  private Means() {}

  /** Mean of record means of one named list; records without it do not count. */
  static OptionalDouble of(List<Outcome> outcomes, String name) {
    return outcomes.stream().map(o -> o.of(name)).filter(v -> !v.isEmpty())
        .mapToDouble(Means::mean).average();
  }

  /** Mean of record means of a function of two lists that belong together. */
  static OptionalDouble of(
      List<Outcome> outcomes, String first, String second, DoubleBinaryOperator function) {
    return outcomes.stream().filter(o -> !o.of(first).isEmpty())
        .mapToDouble(o -> pairs(o.of(first), o.of(second), function)).average();
  }

  private static double pairs(
      List<Double> first, List<Double> second, DoubleBinaryOperator function) {
    if (first.size() != second.size()) {
      throw new IllegalStateException(
          "lists must be of one length: " + first.size() + ", " + second.size());
    }
    double sum = 0;
    for (int i = 0; i < first.size(); i++) {
      sum += function.applyAsDouble(first.get(i), second.get(i));
    }
    return sum / first.size();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** Success: the wanted answer is likelier than the other. */
  static double success(double wanted, double other) {
    return wanted < other ? 1 : 0;
  }

  /** Magnitude: difference of the geometric-mean token probabilities, exp(-nll). */
  static double magnitude(double wanted, double other) {
    return Math.exp(-wanted) - Math.exp(-other);
  }

  /** Harmonic mean; 0 where one of the values is 0. */
  static double harmonic(double... values) {
    double sum = 0;
    for (double value : values) {
      if (value <= 0) {
        return 0;
      }
      sum += 1 / value;
    }
    return values.length / sum;
  }
}
