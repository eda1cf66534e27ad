package io.larimar.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Speed, time and memory against the length of the text, both logarithmic; a plot a unit, a line a
 * figure. Lines differ by colour and by dashes.
 */
final class LengthPlot {
  /** A figure by length: {@code searchMillisP50.64k}. */
  private static final Pattern BY_LENGTH = Pattern.compile("(\\w+)\\.(\\d+[kM]?)");
  private static final List<String> PLOTTED =
      List.of("tokens a second", "milliseconds", "MiB");
  private static final int LINES = 6; // that the style sheet tells apart
  private static final int LEFT = 70;
  private static final int WIDE = 460;
  private static final int TOP = 12;
  private static final int HIGH = 210;
  private static final int NAMES = 210; // beside the plot

  private final String unit;
  private final Map<String, TreeMap<Long, Double>> lines;
  private final Axis across;
  private final Axis up;

  /** Whole decades around some values, on so many pixels. */
  private record Axis(int from, int to, int pixels) {
    static Axis around(List<Double> values, int pixels) {
      double least = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
      double most = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
      int from = (int) Math.floor(Math.log10(least));
      return new Axis(from, Math.max(from + 1, (int) Math.ceil(Math.log10(most))), pixels);
    }

    double at(double value) {
      return pixels * (Math.log10(value) - from) / (to - from);
    }
  }

  private LengthPlot(String unit, Map<String, TreeMap<Long, Double>> lines) {
    this.unit = unit;
    this.lines = lines;
    this.across = Axis.around(lines.values().stream()
        .flatMap(line -> line.keySet().stream()).map(Long::doubleValue).toList(), WIDE);
    this.up = Axis.around(
        lines.values().stream().flatMap(line -> line.values().stream()).toList(), HIGH);
  }

  /** Whether there is anything to plot. */
  static boolean has(Map<Column, Map<String, Double>> columns, Map<String, String> units) {
    return PLOTTED.stream().anyMatch(unit -> !lines(columns, units, unit).isEmpty());
  }

  /** Appends the plots; {@code measure} is what the lengths count, such as "tokens". */
  static void append(StringBuilder out, Map<Column, Map<String, Double>> columns,
      Map<String, String> units, String measure) {
    for (String unit : PLOTTED) {
      Map<String, TreeMap<Long, Double>> lines = lines(columns, units, unit);
      if (!lines.isEmpty()) {
        new LengthPlot(unit, lines).draw(out, measure);
      }
    }
  }

  /** Values by figure and length; nothing of zero, which no logarithm shows. */
  private static Map<String, TreeMap<Long, Double>> lines(
      Map<Column, Map<String, Double>> columns, Map<String, String> units, String unit) {
    Map<String, TreeMap<Long, Double>> lines = new LinkedHashMap<>();
    columns.values().forEach(column -> column.forEach((name, value) -> {
      Matcher parts = BY_LENGTH.matcher(name);
      if (unit.equals(units.get(name)) && parts.matches() && value > 0) {
        long length = LongTextOptions.numbers("length", parts.group(2)).getFirst();
        if (length > 0) {
          lines.computeIfAbsent(parts.group(1), n -> new TreeMap<>()).put(length, value);
        }
      }
    }));
    return lines;
  }

  private void draw(StringBuilder out, String measure) {
    add(out, "<p>%s <span class=\"soft\">(up: %s, across: %s of the text; both logarithmic)</span>"
        + "</p>\n<div class=\"wide\"><svg width=\"%d\" height=\"%d\" role=\"img\""
        + " aria-label=\"%s by %s of the text\">\n", String.join(", ", lines.keySet()), unit,
        measure, LEFT + WIDE + NAMES, TOP + HIGH + 30, unit, measure);
    for (int decade = across.from; decade <= across.to; decade++) {
      double x = LEFT + across.at(Math.pow(10, decade));
      add(out, "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text"
          + " text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n", x, x, TOP, TOP + HIGH, x,
          TOP + HIGH + 18, LongTextOptions.named(Math.round(Math.pow(10, decade))));
    }
    for (int decade = up.from; decade <= up.to; decade++) {
      double y = TOP + HIGH - up.at(Math.pow(10, decade));
      add(out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text"
          + " text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n", LEFT, LEFT + WIDE, y, y,
          LEFT - 6, y + 4, decade < 0 ? "10^" + decade
              : LongTextOptions.named(Math.round(Math.pow(10, decade))));
    }
    List<String> names = new ArrayList<>(lines.keySet());
    for (int i = 0; i < names.size(); i++) {
      line(out, names.get(i), lines.get(names.get(i)), i);
    }
    out.append("</svg></div>\n");
  }

  private void line(StringBuilder out, String name, TreeMap<Long, Double> values, int number) {
    StringBuilder points = new StringBuilder();
    StringBuilder marks = new StringBuilder();
    values.forEach((length, value) -> {
      double x = LEFT + across.at(length);
      double y = TOP + HIGH - up.at(value);
      add(points, "%.1f,%.1f ", x, y);
      add(marks, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s, %s: %s</title></circle>", x, y,
          name, LongTextOptions.named(length), HtmlReport.number(value));
    });
    int key = TOP + 14 + 18 * number;
    int left = LEFT + WIDE + 12;
    add(out, "<g class=\"line line%d\"><polyline points=\"%s\"/>%s<polyline"
        + " points=\"%d,%d %d,%d\"/></g><text x=\"%d\" y=\"%d\">%s</text>\n", number % LINES,
        points.toString().strip(), marks, left, key - 4, left + 28, key - 4, left + 34, key, HtmlReport.escape(name));
  }

  private static void add(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values));
  }
}
