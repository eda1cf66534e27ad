package io.larimar.cli;

import io.larimar.bench.MemoryReport;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: what the memory costs, beside OpenBLAS, EJML and plain Java in the same run. */
@Command(name = "bench", description = "Speed report beside peers; exit code 1 if a target was"
    + " missed. Takes minutes and wants the machine for itself.")
final class BenchCommand implements Callable<Integer> {
  @Parameters(paramLabel = "WHAT", arity = "0..1", defaultValue = "memory",
      description = "memory (default)")
  private String what;

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures to this file")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--html", paramLabel = "FILE", description = "write a report with plots")
  private Optional<Path> html = Optional.empty();

  @Option(names = "--facts", defaultValue = "1000000", paramLabel = "N",
      description = "up to so many facts (default 1000000)")
  private int facts;

  @Option(names = "--key-width", defaultValue = "512", paramLabel = "K",
      description = "floats of a key (default 512)")
  private int keyWidth;

  @Option(names = "--quick", description = "fewer rounds and samples")
  private boolean quick;

  @Option(names = "--no-kernels", description = "capacity only")
  private boolean noKernels;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "this help")
  private boolean help;

  @Override
  public Integer call() throws Exception {
    if (!what.equals("memory")) {
      throw new IllegalArgumentException("WHAT must be memory: WHAT=" + what);
    }
    if (facts < 1) {
      throw new IllegalArgumentException("--facts must be at least 1: facts=" + facts);
    }
    MemoryReport.Options options =
        new MemoryReport.Options(json, html, facts, keyWidth, quick, !noKernels);
    return MemoryReport.run(options) ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }
}
