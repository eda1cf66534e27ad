package io.larimar.bench;

import java.util.List;
import java.util.Locale;

/** A log-log line chart as inline SVG, so that a report is one file. */
final class Chart {
  /** One line: a name and its points. */
  record Line(String name, double[] x, double[] y) {}

  private static final String[] COLOURS = {"#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#d68910"};
  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int LEFT = 70;
  private static final int BOTTOM = 40;
  private static final int TOP = 30;

  private Chart() {}

  /** The chart; every value must be positive. */
  static String svg(String title, String xName, String yName, List<Line> lines) {
    double x0 = Double.MAX_VALUE;
    double x1 = 0;
    double y0 = Double.MAX_VALUE;
    double y1 = 0;
    for (Line line : lines) {
      for (int i = 0; i < line.x().length; i++) {
        x0 = Math.min(x0, line.x()[i]);
        x1 = Math.max(x1, line.x()[i]);
        y0 = Math.min(y0, line.y()[i]);
        y1 = Math.max(y1, line.y()[i]);
      }
    }
    int fromX = (int) Math.floor(Math.log10(x0));
    int toX = Math.max(fromX + 1, (int) Math.ceil(Math.log10(x1)));
    int fromY = (int) Math.floor(Math.log10(y0));
    int toY = Math.max(fromY + 1, (int) Math.ceil(Math.log10(y1)));
    StringBuilder svg = new StringBuilder();
    add(svg, "<svg viewBox='0 0 %d %d' width='%d' role='img'><title>%s</title>"
        + "<text x='%d' y='18' font-weight='bold'>%s</text>", WIDTH, HEIGHT, WIDTH, title, LEFT,
        title);
    for (int decade = fromX; decade <= toX; decade++) {
      double x = across(decade, fromX, toX);
      add(svg, "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='#ddd'/>"
          + "<text x='%.1f' y='%d' text-anchor='middle'>%s</text>", x, x, TOP, HEIGHT - BOTTOM, x,
          HEIGHT - BOTTOM + 16, power(decade));
    }
    for (int decade = fromY; decade <= toY; decade++) {
      double y = up(decade, fromY, toY);
      add(svg, "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#ddd'/>"
          + "<text x='%d' y='%.1f' text-anchor='end'>%s</text>", LEFT, WIDTH - 130, y, y,
          LEFT - 6, y + 4, power(decade));
    }
    add(svg, "<text x='%d' y='%d' text-anchor='middle'>%s</text>"
        + "<text x='14' y='%d' transform='rotate(-90 14 %d)' text-anchor='middle'>%s</text>",
        WIDTH / 2 - 30, HEIGHT - 6, xName, HEIGHT / 2, HEIGHT / 2, yName);
    for (int l = 0; l < lines.size(); l++) {
      Line line = lines.get(l);
      String colour = COLOURS[l % COLOURS.length];
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < line.x().length; i++) {
        double x = across(Math.log10(line.x()[i]), fromX, toX);
        double y = up(Math.log10(line.y()[i]), fromY, toY);
        add(points, "%.1f,%.1f ", x, y);
        add(svg, "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>", x, y, colour);
      }
      add(svg, "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>"
          + "<text x='%d' y='%d' fill='%s'>%s</text>", points, colour, WIDTH - 124,
          TOP + 12 + 18 * l, colour, line.name());
    }
    return svg.append("</svg>").toString();
  }

  private static String power(int decade) {
    return decade >= 0 && decade <= 6 ? String.format(Locale.ROOT, "%,d",
        (long) Math.pow(10, decade)) : decade < 0 ? "0." + "0".repeat(-decade - 1) + "1"
        : "1e" + decade;
  }

  private static double across(double log, int from, int to) {
    return LEFT + (WIDTH - 130 - LEFT) * (log - from) / (to - from);
  }

  private static double up(double log, int from, int to) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (log - from) / (to - from);
  }

  private static void add(StringBuilder to, String format, Object... values) {
    to.append(String.format(Locale.ROOT, format, values));
  }
}
