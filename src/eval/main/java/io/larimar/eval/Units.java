package io.larimar.eval;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The unit in which each figure is printed. */
final class Units {
  private static final String PERCENT = "percent";
  private static final String SHARE = "share of 1";

  private Units() {}

  static String of(String figure) {
    String plain = figure.replaceFirst("(2K|Width|2Width)$", "")
        .replaceFirst("^.*\\.(fluency|millis)$", "$1");
    return switch (plain) {
      case "fluency", "fluencyEqualLength" -> "100 x bits";
      case "millis" -> "milliseconds";
      case "err", "errCurrent", "trrBefore", "trrAfter", "forgottenRecall", "keptRecall", "f1",
          "f1All", "scoreOfCeiling", "forgottenReadOut", "keptReadOut", "f1Direct",
          "f1DirectAll" -> SHARE;
      case "fluencyWords" -> "words";
      case "byteEqual" -> "1 for yes";
      case "factsPerSecond" -> "facts a second";
      case "openSeconds" -> "seconds";
      default -> figure.startsWith("similarity") ? "cosine"
          : figure.startsWith("membership") ? "area under the curve"
          : figure.contains("Millis") ? "milliseconds"
          : figure.endsWith("Seconds") ? "seconds"
          : figure.startsWith("evidence.") || figure.startsWith("passages.") ? "count"
          : figure.startsWith("tokensPerSecond") ? "tokens a second"
          : figure.contains("MiB") ? "MiB"
          : PERCENT;
    };
  }

  static Map<String, String> of(Collection<Map<String, Double>> columns) {
    Map<String, String> units = new TreeMap<>();
    columns.forEach(c -> c.keySet().forEach(name -> units.put(name, of(name))));
    return units;
  }
}
