package io.larimar.bench;

import io.larimar.memory.Precision;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The memory's report: kernels beside OpenBLAS, EJML and plain Java, and the memory's cost and
 * recall from one fact to a million; JSON for scripts, one HTML file with plots for people.
 */
public final class MemoryReport {
  private static final int ROUNDS = 101;

  private final Map<String, Object> report = new LinkedHashMap<>();
  private final Checks checks = new Checks();

  private MemoryReport() {}

  /**
   * What is measured and where it is written.
   *
   * @param json file of the figures; standard output if absent   @param html file with plots
   * @param facts the largest number of facts, from 1   @param keyWidth K
   * @param quick fewer rounds and samples   @param kernels whether the kernels are measured too
   */
  public record Options(Optional<Path> json, Optional<Path> html, int facts, int keyWidth,
      boolean quick, boolean kernels) {
    private String command() {
      return "larimar bench memory --facts " + facts + " --key-width " + keyWidth
          + (quick ? " --quick" : "") + (kernels ? "" : " --no-kernels")
          + json.map(file -> " --json " + file.getFileName()).orElse("")
          + html.map(file -> " --html " + file.getFileName()).orElse("");
    }
  }

  /** Runs the report; true if every target was reached. Progress goes to standard error. */
  public static boolean run(Options options) throws IOException {
    MemoryReport run = new MemoryReport();
    run.report.put("command", options.command());
    run.measure(options.facts(), options.keyWidth(), options.quick(), options.kernels());
    String text = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build()
        .writeValueAsString(run.report);
    if (options.json().isPresent()) {
      Files.writeString(options.json().get(), text + "\n");
    } else {
      System.out.println(text);
    }
    if (options.html().isPresent()) {
      Files.writeString(options.html().get(), new MemoryHtml(run.report).page());
    }
    return run.checks.allReached();
  }

  private void measure(int most, int keyWidth, boolean quick, boolean withKernels)
      throws IOException {
    Path folder = Files.createTempDirectory("larimar-bench");
    try (Arena arena = Arena.ofShared()) {
      Optional<OpenBlas> blas = OpenBlas.find(arena);
      Map<String, Object> machine = Machine.describe();
      machine.put("openBlasKernels", blas.map(OpenBlas::core).orElse("not installed"));
      blas.ifPresent(library -> machine.put("openBlas", library.release()));
      report.put("machine", machine);
      SyntheticFacts facts = new SyntheticFacts(keyWidth, arena);
      report.put("keyWidth", keyWidth);
      report.put("latentWidth", SyntheticFacts.LATENT_WIDTH);
      if (withKernels) {
        kernels(arena, blas, quick);
      }
      int[] steps = Arrays.stream(new int[] {1, 512, 1_000, 10_000, 100_000, 1_000_000})
          .filter(step -> step <= most).toArray();
      report.put("capacity",
          new CapacityRun(facts, Precision.NIBBLE, arena, quick).run(steps, folder));
      List<Map<String, Object>> precisions = new ArrayList<>();
      for (Precision precision : Precision.values()) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("precision", precision.name());
        CapacityRun run = new CapacityRun(facts, precision, arena, quick);
        line.putAll(run.run(new int[] {Math.min(most, 10_000)}, folder).getFirst());
        line.putAll(run.batch());
        precisions.add(line);
      }
      report.put("precisions", precisions);
      judge();
      report.put("checks", checks.lines());
      report.put("loadAverageAtEnd",
          ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    } finally {
      Files.deleteIfExists(folder.resolve("memory.snapshot"));
      Files.deleteIfExists(folder);
    }
  }

  private void kernels(Arena arena, Optional<OpenBlas> blas, boolean quick) {
    KernelCases cases = new KernelCases(arena, blas);
    Stopwatch stopwatch = new Stopwatch(quick ? 15 : ROUNDS);
    double triad = cases.triadBytesPerSecond(new Stopwatch(15));
    report.put("triadBytesPerSecond", triad);
    List<Map<String, Object>> lines = new ArrayList<>();
    for (KernelCases.Case one : cases.all(true)) {
      List<Runnable> actions = new ArrayList<>();
      actions.add(one.larimar());
      actions.add(one.scalar());
      one.blas().ifPresent(actions::add);
      one.ejml().ifPresent(actions::add);
      double[] nanos = stopwatch.medians(actions);
      one.agree().run();
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("kernel", one.kernel());
      line.put("size", one.size());
      line.put("larimarNanos", nanos[0]);
      line.put("timesScalar", nanos[1] / nanos[0]);
      int at = 2;
      if (one.blas().isPresent()) {
        line.put("openBlasNanos", nanos[at]);
        line.put("timesOpenBlas", nanos[at++] / nanos[0]);
      }
      if (one.ejml().isPresent()) {
        line.put("timesEjml", nanos[at] / nanos[0]);
      }
      if (one.bytes() > 0) {
        line.put("shareOfTriad", one.bytes() / nanos[0] * 1e9 / triad);
      }
      System.err.println(line);
      lines.add(line);
    }
    report.put("kernels", lines);
    judgeKernels();
  }

