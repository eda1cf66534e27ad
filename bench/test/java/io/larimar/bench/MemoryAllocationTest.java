package io.larimar.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** The kernels see one class of segments, whatever callers bring: 0019, "The compiler". */
  @Test
  void keysOfEveryKindOfSegmentAreSearchedAndReadWithNothingAllocated(@TempDir Path folder)
      throws IOException {
    MemoryShape shape = MemoryShape.of(512, SyntheticFacts.LATENT_WIDTH)
        .stored(Precision.NIBBLE, Precision.NIBBLE);
    Path file = folder.resolve("key");
    try (Arena arena = Arena.ofShared(); Arena confined = Arena.ofConfined();
        EpisodicMemory memory = EpisodicMemory.open(shape)) {
      SyntheticFacts facts = new SyntheticFacts(512, arena);
      facts.makeLatent(3);
      for (long id = 0; id < 600; id++) {
        facts.makeKey(id);
        memory.write(id, facts.key, facts.latent, 1);
      }
      facts.makeKey(3);
      Files.write(file, facts.key.toArray(JAVA_BYTE));
      MemorySegment[] keys = {facts.key,
          MemorySegment.ofArray(facts.key.toArray(JAVA_FLOAT)),
          confined.allocate(facts.key.byteSize(), 64).copyFrom(facts.key), mapped(file, arena)};
      MemorySegment out = arena.allocate(shape.latentBytes(), 64);
      MemorySegment heap = MemorySegment.ofArray(new float[(int) (shape.latentBytes() / 4)]);
      long[] ids = new long[1];
      float[] cosines = new float[1];
      long[] blockIds = new long[shape.blockCapacity()];
      float[] blockCosines = new float[shape.blockCapacity()];
      double[] least = new double[keys.length];
      Arrays.fill(least, Double.MAX_VALUE);
      for (int round = 0; round < MOST_ROUNDS && Arrays.stream(least).sum() > 0; round++) {
        for (int k = 0; k < keys.length; k++) {
          MemorySegment key = keys[k];
          least[k] = Math.min(least[k], allocated(i -> {
            memory.nearest(key, 1, ids, cosines);
            memory.read(ids[0], out);
            memory.read(ids[0], heap);
            memory.readWithKey(ids[0], key, out);
            memory.weigh(ids[0], key, blockIds, blockCosines);
            memory.overwrite(3, facts.key, facts.latent, 1);
          }));
          assertEquals(3, ids[0]);
        }
      }
      assertArrayEquals(new double[keys.length], least,
          "bytes in the best of rounds: shared, heap, confined, mapped");
    }
  }

  private static MemorySegment mapped(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
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
