package io.larimar.bench;

import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A memory of invented facts with room for what a read and a write need, for one of each at a time.
 */
final class SyntheticMemory implements AutoCloseable {
  private static final int KEY_WIDTH = 512;

  private final Arena arena = Arena.ofShared();
  private final EpisodicMemory memory;
  private final SyntheticFacts facts = new SyntheticFacts(KEY_WIDTH, arena);
  private final MemorySegment key;
  private final MemorySegment out;
  private final long[] ids = new long[1];
  private final float[] cosines = new float[1];
  private long next;

  SyntheticMemory(int count) {
    MemoryShape shape = MemoryShape.of(KEY_WIDTH, SyntheticFacts.LATENT_WIDTH)
        .stored(Precision.NIBBLE, Precision.NIBBLE);
    memory = EpisodicMemory.open(shape);
    for (; next < count; next++) {
      facts.makeKey(next);
      facts.makeLatent(next);
      memory.write(next, facts.key, facts.latent, 1);
    }
    key = arena.allocate(4L * KEY_WIDTH, 64).copyFrom(facts.key);
    out = arena.allocate(shape.latentBytes(), 64);
  }

  /** Finds the fact of a key and reads it. */
  void read() {
    memory.nearest(key, 1, ids, cosines);
    memory.read(ids[0], out);
  }

  /** Writes a fact and forgets it again. */
  void writeAndForget() {
    memory.write(next, facts.key, facts.latent, 1);
    memory.forget(next);
    next++;
  }

  @Override
  public void close() {
    memory.close();
    arena.close();
  }
}
