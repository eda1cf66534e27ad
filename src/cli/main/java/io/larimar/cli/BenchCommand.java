package io.larimar.cli;

import io.larimar.bench.MemoryReport;
import io.larimar.bench.Peer;
import io.larimar.bench.SpeedReport;
import io.larimar.cli.fetch.Environment;
import io.larimar.cli.fetch.FetchException;
import io.larimar.cli.fetch.NativeBuild;
import io.larimar.cli.fetch.Natives;
import io.larimar.cli.fetch.PeerJars;
import io.larimar.cli.fetch.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code bench}: how fast the decoder is beside llama.cpp's own tool, or what the memory costs
 * beside OpenBLAS, EJML and plain Java.
 */
@Command(name = "bench", description = "Speed report beside peers; exit code 1 if a target was"
    + " missed. Takes minutes and wants the machine for itself.")
final class BenchCommand implements Callable<Integer> {
  @Parameters(paramLabel = "WHAT", arity = "0..1", defaultValue = "speed",
      description = "speed (default): decoding, first token, start; memory: kernels and capacity")
  private String what;

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures to this file")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--html", paramLabel = "FILE", description = "write a report with plots")
  private Optional<Path> html = Optional.empty();

  @Mixin
  private EngineOptions engine = new EngineOptions();

  @Option(names = "--facts", defaultValue = "1000000", paramLabel = "N",
      description = "memory: up to so many facts (default 1000000)")
  private int facts;

  @Option(names = "--key-width", defaultValue = "512", paramLabel = "K",
      description = "memory: floats of a key (default 512)")
  private int keyWidth;

  @Option(names = "--quick", description = "fewer rounds and samples")
  private boolean quick;

  @Option(names = "--only", split = ",", paramLabel = "PART",
      description = "speed: some parts, of ${COMPLETION-CANDIDATES}; what the file of --json holds"
          + " of the others is kept")
  private List<SpeedReport.Part> only = List.of(SpeedReport.Part.values());

  @Option(names = "--peers", description = "speed: beside other Java runtimes too, which Maven"
      + " fetches into the cache folder once")
  private boolean peers;

  @Option(names = "--jlama-model", paramLabel = "DIR", description = "speed: the same model as"
      + " bench/to_safetensors.py makes it, for Jlama, which reads no GGUF")
  private Optional<Path> jlamaModel = Optional.empty();

  @Option(names = "--no-kernels", description = "memory: capacity only")
  private boolean noKernels;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "this help")
  private boolean help;

  @Override
  public Integer call() throws Exception {
    return switch (what) {
      case "speed" -> speed();
      case "memory" -> memory();
      default -> throw new IllegalArgumentException("WHAT must be speed or memory: WHAT=" + what);
    };
  }

  private int speed() throws Exception {
    Progress progress = Progress.onStandardError();
    Path natives = Natives.locate(progress);
    SpeedReport.Options options = new SpeedReport.Options(json, html, quick, only, natives,
        origin(natives), engine.modelFile(), engine.decoder(natives),
        llamaBench(natives, progress),
        home().map(home -> home.resolve("larimar")).filter(Files::isExecutable),
        peers ? peers(engine.modelFile(), progress) : List.of());
    return SpeedReport.run(options) ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private List<Peer> peers(Path model, Progress progress) throws FetchException {
    PeerJars jars = new PeerJars(Environment.ofProcess());
    List<Peer> found = new ArrayList<>();
    for (Peer.Known peer : Peer.Known.values()) {
      boolean own = peer == Peer.Known.JLAMA && jlamaModel.isPresent();
      found.add(peer.on(jars.find(peer.coordinates(), progress), own ? jlamaModel.get() : model,
          own ? "safetensors, as bench/to_safetensors.py makes them; 4 bits by the peer" : ""));
    }
    return found;
  }

  /** A report names no folder of the machine. */
  private static String origin(Path natives) throws FetchException {
    String origin = Natives.origin(natives);
    return origin.equals(natives.toString()) ? "a folder of the user's own" : origin;
  }

  private static Optional<Path> home() {
    return Optional.ofNullable(System.getProperty("larimar.home")).map(Path::of);
  }

  /** llama.cpp's tool, built where it can be; without it the report says so. */
  private static Optional<Path> llamaBench(Path natives, Progress progress) {
    if (home().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(NativeBuild.of(Environment.ofProcess(), home().get())
          .llamaBench(natives, progress));
    } catch (FetchException missing) {
      System.err.println("larimar: no llama-bench to compare with: " + missing.getMessage());
      return Optional.empty();
    }
  }

  private int memory() throws Exception {
    if (facts < 1) {
      throw new IllegalArgumentException("--facts must be at least 1: facts=" + facts);
    }
    MemoryReport.Options options =
        new MemoryReport.Options(json, html, facts, keyWidth, quick, !noKernels);
    return MemoryReport.run(options) ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}
