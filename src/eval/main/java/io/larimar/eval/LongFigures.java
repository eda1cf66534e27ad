package io.larimar.eval;

import io.larimar.passages.Strategy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * Figures of long texts, named by length or number of facts behind a dot ({@code recall.64k}), and
 * by depth in percent behind a second one ({@code recall.64k.50}).
 */
final class LongFigures {
  /** What must be known to read the figures of speed and memory. */
  static final List<String> COSTS = List.of(
      "searchMillis: to find the passages of a question and to read them out, the encoding of the"
          + " question included; what follows is the decoding of its own prefix and prompt."
          + " Measured on 100 searches that generate nothing, behind 10 that are not counted, the"
          + " questions in turn; so p99 is the second largest.",
      "tokensPerSecond: tokens of the text by the time to read it into the memory, durable.",
      "residentMiB is VmRSS after the reading: the whole process with the heap, the mapped model"
          + " and its context; bAbI alone holds a second one for its oracle. offHeapMiB is what the"
          + " memory itself holds off the heap.",
      "flatFirst, flatWithin5 and the like: share of the first 50 questions for which a search by"
          + " that strategy alone, with no scope detector, ranks the passage first or among the"
          + " first five; flatMillisP50 its time.");

  private LongFigures() {}

  /** Recall of one length in percent: by depth, and their mean; none where nothing was asked. */
  static void recall(Figures figures, Column column, String name, String length,
      List<Integer> depths, List<Double> hits) {
    if (hits.isEmpty()) {
      return;
    }
    for (int i = 0; i < depths.size() && hits.size() == depths.size(); i++) {
      figures.put(column, name + "." + length + "." + depths.get(i), 100 * hits.get(i));
    }
    figures.put(column, name + "." + length, 100 * mean(hits));
  }

  static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }

  /** Search times of one length in milliseconds. */
  static void times(Figures figures, String length, List<Double> nanos) {
    figures.put(Column.LARIMAR, "searchMillisP50." + length, quantile(nanos, 0.5));
    figures.put(Column.LARIMAR, "searchMillisP99." + length, quantile(nanos, 0.99));
  }

  /** How each strategy ranks the passages and how long that takes, where the engine has it. */
  static void strategies(Figures figures, String length, Outcome outcome) {
    for (Strategy strategy : Strategy.values()) {
      List<Double> ranks = outcome.of(strategy.id() + ".rank");
      if (!ranks.isEmpty()) {
        figures.put(Column.LARIMAR, strategy.id() + "First." + length, within(ranks, 1));
        figures.put(Column.LARIMAR, strategy.id() + "Within5." + length, within(ranks, 5));
        figures.put(Column.LARIMAR, strategy.id() + "MillisP50." + length,
            quantile(outcome.of(strategy.id() + ".nanos"), 0.5));
      }
    }
  }

  /** Share of the ranks, in percent, that are found and no worse. */
  private static double within(List<Double> ranks, int worst) {
    return 100 * mean(ranks.stream().map(r -> r >= 1 && r <= worst ? 1.0 : 0.0).toList());
  }

  /** The share of questions whose passages entered the soft prefix, in percent. */
  static void found(Figures figures, String name, List<Double> hits) {
    if (!hits.isEmpty()) {
      figures.put(Column.LARIMAR, name, 100 * mean(hits));
    }
  }

  /** The share of questions about what is not there that bring nothing, in percent. */
  static void silent(Figures figures, String name, Outcome outcome) {
    found(figures, "silent." + name, outcome.of("silent"));
  }

  /** The value below which so large a share lies, in milliseconds; empty for no values. */
  static OptionalDouble quantile(List<Double> nanos, double share) {
    double[] sorted = nanos.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int at = Math.max(0, (int) Math.ceil(share * sorted.length) - 1);
    return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(sorted[at] / 1e6);
  }

  /** What a reading cost: speed, size, and the memory it takes; nothing where nothing was read. */
  static void reading(Figures figures, String length, Outcome outcome) {
    if (outcome.of("read.nanos").isEmpty()) {
      return;
    }
    double nanos = outcome.of("read.nanos").getFirst();
    double tokens = outcome.of("tokens").getFirst();
    figures.put(Column.LARIMAR, "tokensPerSecond." + length, tokens * 1e9 / nanos);
    figures.put(Column.LARIMAR, "passages." + length, outcome.of("passages").getFirst());
    figures.put(Column.LARIMAR, "residentMiB." + length, outcome.of("resident").getFirst());
    figures.put(Column.LARIMAR, "offHeapMiB." + length, outcome.of("offHeap").getFirst());
  }

  /** Resident memory of this process in MiB, heap and off-heap; 0 where the system tells none. */
  static double residentMiB() {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc/self/status"), StandardCharsets.UTF_8)) {
      return lines.filter(l -> l.startsWith("VmRSS:"))
          .mapToDouble(l -> Double.parseDouble(l.replaceAll("\\D", "")) / 1_024)
          .findFirst().orElse(0);
    } catch (IOException e) {
      return 0; // Not a Linux.
    }
  }
}
