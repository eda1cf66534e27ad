package io.larimar.bench;

import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Each kernel and its peers; the set-up checks that all give the same result. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {
    "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelBenchmark {
  /** Kernel and size, as {@link KernelCases} names them. */
  @Param({"dot 512", "dot 65536", "gemv 512 x 768", "gemv 8192 x 4096",
      "gemvTransposed 512 x 768", "gemvTransposed 8192 x 4096", "rankOne 512 x 768",
      "rankOne 8192 x 4096", "gemvDouble 512 x 512", "symmetricRankK 512, k = 64",
      "cholesky 32", "cholesky 512", "solveLower 32", "solveLower 512",
      "solveLowerMany 256 x 256", "multiply 256 x 256 x 256"})
  public String kernel;

  /** Who computes. */
  @Param({"larimar", "openblas", "scalar", "ejml"})
  public String implementation;

  private Arena arena;
  private Runnable action;

  /** Finds the case; stops where a peer is missing or disagrees. */
  @Setup
  public void open() {
    arena = Arena.ofShared();
    KernelCases.Case one = new KernelCases(arena, OpenBlas.find(arena)).all(true).stream()
        .filter(c -> kernel.equals(c.kernel() + " " + c.size())).findFirst().orElseThrow();
    one.larimar().run();
    one.blas().ifPresent(Runnable::run);
    one.agree().run();
    action = switch (implementation) {
      case "larimar" -> one.larimar();
      case "openblas" -> one.blas().orElseThrow();
      case "scalar" -> one.scalar();
      default -> one.ejml().orElseThrow();
    };
  }

  /** One run; results land in segments, which no compiler may drop. */
  @Benchmark
  public void run() {
    action.run();
  }

  /** Gives the data back. */
  @TearDown
  public void close() {
    arena.close();
  }
}
