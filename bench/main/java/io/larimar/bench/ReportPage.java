package io.larimar.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A report as one HTML page without references to anything outside it. */
final class ReportPage {
  private static final int MOST_COLUMNS = 12;

  private final Map<String, Object> report;
  private final StringBuilder html = new StringBuilder();

  ReportPage(String title, Map<String, Object> report) {
    this.report = report;
    html.append("<!doctype html><html lang='en'><meta charset='utf-8'>"
        + "<title>Larimar: ").append(title).append("</title>"
        + "<style>body{font:15px sans-serif;margin:2em auto;"
        + "max-width:70em;padding:0 1em}table{border-collapse:collapse;margin:1em 0}"
        + "td,th{border:1px solid #ccc;padding:.25em .6em;text-align:right}"
        + "td:first-child,th:first-child{text-align:left}.no{background:#fbe3e0}"
        + ".wide{overflow-x:auto}svg{font:12px sans-serif;max-width:100%}</style><h1>")
        .append(title).append("</h1>");
    text(report.get("command").toString());
    text(report.get("machine").toString());
  }

  /** Adds a paragraph. */
  void text(String words) {
    html.append("<p>").append(escape(words)).append("</p>");
  }

  /** Adds a chart, as {@link Chart} draws it. */
  void chart(String svg) {
    html.append(svg);
  }

  /**
   * Adds the lines of a part of the report as a table; a missed target is marked. A part of more
   * figures than a page is wide for has a row a figure and a column a line.
   */
  void table(String name) {
    List<String> figures = new ArrayList<>();
    for (Map<String, Object> line : lines(name)) {
      line.keySet().stream().filter(key -> !figures.contains(key)).forEach(figures::add);
    }
    html.append("<h2>").append(name).append("</h2><div class='wide'><table>");
    if (figures.size() > MOST_COLUMNS) {
      for (String figure : figures) {
        html.append("<tr>");
        head(figure);
        lines(name).forEach(line -> cell(line, figure));
        html.append("</tr>");
      }
    } else {
      html.append("<tr>");
      figures.forEach(this::head);
      html.append("</tr>");
      for (Map<String, Object> line : lines(name)) {
        html.append(Boolean.FALSE.equals(line.get("reached")) ? "<tr class='no'>" : "<tr>");
        figures.forEach(figure -> cell(line, figure));
        html.append("</tr>");
      }
    }
    html.append("</table></div>");
  }

  private void head(String name) {
    html.append("<th>").append(name).append("</th>");
  }

  private void cell(Map<String, Object> line, String figure) {
    html.append("<td>").append(line.containsKey(figure) ? cell(line.get(figure)) : "")
        .append("</td>");
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> lines(String name) {
    return (List<Map<String, Object>>) report.get(name);
  }

  /** The whole page. */
  String html() {
    return html + "</html>\n";
  }

  private static String cell(Object value) {
    return switch (value) {
      case Double number -> String.format(Locale.ROOT, "%.4g", number);
      case Map<?, ?> quantiles -> {
        StringBuilder all = new StringBuilder();
        quantiles.forEach((name, number) -> all.append(all.isEmpty() ? "" : ", ")
            .append(name).append(' ').append(cell(number)));
        yield all.toString();
      }
      default -> escape(value);
    };
  }

  private static String escape(Object value) {
    return value.toString().replace("&", "&amp;").replace("<", "&lt;");
  }
}
