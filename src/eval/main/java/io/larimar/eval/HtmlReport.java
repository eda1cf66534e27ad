package io.larimar.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** One HTML file with the figures, their targets, plots and examples; it loads nothing. */
final class HtmlReport {
  private static final int EXAMPLES = 12;
  private static final int TEXTS = 75;
  private static final List<String> SAMPLED =
      List.of("answer", "greedy", "fluency", "err", "trr", "forgotten", "kept", "needle",
          "passkey", "recall", "qa1", "qa2", "qa3");

  private static final String STYLE = """
      :root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0;
        --paper: #ffffff; --base: #8b8d98; --prompt: #d58a1f; --retrieval: #8e6bd0;
        --oracle: #2f9461; --larimar: #1285c9; }
      @media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba;
        --line: #3a3d42; --paper: #16181b; --base: #9a9ca6; --prompt: #e7a548;
        --retrieval: #a98be4; --oracle: #57c28c; --larimar: #4fb3ec; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
        vertical-align: top; }
      th:first-child, td:first-child, td.text, th.text { text-align: left; }
      td.ours { font-weight: 600; color: var(--larimar); }
      th, .soft { color: var(--soft); font-weight: 500; }
      svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
      svg .axis { stroke: var(--line); } svg .soft { fill: var(--soft); }
      .base { fill: var(--base); } .prompt { fill: var(--prompt); }
      .retrieval { fill: var(--retrieval); } .larimar { fill: var(--larimar); }
      .oracle { fill: var(--oracle); }
      .line polyline { fill: none; stroke: var(--of); stroke-width: 2; }
      .line circle { fill: var(--of); }
      .line0 { --of: var(--larimar); } .line1 { --of: var(--prompt); stroke-dasharray: 6 3; }
      .line2 { --of: var(--retrieval); stroke-dasharray: 2 3; }
      .line3 { --of: var(--oracle); stroke-dasharray: 9 3 2 3; }
      .line4 { --of: var(--base); stroke-dasharray: 12 4; }
      .line5 { --of: var(--ink); stroke-dasharray: 1 4; }
      .key { display: inline-block; width: .8em; height: .8em; margin: 0 .35em 0 1em; }
      code { overflow-wrap: anywhere; }
      """;

  private final EvalResult result;
  private final List<Outcome> outcomes;
  private final StringBuilder out = new StringBuilder();

  private HtmlReport(EvalResult result, List<Outcome> outcomes) {
    this.result = result;
    this.outcomes = outcomes;
  }

