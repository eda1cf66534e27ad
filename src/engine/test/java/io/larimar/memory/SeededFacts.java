package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Facts whose key and latents follow from the id and a seed. */
final class SeededFacts {
  final MemoryShape shape;
  final long seed;
  private final Arena arena;

  SeededFacts(MemoryShape shape, long seed, Arena arena) {
    this.shape = shape;
    this.seed = seed;
    this.arena = arena;
  }

  MemorySegment key(long id) {
    SplittableRandom random = new SplittableRandom(seed ^ BlockTrie.hash(id));
    int width = shape.keyWidth();
    double[] values = new double[width];
    double norm = 0;
    for (int i = 0; i < width; i++) {
      values[i] = random.nextGaussian();
      norm += values[i] * values[i];
    }
    MemorySegment key = arena.allocate(shape.keyBytes(), 64);
    for (int i = 0; i < width; i++) {
      key.set(JAVA_FLOAT, 4L * i, (float) (values[i] / Math.sqrt(norm)));
    }
    return key;
  }

  int chain(long id) {
    return 1 + (int) (BlockTrie.hash(id) >>> 61) % 3;
  }

  MemorySegment latents(long id) {
    SplittableRandom random = new SplittableRandom(~seed ^ BlockTrie.hash(id));
    int count = chain(id);
    MemorySegment latents = arena.allocate(count * shape.latentBytes(), 64);
    for (long at = 0; at < latents.byteSize(); at += 4) {
      latents.set(JAVA_FLOAT, at, (float) random.nextGaussian());
    }
    return latents;
  }

  void write(EpisodicMemory memory, long id) {
    memory.write(id, key(id), latents(id), chain(id));
  }

  EpisodicMemory memoryOf(long... ids) {
    EpisodicMemory memory = EpisodicMemory.open(shape);
    for (long id : ids) {
      write(memory, id);
    }
    return memory;
  }
}
