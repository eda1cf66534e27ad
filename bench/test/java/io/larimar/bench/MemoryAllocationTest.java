package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Once compiled, no operation of the memory leaves anything on the heap. */
class MemoryAllocationTest {
  private static final int FACTS = EpisodicMemory.EXACT_SCAN_FACTS + 600;
  private static final int MOST_ROUNDS = 400; // the compiler may take its time; mostly 10 to 100 do
  private static final int REPEATS = 500;

  private interface Operation {
    void run(int i);
  }

  @Test
  void writeReadForgetAndSearchAllocateNothing() {
    MemoryShape shape = MemoryShape.of(512, SyntheticFacts.LATENT_WIDTH)
        .stored(Precision.NIBBLE, Precision.NIBBLE);
    try (Arena arena = Arena.ofShared(); EpisodicMemory memory = EpisodicMemory.open(shape)) {
      SyntheticFacts facts = new SyntheticFacts(512, arena);
      facts.makeLatent(3);
      for (long id = 0; id < FACTS; id++) {
        facts.makeKey(id);
        memory.write(id, facts.key, facts.latent, 1);
      }
      facts.makeKey(3);
      MemorySegment key = facts.key;
      MemorySegment out = arena.allocate(shape.latentBytes(), 64);
      long[] ids = new long[1];
      float[] cosines = new float[1];
      Operation[] operations = {
          i -> memory.write(FACTS + i, key, facts.latent, 1),
          i -> memory.read(3, out),
          i -> memory.nearest(key, 1, ids, cosines), // by sketch
          i -> memory.forget(FACTS + i)};
      String[] names = {"write", "read", "search", "forget"};
      double[] least = new double[operations.length];
      Arrays.fill(least, Double.MAX_VALUE);
      for (int round = 0; round < MOST_ROUNDS && Arrays.stream(least).sum() > 0; round++) {
        for (int o = 0; o < operations.length; o++) {
          least[o] = Math.min(least[o], allocated(operations[o]));
        }
      }
      for (int o = 0; o < operations.length; o++) {
        assertEquals(0, least[o], names[o] + ", bytes in the best of rounds");
      }
    }
  }

  @Test
  void writesIntoReservedRoomAllocateNothing() {
    MemoryShape shape = new MemoryShape(64, 8, 32, 1e-4);
    try (Arena arena = Arena.ofShared(); EpisodicMemory memory = EpisodicMemory.open(shape)) {
      SyntheticFacts facts = new SyntheticFacts(64, arena);
      MemorySegment latent = arena.allocate(shape.latentBytes());
      memory.reserve(MOST_ROUNDS * REPEATS);
      double least = Double.MAX_VALUE;
      int rounds = 0;
      for (; rounds < MOST_ROUNDS && least > 0; rounds++) {
        long first = (long) rounds * REPEATS;
        double bytes = allocated(i -> {
          facts.makeKey(first + i);
          memory.write(first + i, facts.key, latent, 1);
        });
        least = Math.min(least, bytes);
      }
      assertEquals(0, least, "bytes in the best of rounds");
      assertEquals(rounds * REPEATS, memory.factCount());
    }
  }

  private static double allocated(Operation operation) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < REPEATS; i++) {
      operation.run(i);
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
