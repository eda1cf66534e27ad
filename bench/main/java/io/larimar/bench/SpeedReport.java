package io.larimar.bench;

import io.larimar.bindings.NativeLibrary;
import io.larimar.decoder.Decoder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The decoder's report: throughput beside llama.cpp's own tool, time to the first token by what the
 * memory does, what memory and company cost a token, allocation, start and tails of reads; JSON for
 * scripts, one HTML file for people.
 */
public final class SpeedReport {
  private static final int STREAMS = 8;

  private final Options options;
  private final Map<String, Object> report = new LinkedHashMap<>();
  private final Checks checks = new Checks();

  /**
   * What is measured and where it is written.
   *
   * @param json file of the figures; standard output if absent
   * @param html file for people
   * @param quick few rounds of small sizes, to see that the report works
   * @param natives folder of the libraries
   * @param origin where these libraries come from
   * @param model a GGUF file
   * @param threads CPU threads, for the peer too
   * @param llamaBench llama.cpp's tool on the same libraries, if it is there
   * @param launcher the program whose start is timed, if it is there
   */
  public record Options(Optional<Path> json, Optional<Path> html, boolean quick, Path natives,
      String origin, Path model, int threads, Optional<Path> llamaBench, Optional<Path> launcher) {
    private String command() {
      return "larimar bench" + (quick ? " --quick" : "")
          + json.map(file -> " --json " + file.getFileName()).orElse("")
          + html.map(file -> " --html " + file.getFileName()).orElse("");
    }
  }

  private SpeedReport(Options options) {
    this.options = options;
  }

  /** Runs the report; true if every target was reached. Progress goes to standard error. */
  public static boolean run(Options options) throws IOException, InterruptedException {
    SpeedReport run = new SpeedReport(options);
    run.report.put("command", options.command());
    Map<String, Object> machine = Machine.describe();
    run.report.put("machine", machine);
    run.measure(machine);
    String text = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build()
        .writeValueAsString(run.report);
    if (options.json().isPresent()) {
      Files.writeString(options.json().get(), text + "\n");
    } else {
      System.out.println(text);
    }
    if (options.html().isPresent()) {
      Files.writeString(options.html().get(), run.page());
    }
    return run.checks.allReached();
  }