  @SuppressWarnings("unchecked")
  private List<Map<String, Object>> lines(String name) {
    return (List<Map<String, Object>>) report.get(name);
  }

  private static double number(Map<String, Object> line, String name) {
    return ((Number) line.get(name)).doubleValue();
  }

  private static double quantile(Map<String, Object> line, String name, String quantile) {
    return ((Number) ((Map<?, ?>) line.get(name)).get(quantile)).doubleValue();
  }

  private void judgeKernels() {
    double[] ratios = lines("kernels").stream().filter(l -> l.containsKey("timesOpenBlas"))
        .mapToDouble(l -> number(l, "timesOpenBlas")).sorted().toArray();
    if (ratios.length > 0) {
      checks.atLeast(
          "kernels against OpenBLAS, median over the sizes", ratios[ratios.length / 2], 1);
      checks.atLeast("kernels against OpenBLAS, the worst", ratios[0], 0.9);
    }
    lines("kernels").stream().filter(l -> l.containsKey("shareOfTriad")).forEach(l ->
        checks.atLeast(l.get("kernel") + " " + l.get("size") + " against the triad",
            number(l, "shareOfTriad"), 0.9));
    for (String peer : new String[] {"timesScalar", "timesEjml"}) {
      double[] times = lines("kernels").stream().filter(l -> l.containsKey(peer))
          .mapToDouble(l -> number(l, peer)).sorted().toArray();
      checks.atLeast("kernels, median " + peer, times[times.length / 2], 5);
    }
  }

  private void judge() {
    for (Map<String, Object> line : lines("capacity")) {
      int facts = (int) line.get("facts");
      String at = " at " + String.format("%,d", facts) + " facts";
      checks.atMost("write p50, microseconds" + at, quantile(line, "writeMicros", "p50"), 1_000);
      checks.atMost("forget p50, microseconds" + at, quantile(line, "forgetMicros", "p50"), 5_000);
      checks.atMost("nearest and read p50, microseconds" + at,
          quantile(line, "nearestAndReadMicros", "p50"), facts <= 1_000 ? 200 : 2_000);
      double recall = facts <= 10_000 ? 1 : facts <= 100_000 ? 0.9999 : 0.999;
      checks.atLeast("recall by own key" + at, number(line, "recallById"), recall);
      checks.atLeast("whole fact by own key" + at, number(line, "wholeFactRecall"), recall);
      if (line.containsKey("recallBySketchAt80")) {
        checks.atLeast("recall at cosine 0.8" + at, number(line, "recallBySketchAt80"), recall);
      }
    }
    Map<String, Object> last = lines("capacity").getLast();
    for (Map<String, Object> line : lines("precisions")) {
      checks.atLeast("batch, facts a second of wall time, one thread, " + line.get("precision"),
          number(line, "batchWritesPerSecond"), 20_000);
      checks.atLeast("batch, facts a second of processor time, " + line.get("precision"),
          number(line, "batchWritesPerCpuSecond"), 20_000);
      checks.atLeast("recall by own key, " + line.get("precision"),
          number(line, "recallById"), 1);
      checks.atLeast("whole fact by own key, " + line.get("precision"),
          number(line, "wholeFactRecall"), 1);
    }
    checks.atMost("bytes a fact in the snapshot", number(last, "storedBytesPerFact"), 1_024);
    checks.atMost("bytes allocated a write", number(last, "writeAllocatedBytes"), 0);
    checks.atMost("bytes allocated a read", number(last, "readAllocatedBytes"), 0);
    checks.atMost("bytes allocated a forget", number(last, "forgetAllocatedBytes"), 0);
  }
}
