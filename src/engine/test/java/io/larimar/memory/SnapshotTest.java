package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SnapshotTest {
  private static final MemoryShape SHAPE = new MemoryShape(96, 40, 8, 1e-4);
  private final Arena arena = Arena.ofShared();
  private final SeededFacts facts = new SeededFacts(SHAPE, 21, arena);
  @TempDir private Path folder;

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private static long[] range(int from, int to) {
    return LongStream.range(from, to).toArray();
  }

  @Test
  void mappedSnapshotIsTheSavedMemory() throws IOException {
    for (int count : new int[] {0, 1, 8, 9, 5_000}) {
      Path file = folder.resolve("memory");
      try (EpisodicMemory memory = facts.memoryOf(range(0, count))) {
        memory.save(file);
        try (EpisodicMemory mapped = EpisodicMemory.map(file)) {
          assertArrayEquals(memory.stateHash(), mapped.stateHash());
          assertArrayEquals(memory.ids(), mapped.ids());
          assertEquals(memory.blockCount(), mapped.blockCount());
          MemorySegment a = arena.allocate(3 * SHAPE.latentBytes(), 64);
          MemorySegment b = arena.allocate(3 * SHAPE.latentBytes(), 64);
          for (long id = 0; id < count; id++) {
            assertEquals(memory.read(id, a), mapped.read(id, b));
            assertEquals(-1, a.mismatch(b), "id=" + id);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void mappedSnapshotSearchesAndReadsAlikeInEveryPrecision(Precision precision)
      throws IOException {
    MemoryShape shape = new MemoryShape(100, 40, precision, precision, 8, 1e-4);
    SeededFacts stored = new SeededFacts(shape, 22, arena);
    Path file = folder.resolve("memory");
    try (EpisodicMemory memory = stored.memoryOf(range(0, 3_000))) {
      memory.save(file);
      try (EpisodicMemory mapped = EpisodicMemory.map(file)) {
        assertArrayEquals(memory.stateHash(), mapped.stateHash());
        long[] a = new long[4];
        long[] b = new long[4];
        float[] cosines = new float[4];
        for (long id = 0; id < 3_000; id += 101) {
          assertEquals(4, memory.nearest(stored.key(id), 4, a, cosines, true));
          assertEquals(4, mapped.nearest(stored.key(id), 4, b, cosines, true));
          assertArrayEquals(a, b);
          assertEquals(id, b[0]);
        }
      }
    }
  }

  @Test
  void mappedMemoryGoesOnLikeALiveOneAndLeavesTheFileAlone() throws IOException {
    Path file = folder.resolve("memory");
    try (EpisodicMemory direct = facts.memoryOf(range(100, 700));
        EpisodicMemory memory = facts.memoryOf(range(0, 400))) {
      memory.save(file);
      byte[] before = Files.readAllBytes(file);
      try (EpisodicMemory mapped = EpisodicMemory.map(file)) {
        for (long id = 400; id < 700; id++) {
          facts.write(mapped, id);
        }
        for (long id = 0; id < 100; id++) {
          assertTrue(mapped.forget(id));
        }
        assertArrayEquals(direct.stateHash(), mapped.stateHash());
        assertArrayEquals(before, Files.readAllBytes(file));
        mapped.save(file);
      }
      Path other = folder.resolve("other");
      direct.save(other);
      assertEquals(-1, Files.mismatch(file, other));
    }
  }

  /** In a process of its own: reads every fact of a snapshot, prints its size and the heap's. */
  static final class MappedReads {
    private MappedReads() {}

    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[0]);
      try (Arena arena = Arena.ofShared(); EpisodicMemory mapped = EpisodicMemory.map(file)) {
        MemorySegment out = arena.allocate(mapped.shape().latentBytes(), 64);
        for (int id = 0; id < mapped.factCount(); id++) {
          if (mapped.read(id, out) != 1 || Math.round(out.get(JAVA_FLOAT, 0)) != id) {
            throw new AssertionError("id=" + id + ": " + out.get(JAVA_FLOAT, 0));
          }
        }
        System.out.println(Runtime.getRuntime().maxMemory());
      }
    }
  }

  @Test
  void aSnapshotLargerThanTheHeapIsMappedAndRead() throws Exception {
    MemoryShape shape = new MemoryShape(256, 8_192, 32, 1e-6);
    Path file = folder.resolve("memory");
    try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
      MemorySegment key = arena.allocate(shape.keyBytes(), 64);
      MemorySegment latent = arena.allocate(shape.latentBytes(), 64);
      SplittableRandom random = new SplittableRandom(23);
      for (int id = 0; id < 1_500; id++) {
        for (long at = 0; at < key.byteSize(); at += 4) {
          key.set(JAVA_FLOAT, at, (random.nextBoolean() ? 1 : -1) / 16f);
        }
        latent.set(JAVA_FLOAT, 0, id);
        memory.write(id, key, latent, 1);
      }
      memory.save(file);
    }
    Process small = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx16m",
        "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"),
        MappedReads.class.getName(), file.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String heap = new String(small.getInputStream().readAllBytes()).trim();
    assertEquals(0, small.waitFor());
    assertTrue(2 * Long.parseLong(heap) < Files.size(file), "heap " + heap);
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    Path file = folder.resolve("memory");
    try (EpisodicMemory memory = facts.memoryOf(range(0, 60))) {
      memory.save(file);
    }
    byte[] good = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(4);
    for (int trial = 0; trial < 300; trial++) {
      int at = trial < 72 ? trial : random.nextInt(good.length);
      byte[] bad = good.clone();
      bad[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bad);
      SnapshotException said =
          assertThrows(SnapshotException.class, () -> EpisodicMemory.map(file), "byte " + at);
      assertTrue(said.getMessage().contains("rebuild the memory from the ledger"));
    }
  }

  @Test
  void snapshotCutShortIsRefused() throws IOException {
    Path file = folder.resolve("memory");
    try (EpisodicMemory memory = facts.memoryOf(range(0, 60))) {
      memory.save(file);
    }
    byte[] good = Files.readAllBytes(file);
    for (int length : new int[] {0, 1, 63, 4_095, 4_096, 5_000, good.length - 1}) {
      Files.write(file, Arrays.copyOf(good, length));
      assertThrows(SnapshotException.class, () -> EpisodicMemory.map(file), "length " + length);
    }
    Files.write(file, Arrays.copyOf(good, good.length + 1));
    assertThrows(SnapshotException.class, () -> EpisodicMemory.map(file));
  }

  @Test
  void damagedSnapshotIsRebuiltAndThatIsSaidAloud() throws IOException {
    Path file = folder.resolve("memory");
    List<String> said = new ArrayList<>();
    Handler listener = new Handler() {
      @Override
      public void publish(LogRecord record) {
        said.add(record.getLevel() + " " + record.getMessage());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    Logger logger = Logger.getLogger(EpisodicMemory.class.getName());
    logger.addHandler(listener);
    try (EpisodicMemory memory = facts.memoryOf(range(0, 60))) {
      memory.save(file);
      byte[] good = Files.readAllBytes(file);
      byte[] flipped = good.clone();
      flipped[5_000] ^= 4;
      byte[][] damaged = {flipped, Arrays.copyOf(good, good.length / 2), new byte[0]};
      for (byte[] bad : damaged) {
        Files.write(file, bad);
        try (EpisodicMemory rebuilt = EpisodicMemory.mapOrRebuild(file, SHAPE,
            empty -> Arrays.stream(range(0, 60)).forEach(id -> facts.write(empty, id)))) {
          assertArrayEquals(memory.stateHash(), rebuilt.stateHash());
        }
        assertArrayEquals(good, Files.readAllBytes(file));
      }
      assertEquals(damaged.length, said.size());
      assertTrue(said.getFirst().startsWith("WARNING memory is rebuilt from the ledger: ")
          && said.getFirst().contains("flipped bits"), said.getFirst());
      EpisodicMemory.mapOrRebuild(file, SHAPE, empty -> {
        throw new AssertionError("a good snapshot needs no rebuild");
      }).close();
    } finally {
      logger.removeHandler(listener);
    }
  }
}
