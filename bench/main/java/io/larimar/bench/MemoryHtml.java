package io.larimar.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The memory's report as one HTML page without references to anything outside it. */
final class MemoryHtml {
  private final Map<String, Object> report;
  private final StringBuilder html = new StringBuilder();

  MemoryHtml(Map<String, Object> report) {
    this.report = report;
  }

  String page() {
    html.append("<!doctype html><html lang='en'><meta charset='utf-8'>"
        + "<title>Larimar: memory</title><style>body{font:15px sans-serif;margin:2em auto;"
        + "max-width:70em;padding:0 1em}table{border-collapse:collapse;margin:1em 0}"
        + "td,th{border:1px solid #ccc;padding:.25em .6em;text-align:right}"
        + "td:first-child,th:first-child{text-align:left}.no{background:#fbe3e0}"
        + "svg{font:12px sans-serif;max-width:100%}</style><h1>Memory: cost and recall</h1><p>");
    html.append(escape(report.get("command"))).append("</p><p>")
        .append(escape(report.get("machine"))).append("</p>");
    html.append("<p>Kernel times are medians of turns of 0.4 ms in which the peers take turns; "
        + "ratios over 1 mean that Larimar is faster. Where the load average is above the number "
        + "of processors, absolute times and high quantiles measure the machine's other work "
        + "too: compare ratios and p10.</p>");
    table("checks");
    charts();
    if (report.containsKey("kernels")) {
      table("kernels");
    }
    table("capacity");
    table("precisions");
    return html.append("</html>\n").toString();
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> lines(String name) {
    return (List<Map<String, Object>>) report.get(name);
  }

  private void charts() {
    List<Chart.Line> cost = new ArrayList<>();
    cost.add(line("write p50", "writeMicros", "p50"));
    cost.add(line("forget p50", "forgetMicros", "p50"));
    cost.add(line("nearest p50", "nearestMicros", "p50"));
    cost.add(line("read p50", "readMicros", "p50"));
    html.append(Chart.svg("Cost against the number of facts", "facts", "microseconds", cost));
    List<Chart.Line> recall = new ArrayList<>();
    recall.add(line("own key", "recallById", ""));
    recall.add(line("whole fact", "wholeFactRecall", ""));
    html.append(Chart.svg("Recall against the number of facts", "facts", "share", recall));
    List<Chart.Line> bytes = new ArrayList<>();
    bytes.add(line("snapshot", "storedBytesPerFact", ""));
    html.append(Chart.svg("Bytes a fact", "facts", "bytes", bytes));
  }

  private Chart.Line line(String name, String figure, String quantile) {
    List<Map<String, Object>> steps = lines("capacity");
    double[] x = new double[steps.size()];
    double[] y = new double[steps.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = ((Number) steps.get(i).get("facts")).doubleValue();
      Object value = steps.get(i).get(figure);
      Object number = value instanceof Map<?, ?> quantiles ? quantiles.get(quantile) : value;
      y[i] = Math.max(1e-4, ((Number) number).doubleValue());
    }
    return new Chart.Line(name, x, y);
  }

  private void table(String name) {
    List<String> columns = new ArrayList<>();
    for (Map<String, Object> line : lines(name)) {
      line.keySet().stream().filter(key -> !columns.contains(key)).forEach(columns::add);
    }
    html.append("<h2>").append(name).append("</h2><table><tr>");
    columns.forEach(column -> html.append("<th>").append(column).append("</th>"));
    html.append("</tr>");
    for (Map<String, Object> line : lines(name)) {
      html.append(Boolean.FALSE.equals(line.get("reached")) ? "<tr class='no'>" : "<tr>");
      columns.forEach(column -> html.append("<td>")
          .append(line.containsKey(column) ? cell(line.get(column)) : "").append("</td>"));
      html.append("</tr>");
    }
    html.append("</table>");
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