  /** Writes the report. */
  static void write(Path file, EvalResult result, List<Outcome> outcomes) {
    try {
      Files.writeString(file, of(result, outcomes), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  static String of(EvalResult result, List<Outcome> outcomes) {
    HtmlReport report = new HtmlReport(result, outcomes);
    report.page();
    return report.out.toString();
  }

  private void page() {
    EvalOptions o = result.options();
    String title = "Larimar: " + o.task().id() + ", " + o.setting().id() + ", "
        + o.protocol().id();
    out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>").append(escape(title)).append("</title>\n<style>\n").append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>").append(escape(title)).append("</h1>\n<p>")
        .append(escape(summary())).append("</p>\n");
    heading("Figures");
    figures();
    heading("Plot");
    BarPlot.append(out, result.columns(), result.units());
    if (result.options().task() == EvalTask.ABLATION) {
      heading("Variants");
      variants(result.columns().getOrDefault(Column.LARIMAR, Map.of()));
    }
    if (HeatMap.has(result.columns())) {
      heading("Recall by depth and length");
      HeatMap.append(out, result.columns());
    }
    if (o.task().asksOfLongText() && LengthPlot.has(result.columns(), result.units())) {
      heading("Speed, time and memory by length");
      LengthPlot.append(out, result.columns(), result.units(),
          o.task() == EvalTask.FASTFACTS ? "facts" : "tokens");
      StrategyTable.append(out, result.columns().getOrDefault(Column.LARIMAR, Map.of()));
    }
    if (!result.notes().isEmpty()) {
      heading("Notes");
      out.append("<ul>\n");
      result.notes().forEach(n -> out.append("<li>").append(escape(n)).append("</li>\n"));
      out.append("</ul>\n");
    }
    examples();
    heading("Provenance");
    provenance();
    out.append("</body>\n</html>\n");
  }

  private String summary() {
    return String.format(Locale.ROOT, "Records: %d (%d tested), on %s; facts in memory at once:"
        + " %d; conditioning: %s. %.0f seconds%s; %s facts written a second, encoding included.",
        result.records(), result.options().setting().tests(result.records()),
        result.options().model().getFileName(),
        result.options().setting().groupSize(result.records()), result.conditioning(),
        result.seconds(), result.resumedRecords() == 0 ? ""
            : " since it was started again with " + result.resumedRecords() + " records done",
        number(result.editsPerSecond()));
  }

  private void heading(String text) {
    out.append("<h2>").append(escape(text)).append("</h2>\n");
  }

  private void figures() {
    Set<String> names = new LinkedHashSet<>();
    List<Column> columns = new ArrayList<>(result.columns().keySet());
    result.columns().values().forEach(c -> names.addAll(c.keySet()));
    names.removeIf(HeatMap::shows);
    out.append("<div class=\"wide\"><table>\n<tr><th>figure</th>");
    columns.forEach(c -> out.append("<th>").append(c.id()).append("</th>"));
    out.append("<th class=\"text\">target</th><th class=\"text\">published, larger models</th>")
        .append("<th class=\"text\">unit</th></tr>\n");
    for (String name : names) {
      out.append("<tr><td>").append(escape(name)).append("</td>");
      for (Column column : columns) {
        Double value = result.columns().get(column).get(name);
        out.append(column == Column.LARIMAR ? "<td class=\"ours\">" : "<td>")
            .append(value == null ? "" : number(value)).append("</td>");
      }
      Targets.Target target = Targets.of(result.options().task(), name)
          .orElse(new Targets.Target("", ""));
      cell(target.target());
      cell(target.anchors());
      cell(result.units().getOrDefault(name, ""));
      out.append("</tr>\n");
    }
    out.append("</table></div>\n<p class=\"soft\">Prompts behind the figures: ");
    List<String> counts = new ArrayList<>();
    result.counts().forEach((what, count) -> counts.add(what + " " + count));
    out.append(escape(String.join(", ", counts))).append("</p>\n");
  }

  /** Figures named {@code variant.figure} as a table of variants by figures. */
  private void variants(Map<String, Double> figures) {
    Set<String> rows = new LinkedHashSet<>();
    Set<String> names = new LinkedHashSet<>();
    for (String figure : figures.keySet()) {
      rows.add(figure.substring(0, figure.lastIndexOf('.')));
      names.add(figure.substring(figure.lastIndexOf('.') + 1));
    }
    out.append("<div class=\"wide\"><table>\n<tr><th>variant</th>");
    names.forEach(n -> out.append("<th>").append(escape(n)).append("</th>"));
    out.append("</tr>\n");
    for (String row : rows) {
      out.append("<tr><td>").append(escape(row)).append("</td>");
      names.forEach(n -> out.append("<td>").append(Optional.ofNullable(figures.get(row + "." + n))
          .map(HtmlReport::number).orElse("")).append("</td>"));
      out.append("</tr>\n");
    }
    out.append("</table></div>\n");
  }

  private void cell(String text) {
    out.append("<td class=\"text\">").append(escape(text)).append("</td>");
  }

  /** Generated texts side by side, the first of the run, not the best. */
  private void examples() {
    for (String kind : SAMPLED) {
      List<String> names = Stream.concat(Stream.of("asked"),
          Arrays.stream(Column.values()).map(Column::id)).map(c -> c + "." + kind)
          .filter(n -> outcomes.stream().anyMatch(o -> o.texts().containsKey(n))).toList();
      if (names.isEmpty()) {
        continue;
      }
      int most = result.options().task() == EvalTask.TEXT ? TEXTS : EXAMPLES;
      heading("Generated text: " + kind + " (the first " + most + ", unselected)");
      out.append("<div class=\"wide\"><table>\n<tr><th>record</th>");
      names.forEach(n -> out.append("<th class=\"text\">").append(escape(n)).append("</th>"));
      out.append("</tr>\n");
      int shown = 0;
      for (Outcome outcome : outcomes) {
        int rows = names.stream().mapToInt(n -> said(outcome, n).size()).max().orElse(0);
        for (int row = 0; row < rows && shown < most; row++, shown++) {
          out.append("<tr><td>").append(outcome.record() + 1).append("</td>");
          for (String name : names) {
            List<String> said = said(outcome, name);
            cell(row < said.size() ? said.get(row) : "");
          }
          out.append("</tr>\n");
        }
      }
      out.append("</table></div>\n");
    }
  }

  private static List<String> said(Outcome outcome, String name) {
    return outcome.texts().getOrDefault(name, List.of());
  }

  private void provenance() {
    EvalOptions o = result.options();
    out.append("<table>\n");
    row("command", o.command());
    row("commit", o.commit());
    row("model", o.model().getFileName() + " (" + result.modelDescription()
        + "), token embeddings sha256 " + result.modelHash());
    row("data", o.data().getFileName() + ", sha256 " + result.dataHash());
    row("seed", Long.toString(o.seed()));
    row("scope thresholds", "coverage " + o.scope().coverage() + ", similarity "
        + o.scope().spacedThreshold() + " (spaced scripts), " + o.scope().ideographicThreshold()
        + " (ideographs and kana)");
    row("machine", result.machine());
    row("JDK", result.jdk());
    row("date", result.date());
    out.append("</table>\n");
  }

  private void row(String name, String value) {
    out.append("<tr><td class=\"soft\">").append(escape(name))
        .append("</td><td class=\"text\"><code>").append(escape(value))
        .append("</code></td></tr>\n");
  }

  /** At most two decimals; three where the figure is a share of 1. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, Math.abs(value) < 2 ? "%.3f" : "%.2f", value);
    return text.replaceAll("0+$", "").replaceAll("\\.$", "");
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