  private void measure(Map<String, Object> machine) throws IOException, InterruptedException {
    boolean quick = options.quick();
    if (options.launcher().isPresent()) { // first, while this process holds no model
      put("start", new StartRun(options.launcher().get(), options.natives(), options.model(),
          options.threads()).run(quick ? 1 : 5));
    }
    try (SpeedRig rig =
        SpeedRig.open(options.natives(), options.model(), options.threads(), quick ? 4 : 32)) {
      Decoder decoder = rig.larimar().decoder();
      describe(machine, decoder);
      Optional<LlamaBench> peer = options.llamaBench().map(tool -> new LlamaBench(tool,
          options.natives(), options.model(), options.threads(), decoder.options().batch()));
      ThroughputRun throughput = new ThroughputRun(rig, peer, quick ? 1 : 5, quick ? 1 : 3);
      put("throughput", throughput.run(quick ? 64 : 512, quick ? 8 : 64));
      put("firstToken", new FirstTokenRun(rig).run(quick ? 2 : 12));
      List<Map<String, Object>> generation =
          new ArrayList<>(new GenerationRun(rig).run(quick ? 2 : 8, quick ? 8 : 32));
      try (Decoder parallel = Decoder.open(options.natives(), options.model(),
          decoder.options().withParallel(STREAMS))) {
        generation.add(
            GenerationRun.streams(parallel, STREAMS, quick ? 1 : 3, quick ? 8 : 32));
      }
      put("generation", generation);
      put("options", new TuningRun(options.natives(), options.model(), decoder.options())
          .run(quick ? 1 : 3, quick ? 32 : 256, quick ? 4 : 32));
      put("allocation",
          new AllocationRun(rig).run(quick ? 2 : 8, quick ? 4 : 16, quick ? 12 : 112));
      put("reads", new ReadLatencyRun(rig).run(quick ? 0.5 : 20));
    }
    judge();
    report.put("checks", checks.lines());
    report.put("loadAverageAtEnd",
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private void put(String name, List<Map<String, Object>> lines) {
    lines.forEach(System.err::println);
    report.put(name, lines);
  }

  private void describe(Map<String, Object> machine, Decoder decoder) {
    NativeLibrary library = NativeLibrary.load(options.natives());
    machine.put("llama.cpp", library.version());
    machine.put("natives", options.origin());
    machine.put("nativeFlags", library.systemInfo().strip());
    machine.put("device", decoder.devices().stream()
        .map(device -> device.name() + " (" + device.description() + ")").toList());
    machine.put("model", decoder.model().description() + ", " + options.model().getFileName());
    machine.put("threads", options.threads());
    machine.put("batch", decoder.options().batch());
    machine.put("llamaBench", options.llamaBench().isPresent()
        ? "llama-bench.cpp of the same release, linked to the same libraries"
        : "not built: git, CMake and a C++ compiler are needed");
  }

  @SuppressWarnings("unchecked")
  private Optional<Double> figure(String part, String what, String name) {
    return ((List<Map<String, Object>>) report.getOrDefault(part, List.of())).stream()
        .filter(line -> line.get("what").toString().startsWith(what) && line.containsKey(name))
        .map(line -> ((Number) line.get(name)).doubleValue()).findFirst();
  }

  private void judge() {
    figure("throughput", "generation", "ratio")
        .ifPresent(v -> checks.atLeast("generation against llama-bench", v, 0.99));
    figure("throughput", "prompt", "ratio")
        .ifPresent(v -> checks.atLeast("prompt against llama-bench", v, 0.98));
    figure("firstToken", "in scope, cold", "timesPlain").ifPresent(v -> checks.atMost(
        "first token in scope, cold, against the plain prompt of 100 tokens", v, 1.3));
    figure("firstToken", "in scope, hot, 100", "timesPlain").ifPresent(v -> checks.atMost(
        "first token in scope, hot, against the plain prompt of 100 tokens", v, 1.05));
    figure("firstToken", "in scope, hot, question", "timesRetrieval").ifPresent(v -> checks.atMost(
        "first token in scope against retrieve-and-prompt of the same fact", v, 0.6));
    figure("generation", "with memory", "ratio")
        .ifPresent(v -> checks.atLeast("generation with memory against plain", v, 0.95));
    figure("generation", "with memory and contrast", "ratio").ifPresent(
        v -> checks.atLeast("generation with memory and contrast against plain", v, 0.6));
    figure("generation", STREAMS + " streams", "ratio").ifPresent(v -> checks.atLeast(
        STREAMS + " streams against one after the other, tokens a second", v, 2.5));
    for (String token : List.of("a token, plain", "a token, sampled", "a token, with memory",
        "a token, with contrast", "a read by prompt")) {
      figure("allocation", token, "bytes")
          .ifPresent(v -> checks.atMost("bytes allocated, " + token, v, 0));
    }
    for (String start : List.of("plain", "in scope")) {
      figure("start", start, "seconds").ifPresent(v -> checks.atMost(
          "process start to first token, seconds, " + start, v, 0.8));
    }
    for (String read : List.of("by key", "by prompt, alone", "by prompt, beside")) {
      figure("reads", read, "tail")
          .ifPresent(v -> checks.atMost("p99.9 over p50 of a read " + read, v, 5));
    }
  }

  private String page() {
    ReportPage page = new ReportPage("Speed", report);
    page.text("Ratios come from runs that take turns; each figure is the median over the rounds. "
        + "Tokens a second are counted from the caller's request to the last token in the caller's "
        + "hands, sampling and text included; llama-bench counts the decoding alone.");
    for (String part : List.of("checks", "throughput", "firstToken", "generation", "options",
        "allocation", "start", "reads")) {
      if (report.containsKey(part)) {
        page.table(part);
      }
    }
    page.chart(Chart.svg("Reads under load", "1 / (1 - quantile)", "microseconds", tails()));
    return page.html();
  }

  @SuppressWarnings("unchecked")
  private List<Chart.Line> tails() {
    List<Chart.Line> lines = new ArrayList<>();
    for (Map<String, Object> line : (List<Map<String, Object>>) report.get("reads")) {
      double[] y = new double[4];
      String[] names = {"p50Micros", "p90Micros", "p99Micros", "p99.9Micros"};
      for (int i = 0; i < y.length; i++) {
        y[i] = Math.max(0.1, ((Number) line.get(names[i])).doubleValue());
      }
      String what = line.get("what").toString();
      lines.add(new Chart.Line(what.substring(0, Math.min(20, what.length())),
          new double[] {2, 10, 100, 1_000}, y));
    }
    return lines;
  }
}
