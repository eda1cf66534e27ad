package io.larimar.bench;

import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/** Write with forget, read and search; run with {@code -prof gc} to see that none allocates. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemoryBenchmark {
  /** Facts in memory. */
  @Param({"1", "1000", "100000"})
  public int facts;

  /** K. */
  @Param({"512", "1408"})
  public int keyWidth;

  /** How rows are stored. */
  @Param({"FLOAT", "NIBBLE"})
  public Precision precision;

  private Arena arena;
  private EpisodicMemory memory;
  private SyntheticFacts synthetic;
  private MemorySegment out;
  private final long[] ids = new long[1];
  private final float[] cosines = new float[1];
  private long next;

  /** Fills the memory and checks that each of some facts is found and read. */
  @Setup
  public void open() {
    arena = Arena.ofShared();
    synthetic = new SyntheticFacts(keyWidth, arena);
    MemoryShape shape = MemoryShape.of(keyWidth, SyntheticFacts.LATENT_WIDTH)
        .stored(precision, precision);
    out = arena.allocate(shape.latentBytes(), 64);
    memory = EpisodicMemory.open(shape);
    for (long id = 0; id < facts; id++) {
      synthetic.makeKey(id);
      synthetic.makeLatent(id);
      memory.write(id, synthetic.key, synthetic.latent, 1);
    }
    for (long id = 0; id < Math.min(5, facts); id++) {
      synthetic.makeKey(id);
      if (search() != id || read() != 1 || !synthetic.decodesTo(0, out)) {
        throw new AssertionError("fact must be found and read: id=" + id);
      }
    }
    next = facts;
  }

  /** One write of a new fact and one forget of it, so that the memory stays as it is. */
  @Benchmark
  public boolean writeAndForget() {
    memory.write(next, synthetic.key, synthetic.latent, 1);
    return memory.forget(next++);
  }

  /** One read of a known fact. */
  @Benchmark
  public int read() {
    return memory.read(0, out);
  }

  /** One search for the nearest fact. */
  @Benchmark
  public long search() {
    memory.nearest(synthetic.key, 1, ids, cosines);
    return ids[0];
  }

  /** Gives the memory back. */
  @TearDown
  public void close() {
    memory.close();
    arena.close();
  }
}
