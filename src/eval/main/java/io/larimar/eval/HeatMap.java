package io.larimar.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recall as a field of depth x length, one map for each kind of needle and column. A cell is as
 * dark as its share is large and carries the number, so that colour alone says nothing.
 */
final class HeatMap {
  /** A figure by length and depth: {@code needle.64k.50}. */
  private static final Pattern CELL = Pattern.compile("(\\w+)\\.(\\d+[kM]?)\\.(\\d+)");
  private static final int LABEL = 60;
  private static final int WIDE = 56;
  private static final int HIGH = 22;

  private HeatMap() {}

  /** Whether a figure is a cell of a map. */
  static boolean shows(String figure) {
    return CELL.matcher(figure).matches();
  }

  static boolean has(Map<Column, Map<String, Double>> columns) {
    return columns.values().stream().flatMap(c -> c.keySet().stream()).anyMatch(HeatMap::shows);
  }

  static void append(StringBuilder out, Map<Column, Map<String, Double>> columns) {
    TreeSet<String> kinds = new TreeSet<>();
    List<String> lengths = new ArrayList<>();
    TreeSet<Integer> depths = new TreeSet<>();
    columns.values().forEach(c -> c.keySet().forEach(name -> {
      Matcher cell = CELL.matcher(name);
      if (cell.matches()) {
        kinds.add(cell.group(1));
        depths.add(Integer.parseInt(cell.group(3)));
        if (!lengths.contains(cell.group(2))) {
          lengths.add(cell.group(2));
        }
      }
    }));
    lengths.sort((a, b) -> Long.compare(tokens(a), tokens(b)));
    for (String kind : kinds) {
      columns.forEach((column, figures) -> {
        if (figures.keySet().stream().anyMatch(n -> shows(n) && n.startsWith(kind + "."))) {
          map(out, kind, column, figures, lengths, List.copyOf(depths));
        }
      });
    }
  }

  private static long tokens(String length) {
    return LongTextOptions.numbers("length", length).getFirst();
  }

  private static void map(StringBuilder out, String kind, Column column,
      Map<String, Double> figures, List<String> lengths, List<Integer> depths) {
    out.append("<p>").append(kind).append(", ").append(column.id())
        .append(" <span class=\"soft\">(percent; across: tokens of the text, down: percent of it")
        .append(" before the needle)</span></p>\n<div class=\"wide\"><svg width=\"")
        .append(LABEL + WIDE * lengths.size()).append("\" height=\"")
        .append(HIGH * (depths.size() + 1)).append("\" role=\"img\" aria-label=\"").append(kind)
        .append(" by depth and length, ").append(column.id()).append("\">\n");
    for (int x = 0; x < lengths.size(); x++) {
      text(out, LABEL + x * WIDE + WIDE / 2, 15, lengths.get(x));
    }
    for (int y = 0; y < depths.size(); y++) {
      int top = (y + 1) * HIGH;
      text(out, LABEL / 2, top + 15, depths.get(y) + " %");
      for (int x = 0; x < lengths.size(); x++) {
        Double value = figures.get(kind + "." + lengths.get(x) + "." + depths.get(y));
        if (value != null) {
          cell(out, column, LABEL + x * WIDE, top, value);
        }
      }
    }
    out.append("</svg></div>\n");
  }

  private static void cell(StringBuilder out, Column column, int left, int top, double value) {
    out.append(String.format(Locale.ROOT, "<rect class=\"%s\" fill-opacity=\"%.2f\" x=\"%d\""
        + " y=\"%d\" width=\"%d\" height=\"%d\"/>", column.id(), 0.08 + 0.62 * value / 100, left,
        top, WIDE - 2, HIGH - 2));
    text(out, left + WIDE / 2, top + 15, HtmlReport.number(value));
  }

  private static void text(StringBuilder out, int x, int y, String text) {
    out.append("<text text-anchor=\"middle\" x=\"").append(x).append("\" y=\"").append(y)
        .append("\">").append(HtmlReport.escape(text))
        .append("</text>\n");
  }
}
