package io.larimar.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The memory's report as an HTML page. */
final class MemoryHtml {
  private final Map<String, Object> report;
  private final ReportPage page;

  MemoryHtml(Map<String, Object> report) {
    this.report = report;
    this.page = new ReportPage("Memory: cost and recall", report);
  }

  String page() {
    page.text("Kernel times are medians of turns of 0.4 ms in which the peers take turns; "
        + "ratios over 1 mean that Larimar is faster. Where the load average is above the number "
        + "of processors, absolute times and high quantiles measure the machine's other work "
        + "too: compare ratios and p10.");
    page.table("checks");
    charts();
    if (report.containsKey("kernels")) {
      page.table("kernels");
    }
    page.table("capacity");
    page.table("precisions");
    return page.html();
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
    page.chart(Chart.svg("Cost against the number of facts", "facts", "microseconds", cost));
    List<Chart.Line> recall = new ArrayList<>();
    recall.add(line("own key", "recallById", ""));
    recall.add(line("whole fact", "wholeFactRecall", ""));
    page.chart(Chart.svg("Recall against the number of facts", "facts", "share", recall));
    List<Chart.Line> bytes = new ArrayList<>();
    bytes.add(line("snapshot", "storedBytesPerFact", ""));
    page.chart(Chart.svg("Bytes a fact", "facts", "bytes", bytes));
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
}
