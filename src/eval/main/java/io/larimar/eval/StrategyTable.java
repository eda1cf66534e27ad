package io.larimar.eval;

import io.larimar.passages.Strategy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What each search strategy finds first and how long that takes, by length: gain and cost. */
final class StrategyTable {
  private static final String FIRST = "First.";
  private static final String WITHIN = "Within5.";
  private static final String MILLIS = "MillisP50.";

  private StrategyTable() {}

  /** Appends the table; nothing where no strategy was measured. */
  static void append(StringBuilder out, Map<String, Double> figures) {
    List<Strategy> measured = Arrays.stream(Strategy.values())
        .filter(s -> figures.keySet().stream().anyMatch(f -> f.startsWith(s.id() + FIRST)))
        .toList();
    if (measured.isEmpty()) {
      return;
    }
    TreeMap<Long, String> lengths = new TreeMap<>();
    String some = measured.getFirst().id() + FIRST;
    figures.keySet().stream().filter(f -> f.startsWith(some)).map(f -> f.substring(some.length()))
        .forEach(l -> lengths.put(LongTextOptions.numbers("length", l).getFirst(), l));
    out.append("<p>Search strategies <span class=\"soft\">(the passage ranked first, among the"
        + " first five; median time)</span></p>\n<div class=\"wide\"><table>\n<tr><th>strategy</th>");
    lengths.values().forEach(l -> out.append("<th>").append(l).append("</th>"));
    out.append("</tr>\n");
    for (Strategy strategy : measured) {
      out.append("<tr><td>").append(strategy.id()).append("</td>");
      lengths.values().forEach(l -> out.append("<td>").append(cell(strategy.id(), l, figures))
          .append("</td>"));
      out.append("</tr>\n");
    }
    out.append("</table></div>\n");
  }

  private static String cell(String strategy, String length, Map<String, Double> figures) {
    Double first = figures.get(strategy + FIRST + length);
    return first == null ? "" : HtmlReport.number(first) + " %, "
        + HtmlReport.number(figures.get(strategy + WITHIN + length)) + " %; "
        + HtmlReport.number(figures.get(strategy + MILLIS + length)) + " ms";
  }
}
