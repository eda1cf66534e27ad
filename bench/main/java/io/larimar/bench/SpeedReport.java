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
import java.util.Locale;
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

  /** What is measured; each has a table of its own. */
  public enum Part { START, THROUGHPUT, FIRST_TOKEN, GENERATION, OPTIONS, ALLOCATION, READS, PEERS }

  private final Options options;
  private final Map<String, Object> report = new LinkedHashMap<>();
  private final Checks checks = new Checks();

  /**
   * What is measured and where it is written.
   *
   * @param json file of the figures; standard output if absent
   * @param html file for people
   * @param quick few rounds of small sizes, to see that the report works
   * @param only the parts to measure; what {@code json} holds of the others is kept
   * @param natives folder of the libraries
   * @param origin where these libraries come from
   * @param model a GGUF file
   * @param decoder CPU threads, for the peers too, and where the weights go, for llama-bench too
   * @param llamaBench llama.cpp's tool on the same libraries, if it is there
   * @param launcher the program whose start is timed, if it is there
   * @param peers other runtimes to be compared with; none leaves that part out
   */
  public record Options(Optional<Path> json, Optional<Path> html, boolean quick,
      List<Part> only, Path natives, String origin, Path model, Decoder.Options decoder,
      Optional<Path> llamaBench, Optional<Path> launcher, List<Peer> peers) {
    public Options {
      only = List.copyOf(only);
      peers = List.copyOf(peers);
    }

    private boolean has(Part part) {
      return only.contains(part) && (part != Part.PEERS || !peers.isEmpty());
    }

    private String command() {
      String words = String.join(" ", DecoderWords.larimar(decoder));
      String parts = String.join(",",
          only.stream().map(part -> part.name().toLowerCase(Locale.ROOT)).toList());
      return "larimar bench" + (quick ? " --quick" : "") + (peers.isEmpty() ? "" : " --peers")
          + (words.isEmpty() ? "" : " " + words)
          + (only.size() == Part.values().length ? "" : " --only " + parts)
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
    run.measure();
    run.judge();
    run.report.put("checks", run.checks.lines());
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

  private void measure() throws IOException, InterruptedException {
    Map<String, Object> machine = Machine.describe();
    report.put("command", options.command());
    report.put("machine", machine);
    keepOtherParts();
    if (options.has(Part.START) && options.launcher().isPresent()) { // this one holds no model yet
      put(Part.START, new StartRun(options.launcher().get(), options.natives(), options.model(),
          options.decoder()).run(options.quick() ? 1 : 5));
    }
    try (SpeedRig rig = SpeedRig.open(
        options.natives(), options.model(), options.decoder(), options.quick() ? 4 : 32)) {
      describe(machine, rig.larimar().decoder());
      measure(rig);
    }
    machine.put("loadAverageAtEnd",
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  /** Where a report is made in several runs, each adds its parts to the file. */
  private void keepOtherParts() throws IOException {
    if (options.json().isEmpty() || !Files.exists(options.json().get())) {
      return;
    }
    Map<?, ?> earlier =
        JsonMapper.shared().readValue(Files.readString(options.json().get()), Map.class);
    for (Part part : Part.values()) {
      if (earlier.containsKey(name(part)) && !options.has(part)) {
        report.put(name(part), earlier.get(name(part)));
      }
    }
  }

  private void measure(SpeedRig rig) throws IOException, InterruptedException {
    boolean quick = options.quick();
    Decoder decoder = rig.larimar().decoder();
    if (options.has(Part.THROUGHPUT)) {
      Optional<LlamaBench> peer = options.llamaBench().map(tool -> new LlamaBench(tool,
          options.natives(), options.model(), decoder.options()));
      ThroughputRun throughput = new ThroughputRun(rig, peer, quick ? 1 : 3, quick ? 1 : 3);
      put(Part.THROUGHPUT, throughput.run(quick ? 64 : 512, quick ? 8 : 64));
    }
    if (options.has(Part.FIRST_TOKEN)) {
      put(Part.FIRST_TOKEN, new FirstTokenRun(rig).run(quick ? 2 : 7));
    }
    if (options.has(Part.GENERATION)) {
      List<Map<String, Object>> lines =
          new ArrayList<>(new GenerationRun(rig).run(quick ? 2 : 8, quick ? 8 : 32));
      try (Decoder parallel = Decoder.open(options.natives(), options.model(),
          decoder.options().withParallel(STREAMS))) {
        lines.add(GenerationRun.streams(parallel, STREAMS, quick ? 1 : 3, quick ? 8 : 32));
      }
      put(Part.GENERATION, lines);
    }
    if (options.has(Part.OPTIONS)) {
      List<Map<String, Object>> lines = new ArrayList<>(
          new TuningRun(options.natives(), options.model(), decoder.options())
              .run(quick ? 1 : 3, quick ? 32 : 128, quick ? 4 : 32));
      try (Decoder guessing = Decoder.open(options.natives(), options.model(),
          decoder.options().withSpeculate(SpeculationRun.GUESSED))) {
        lines.addAll(new SpeculationRun(decoder, guessing).run(quick ? 3 : 5, quick ? 32 : 64));
      }
      put(Part.OPTIONS, lines);
    }
    if (options.has(Part.ALLOCATION)) {
      put(Part.ALLOCATION,
          new AllocationRun(rig).run(quick ? 2 : 8, quick ? 4 : 16, quick ? 12 : 64));
    }
    if (options.has(Part.PEERS)) {
      Path folder = Files.createTempDirectory("larimar-peers");
      try {
        put(Part.PEERS, new PeerRun(decoder, folder)
            .run(options.peers(), quick ? 3 : 5, quick ? 32 : 64));
      } finally {
        SpeedRig.deleteTree(folder);
      }
    }
    if (options.has(Part.READS)) {
      put(Part.READS, new ReadLatencyRun(rig).run(quick ? 0.5 : 15));
    }
  }

  /** The part's name in the file: {@code firstToken}. */
  private static String name(Part part) {
    String[] words = part.name().toLowerCase(Locale.ROOT).split("_");
    return words.length == 1 ? words[0]
        : words[0] + Character.toUpperCase(words[1].charAt(0)) + words[1].substring(1);
  }

  private void put(Part part, List<Map<String, Object>> lines) {
    lines.forEach(System.err::println);
    report.put(name(part), lines);
  }

  private void describe(Map<String, Object> machine, Decoder decoder) {
    NativeLibrary library = NativeLibrary.load(options.natives());
    machine.put("llama.cpp", library.version());
    machine.put("natives", options.origin());
    machine.put("nativeFlags", library.systemInfo().strip());
    machine.put("device", decoder.devices().stream()
        .map(device -> device.name() + " (" + device.description() + ")").toList());
    machine.put("model", decoder.model().description() + ", " + options.model().getFileName());
    machine.put("threads", options.decoder().threads());
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
    for (String contrast : List.of("contrast, as shipped", "contrast at every token")) {
      figure("generation", "with memory and " + contrast, "ratio").ifPresent(v -> checks.atLeast(
          "generation with memory and " + contrast + ", against plain", v, 0.6));
    }
    figure("generation", STREAMS + " streams", "ratio").ifPresent(v -> checks.atLeast(
        STREAMS + " streams against one after the other, tokens a second", v, 2.5));
    for (String token : List.of("a token, plain", "a token, sampled", "a token, with memory",
        "a token, with contrast", "a read by key", "a read by prompt")) {
      figure("allocation", token, "bytes")
          .ifPresent(v -> checks.atMost("bytes allocated, " + token, v, 0));
    }
    figure("peers", "java-llama.cpp", "ratio").ifPresent(
        v -> checks.atLeast("generation against java-llama.cpp", v, 1));
    figure("peers", "Jlama", "ratio")
        .ifPresent(v -> checks.atLeast("generation against Jlama", v, 2));
    for (String start : List.of("plain", "in scope")) {
      figure("start", start, "seconds").ifPresent(v -> checks.atMost(
          "process start to first token, seconds, " + start, v, 0.8));
    }
    for (String read : List.of("by key", "prompt met before, alone", "prompt met first, alone",
        "out of scope, alone", "prompt met before, beside", "prompt met first, beside",
        "out of scope, beside")) {
      figure("reads", read, "tail")
          .ifPresent(v -> checks.atMost("p99.9 over p50 of a read, " + read, v, 5));
    }
  }

  private String page() {
    ReportPage page = new ReportPage("Speed", report);
    page.text("Ratios come from runs that take turns; each figure is the median over the rounds. "
        + "Tokens a second are counted from the caller's request to the last token in the caller's "
        + "hands, sampling and text included; llama-bench counts the decoding alone.");
    page.table("checks");
    for (Part part : Part.values()) {
      if (report.containsKey(name(part))) {
        page.table(name(part));
      }
    }
    if (report.containsKey(name(Part.READS))) {
      page.chart(Chart.svg("Reads under load", "1 / (1 - quantile)", "microseconds", tails()));
    }
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
