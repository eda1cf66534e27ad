package io.larimar.eval;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Horizontal bars, grouped by figure, one bar a column; figures in percent or shares only. A
 * negative value has no bar, only its number.
 */
final class BarPlot {
  private static final int LABEL = 190;
  private static final int WIDTH = 560;
  private static final int BAR = 14;
  private static final int GAP = 12;
  private static final int MOST_FIGURES = 12;

  private BarPlot() {}

  static void append(StringBuilder out, Map<Column, Map<String, Double>> columns,
      Map<String, String> units) {
    Set<String> names = new LinkedHashSet<>();
    columns.values().forEach(c -> c.forEach((name, value) -> {
      if (length(value, units.get(name)) <= WIDTH && !HeatMap.shows(name)) {
        names.add(name);
      }
    }));
    List<String> shown = names.stream().limit(MOST_FIGURES).toList();
    int height = shown.stream()
        .mapToInt(n -> GAP + BAR * (int) columns.values().stream()
            .filter(c -> c.containsKey(n)).count()).sum() + 30;
    out.append("<p class=\"soft\">");
    columns.keySet().forEach(c -> out
        .append("<svg class=\"key\" viewBox=\"0 0 1 1\" role=\"img\"")
        .append(" aria-label=\"").append(c.id()).append("\"><rect class=\"").append(c.id())
        .append("\" width=\"1\" height=\"1\"/></svg>").append(c.id()));
    out.append("</p>\n<div class=\"wide\"><svg width=\"").append(LABEL + WIDTH + 60)
        .append("\" height=\"").append(height).append("\" role=\"img\" aria-label=\"")
        .append("figures by column\">\n");
    axis(out, height);
    int y = 24;
    for (String name : shown) {
      y = group(out, columns, units, name, y);
    }
    out.append("</svg></div>\n");
  }

  private static void axis(StringBuilder out, int height) {
    for (int percent = 0; percent <= 100; percent += 25) {
      int x = LABEL + WIDTH * percent / 100;
      out.append("<line class=\"axis\" x1=\"").append(x).append("\" x2=\"").append(x)
          .append("\" y1=\"18\" y2=\"").append(height).append("\"/><text class=\"soft\" x=\"")
          .append(x).append("\" y=\"12\" text-anchor=\"middle\">").append(percent)
          .append(" %</text>\n");
    }
  }

  private static int group(StringBuilder out, Map<Column, Map<String, Double>> columns,
      Map<String, String> units, String name, int y) {
    int at = y;
    for (Map.Entry<Column, Map<String, Double>> column : columns.entrySet()) {
      Double value = column.getValue().get(name);
      if (value != null) {
        long length = Math.round(length(value, units.get(name)));
        out.append("<rect class=\"").append(column.getKey().id()).append("\" x=\"")
            .append(LABEL).append("\" y=\"").append(at).append("\" width=\"")
            .append(Math.max(1, length)).append("\" height=\"").append(BAR - 2)
            .append("\"/><text x=\"").append(LABEL + length + 5).append("\" y=\"")
            .append(at + BAR - 2).append("\">").append(HtmlReport.number(value))
            .append("</text>\n");
        at += BAR;
      }
    }
    out.append("<text x=\"").append(LABEL - 8).append("\" y=\"").append((y + at) / 2 + 4)
        .append("\" text-anchor=\"end\">").append(HtmlReport.escape(name)).append("</text>\n");
    return at + GAP;
  }

  /** Pixels of a value; more than {@link #WIDTH} for what is neither percent nor a share. */
  private static double length(double value, String unit) {
    return switch (unit) {
      case "percent" -> value * WIDTH / 100;
      case "share of 1", "1 for yes" -> value * WIDTH;
      default -> Double.POSITIVE_INFINITY;
    };
  }
}
