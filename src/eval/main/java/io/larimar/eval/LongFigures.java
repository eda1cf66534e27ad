package io.larimar.eval;

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

  /** The value below which so large a share lies, in milliseconds; empty for no values. */
  static OptionalDouble quantile(List<Double> nanos, double share) {
    double[] sorted = nanos.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int at = Math.max(0, (int) Math.ceil(share * sorted.length) - 1);
    return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(sorted[at] / 1e6);
  }

  /** What a reading cost: speed, size and the process's resident memory after it. */
  static void reading(Figures figures, String length, Outcome outcome) {
    double nanos = outcome.of("read.nanos").getFirst();
    double tokens = outcome.of("tokens").getFirst();
    figures.put(Column.LARIMAR, "tokensPerSecond." + length, tokens * 1e9 / nanos);
    figures.put(Column.LARIMAR, "passages." + length, outcome.of("passages").getFirst());
    figures.put(Column.LARIMAR, "residentMiB." + length, outcome.of("resident").getFirst());
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
