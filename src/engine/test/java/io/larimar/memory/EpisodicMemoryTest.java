package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EpisodicMemoryTest {
  private static final MemoryShape SMALL = new MemoryShape(48, 20, 4, 1e-4);
  private final Arena arena = Arena.ofShared();
  private final SeededFacts facts = new SeededFacts(SMALL, 11, arena);

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private static long[] range(int from, int to) {
    return LongStream.range(from, to).toArray();
  }

  private static void assertSameState(EpisodicMemory expected, EpisodicMemory actual) {
    assertArrayEquals(expected.stateHash(), actual.stateHash());
    assertArrayEquals(expected.ids(), actual.ids());
    assertEquals(expected.blockCount(), actual.blockCount());
  }

  @Test
  void forgetThenMemoryEqualsNeverWritten() {
    try (EpisodicMemory never = facts.memoryOf(range(0, 100));
        EpisodicMemory memory = facts.memoryOf(range(0, 200))) {
      for (long id = 199; id >= 100; id--) {
        assertTrue(memory.forget(id));
      }
      assertSameState(never, memory);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyHistoryThatEndsInTheSameFactsGivesTheSameBytes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TreeSet<Long> alive = new TreeSet<>();
    try (EpisodicMemory memory = EpisodicMemory.open(SMALL)) {
      for (int step = 0; step < 600; step++) {
        long id = random.nextLong(120);
        if (alive.remove(id)) {
          assertTrue(memory.forget(id));
        } else {
          alive.add(id);
          facts.write(memory, id);
        }
        if (step % 50 == 49) {
          long[] ids = alive.stream().mapToLong(Long::longValue).toArray();
          try (EpisodicMemory direct = facts.memoryOf(ids)) {
            assertArrayEquals(direct.stateHash(), memory.stateHash(),
                "seed=" + seed + " step=" + step);
            assertEquals(direct.blockCount(), memory.blockCount());
          }
        }
      }
    }
  }

  /** Reads and searches by every fact's key, with bits for bits. */
  private void assertAnswersAlike(EpisodicMemory expected, EpisodicMemory actual, boolean sketch) {
    MemorySegment a = arena.allocate(3 * SMALL.latentBytes(), 64);
    MemorySegment b = arena.allocate(3 * SMALL.latentBytes(), 64);
    long[] near = new long[3];
    long[] nearToo = new long[3];
    float[] cosines = new float[3];
    float[] cosinesToo = new float[3];
    for (long id : expected.ids()) {
      assertEquals(expected.read(id, a), actual.read(id, b));
      assertEquals(-1, a.mismatch(b), "id=" + id);
      expected.nearest(facts.key(id), 3, near, cosines, sketch);
      actual.nearest(facts.key(id), 3, nearToo, cosinesToo, sketch);
      assertArrayEquals(near, nearToo);
      assertArrayEquals(cosines, cosinesToo);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatWasPostponedChangesNoAnswerAndIsThereOnceSettled(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TreeSet<Long> alive = new TreeSet<>();
    try (EpisodicMemory memory = EpisodicMemory.open(SMALL)) {
      for (int step = 0; step < 900; step++) {
        long id = random.nextLong(150);
        if (step == 300) {
          memory.postpone();
        }
        if (alive.remove(id)) {
          assertTrue(memory.forget(id));
        } else {
          alive.add(id);
          facts.write(memory, id);
        }
        if (step == 600) {
          memory.settle();
        }
        if (step % 150 == 149) {
          long[] ids = alive.stream().mapToLong(Long::longValue).toArray();
          try (EpisodicMemory direct = facts.memoryOf(ids)) {
            assertAnswersAlike(direct, memory, step > 600); // by sketch only then
            assertSameState(direct, memory);
          }
        }
      }
    }
  }

  @Test
  void aSnapshotOfAPostponedMemoryIsWhole() throws IOException {
    Path file = Files.createTempFile("larimar", ".memory");
    Path other = Files.createTempFile("larimar", ".memory");
    try (EpisodicMemory memory = EpisodicMemory.open(SMALL);
        EpisodicMemory direct = facts.memoryOf(range(0, 90))) {
      memory.postpone();
      LongStream.range(0, 90).forEach(id -> facts.write(memory, id));
      memory.save(file);
      direct.save(other);
      assertEquals(-1, Files.mismatch(file, other));
    } finally {
      Files.delete(file);
      Files.delete(other);
    }
  }

  @Test
  void aMemoryThatWasClosedIsNotSettled() {
    EpisodicMemory memory = EpisodicMemory.open(SMALL);
    memory.postpone();
    LongStream.range(0, 90).forEach(id -> facts.write(memory, id));
    memory.close();
    memory.settle();
  }

  @Test
  void orderOfWritesLeavesNoTrace() {
    long[] backwards = LongStream.range(0, 150).map(i -> 149 - i).toArray();
    try (EpisodicMemory a = facts.memoryOf(range(0, 150));
        EpisodicMemory b = facts.memoryOf(backwards)) {
      assertSameState(a, b);
    }
  }

  @Test
  void forgettingEverythingGivesTheEmptyMemory() {
    try (EpisodicMemory empty = EpisodicMemory.open(SMALL);
        EpisodicMemory memory = facts.memoryOf(range(0, 90))) {
      for (long id : memory.ids()) {
        assertTrue(memory.forget(id));
      }
      assertSameState(empty, memory);
      assertEquals(0, memory.factCount());
      assertEquals(1, memory.blockCount());
    }
  }

  @Test
  void mergeIsTheMemoryOfBoth() {
    try (EpisodicMemory a = facts.memoryOf(range(0, 60));
        EpisodicMemory b = facts.memoryOf(range(60, 130));
        EpisodicMemory both = facts.memoryOf(range(0, 130))) {
      a.merge(b);
      assertSameState(both, a);
    }
  }

  @Test
  void splitThenMergeGivesTheWhole() {
    try (EpisodicMemory whole = facts.memoryOf(range(0, 130));
        EpisodicMemory memory = facts.memoryOf(range(0, 130));
        EpisodicMemory odd = facts.memoryOf(
            LongStream.range(0, 130).filter(i -> i % 2 == 1).toArray());
        EpisodicMemory part = memory.split(id -> id % 2 == 1)) {
      assertSameState(odd, part);
      assertEquals(65, memory.factCount());
      memory.merge(part);
      assertSameState(whole, memory);
    }
  }

  @Test
  void overwriteLeavesNoTraceOfTheOldFact() {
    SeededFacts others = new SeededFacts(SMALL, 12, arena);
    try (EpisodicMemory direct = facts.memoryOf(range(0, 50));
        EpisodicMemory memory = facts.memoryOf(range(0, 49))) {
      others.write(memory, 49);
      memory.overwrite(3, others.key(3), others.latents(77), others.chain(77));
      memory.overwrite(3, facts.key(3), facts.latents(3), facts.chain(3));
      memory.overwrite(49, facts.key(49), facts.latents(49), facts.chain(49));
      assertSameState(direct, memory);
      assertFalse(memory.overwrite(500, facts.key(500), facts.latents(500), facts.chain(500)));
      assertSameState(direct, memory);
    }
  }

  @Test
  void readByOwnKeyGivesTheStoredChainInOrder() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 300))) {
      for (long id = 0; id < 300; id++) {
        MemorySegment expected = facts.latents(id);
        MemorySegment out = arena.allocate(expected.byteSize(), 64);
        assertEquals(facts.chain(id), memory.latentCount(id));
        assertEquals(facts.chain(id), memory.read(id, out));
        for (long at = 0; at < out.byteSize(); at += 4) {
          assertEquals(expected.get(JAVA_FLOAT, at), out.get(JAVA_FLOAT, at), 5e-3,
              "id=" + id + " seed=11");
        }
      }
    }
  }

  @Test
  void readWithTheStoredKeyGivesTheBitsOfTheSnappedRead() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 80))) {
      for (long id = 0; id < 80; id++) {
        MemorySegment snapped = arena.allocate(facts.latents(id).byteSize(), 64);
        MemorySegment free = arena.allocate(snapped.byteSize(), 64);
        memory.read(id, snapped);
        assertEquals(facts.chain(id), memory.readWithKey(id, facts.key(id), free));
        assertEquals(-1, snapped.mismatch(free), "id=" + id);
      }
    }
  }

  @Test
  void nearestFindsEveryFactByItsOwnKeyAndAgreesWithAPlainSearch() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 200))) {
      for (long id = 0; id < 200; id += 5) {
        memory.forget(id);
      }
      long[] ids = new long[5];
      float[] cosines = new float[5];
      for (long id = 1; id < 200; id++) {
        if (id % 5 == 0) {
          continue;
        }
        MemorySegment query = facts.key(id);
        assertEquals(5, memory.nearest(query, 5, ids, cosines));
        assertEquals(id, ids[0]);
        assertEquals(1, cosines[0], 1e-5);
        long[] plain = LongStream.range(0, 200).filter(i -> i % 5 != 0).boxed()
            .sorted((a, b) -> Double.compare(cosine(query, b), cosine(query, a)))
            .limit(5).mapToLong(Long::longValue).toArray();
        assertArrayEquals(plain, ids, "id=" + id);
      }
    }
  }

  @Test
  void groupsStayTogetherInWhateverOrderTheyCome() {
    MemoryShape shape = new MemoryShape(64, 4, 8, 1e-4).grouped(3);
    SeededFacts grouped = new SeededFacts(shape, 33, arena);
    try (EpisodicMemory memory = grouped.memoryOf(range(0, 400));
        EpisodicMemory other = EpisodicMemory.open(shape)) {
      for (long id = 400; --id >= 0; ) {
        grouped.write(other, id);
      }
      assertSameState(memory, other);
      long[] ids = new long[8];
      float[] cosines = new float[8];
      for (int group = 0; group < 50; group++) {
        MemorySegment query = grouped.key(8 * group + 5);
        assertEquals(8, memory.weigh(8 * group, query, ids, cosines), "group=" + group);
        assertArrayEquals(range(8 * group, 8 * group + 8), ids);
        for (int i = 0; i < 8; i++) {
          assertEquals(dot(query, grouped.key(ids[i])), cosines[i], 1e-5);
        }
      }
      memory.forget(3);
      other.forget(3);
      assertSameState(memory, other);
      assertEquals(0, memory.weigh(3, grouped.key(3), ids, cosines));
    }
  }

  @Test
  void aGroupMustFitOneBlock() {
    assertThrows(IllegalArgumentException.class,
        () -> new MemoryShape(64, 4, 8, 1e-4).grouped(4));
  }

  @Test
  void searchBySketchFindsWhatTheExactScanFinds() {
    MemoryShape shape = new MemoryShape(256, 4, 32, 1e-4);
    SeededFacts many = new SeededFacts(shape, 31, arena);
    try (EpisodicMemory memory = many.memoryOf(range(0, 6_000))) {
      for (long id = 0; id < 6_000; id += 3) {
        memory.forget(id);
      }
      long[] exact = new long[3];
      long[] sketched = new long[3];
      float[] cosines = new float[3];
      for (long id = 1; id < 6_000; id += 97) {
        MemorySegment query = many.key(id);
        MemorySegment noise = many.key(-id);
        for (long at = 0; at < query.byteSize(); at += 4) { // cosine about 0.7 with its fact
          query.set(JAVA_FLOAT, at, query.get(JAVA_FLOAT, at) + noise.get(JAVA_FLOAT, at));
        }
        memory.nearestExact(query, 1, exact, cosines);
        assertEquals(1, memory.nearest(query, 1, sketched, cosines, true));
        assertEquals(exact[0], sketched[0], "id=" + id + ", seed=31");
      }
    }
  }

  @Test
  void searchBySketchPrefersTheKeyItselfToOneThatIsHardlyFarther() {
    MemoryShape shape = new MemoryShape(256, 4, 32, 1e-4);
    SeededFacts many = new SeededFacts(shape, 33, arena);
    try (EpisodicMemory memory = many.memoryOf(range(0, 3_000))) {
      long[] found = new long[2];
      float[] cosines = new float[2];
      for (long id = 0; id < 3_000; id += 50) {
        MemorySegment near = many.key(id);
        MemorySegment noise = many.key(-id - 1);
        double norm = 0;
        for (long at = 0; at < near.byteSize(); at += 4) {
          near.set(JAVA_FLOAT, at,
              near.get(JAVA_FLOAT, at) + 0.05f * noise.get(JAVA_FLOAT, at));
          norm += Math.pow(near.get(JAVA_FLOAT, at), 2);
        }
        for (long at = 0; at < near.byteSize(); at += 4) {
          near.set(JAVA_FLOAT, at, (float) (near.get(JAVA_FLOAT, at) / Math.sqrt(norm)));
        }
        memory.write(10_000 + id, near, many.latents(id), many.chain(id));
        assertEquals(2, memory.nearest(near, 2, found, cosines, true));
        assertArrayEquals(new long[] {10_000 + id, id}, found, "id=" + id + ", seed=33");
        memory.nearest(many.key(id), 1, found, cosines, true);
        assertEquals(id, found[0], "seed=33");
      }
    }
  }

  @Test
  void searchBySketchIsAFunctionOfTheFactsWhateverTheirHistory() throws IOException {
    MemoryShape shape = new MemoryShape(256, 4, 32, 1e-4);
    SeededFacts many = new SeededFacts(shape, 34, arena);
    Path file = Files.createTempDirectory("larimar").resolve("memory");
    try (EpisodicMemory direct = many.memoryOf(range(2_000, 5_000));
        EpisodicMemory winding = many.memoryOf(range(0, 4_000))) {
      for (long id = 4_999; id >= 4_000; id--) {
        many.write(winding, id);
      }
      for (long id = 0; id < 2_000; id++) {
        winding.forget(id);
      }
      winding.overwrite(3_000, many.key(1), many.latents(1), many.chain(1));
      winding.overwrite(3_000, many.key(3_000), many.latents(3_000), many.chain(3_000));
      winding.save(file);
      try (EpisodicMemory mapped = EpisodicMemory.map(file)) {
        for (long seed = 1; seed < 40; seed++) { // keys of no fact: all depends on the sketches
          long[][] ids = new long[3][30];
          float[][] cosines = new float[3][30];
          EpisodicMemory[] memories = {direct, winding, mapped};
          for (int m = 0; m < 3; m++) {
            assertEquals(30, memories[m].nearest(many.key(-seed), 30, ids[m], cosines[m], true));
          }
          assertArrayEquals(ids[0], ids[1], "seed=" + seed);
          assertArrayEquals(ids[0], ids[2], "seed=" + seed);
          assertArrayEquals(cosines[0], cosines[1]);
          assertArrayEquals(cosines[0], cosines[2]);
        }
      }
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.getParent());
    }
  }

  @Test
  void searchBySketchIsAFunctionOfTheFactsEvenAmongThousandsOfDuplicates() {
    MemoryShape shape = new MemoryShape(32, 1, 32, 1e-4);
    SeededFacts many = new SeededFacts(shape, 32, arena);
    MemorySegment same = many.key(1);
    MemorySegment latent = arena.allocate(4, 64);
    long[][] answers = new long[2][40];
    float[] cosines = new float[40];
    for (int order = 0; order < 2; order++) {
      try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
        for (long i = 0; i < 10_000; i++) {
          memory.write(order == 0 ? i : i * 7_919 % 10_000, same, latent, 1);
        }
        assertEquals(40, memory.nearest(same, 40, answers[order], cosines, true));
      }
    }
    assertArrayEquals(answers[0], answers[1]);
    assertArrayEquals(range(0, 40), answers[0]);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void lawsHoldInEveryPrecision(Precision precision) {
    MemoryShape shape = new MemoryShape(200, 100, precision, precision, 8, 1e-4);
    SeededFacts stored = new SeededFacts(shape, 41, arena);
    double error = switch (precision) {
      case FLOAT, HALF -> 0.01;
      case BYTE -> 0.03;
      case NIBBLE -> 0.4; // a fourteenth of the largest of 64 normal values, which is about 3
    };
    try (EpisodicMemory direct = stored.memoryOf(range(50, 200));
        EpisodicMemory memory = stored.memoryOf(range(0, 150));
        EpisodicMemory more = stored.memoryOf(range(150, 200))) {
      for (long id = 0; id < 50; id++) {
        memory.forget(id);
      }
      memory.merge(more);
      assertSameState(direct, memory);
      long[] ids = new long[1];
      float[] cosines = new float[1];
      for (long id = 50; id < 200; id++) {
        MemorySegment out = arena.allocate(stored.chain(id) * shape.latentBytes(), 64);
        assertEquals(stored.chain(id), memory.read(id, out));
        for (long at = 0; at < out.byteSize(); at += 4) {
          assertEquals(stored.latents(id).get(JAVA_FLOAT, at), out.get(JAVA_FLOAT, at), error,
              "id=" + id + " " + precision);
        }
        memory.nearest(stored.key(id), 1, ids, cosines);
        assertEquals(id, ids[0]);
        memory.nearest(stored.key(id), 1, ids, cosines, true);
        assertEquals(id, ids[0]);
      }
    }
  }

  @Test
  void latentTooLargeForHalfIsRefused() {
    MemoryShape shape = new MemoryShape(48, 20, Precision.HALF, Precision.HALF, 8, 1e-4);
    try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
      MemorySegment latent = arena.allocate(shape.latentBytes(), 64);
      latent.set(JAVA_FLOAT, 12, -70_000f);
      assertRefused("latents[3]=-70000.0", () -> memory.write(1, facts.key(1), latent, 1));
    }
  }

  @Test
  void forgottenBytesAreGoneFromTheMemoryItself() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 40))) {
      int slot = memory.blocks.slot(memory.trie.block(BlockTrie.hash(7)),
          memory.blocks.find(memory.trie.block(BlockTrie.hash(7)), 7));
      int row = memory.facts.firstLatent(slot);
      MemorySegment key = memory.facts.keyBytes(slot);
      MemorySegment latent = memory.facts.latentBytes(row);
      assertEquals(-1, key.mismatch(facts.key(7)));
      memory.forget(7);
      assertEquals(-1, key.mismatch(arena.allocate(key.byteSize())));
      assertEquals(-1, latent.mismatch(arena.allocate(latent.byteSize())));
    }
  }

  private double cosine(MemorySegment query, long id) {
    return dot(query, facts.key(id));
  }

  private static double dot(MemorySegment query, MemorySegment key) {
    double sum = 0;
    for (long at = 0; at < query.byteSize(); at += 4) {
      sum += (double) query.get(JAVA_FLOAT, at) * key.get(JAVA_FLOAT, at);
    }
    return sum;
  }

  @Test
  void equalKeysAreOrderedByIdWhateverTheHistory() {
    long[] ids = new long[3];
    float[] cosines = new float[3];
    for (long[] order : new long[][] {{1, 2, 3, 4}, {4, 3, 2, 1}, {3, 1, 4, 2}}) {
      try (EpisodicMemory memory = EpisodicMemory.open(SMALL)) {
        for (long id : order) {
          memory.write(id, facts.key(7), facts.latents(id), facts.chain(id));
        }
        assertEquals(3, memory.nearest(facts.key(7), 3, ids, cosines));
        assertArrayEquals(new long[] {1, 2, 3}, ids, Arrays.toString(order));
      }
    }
  }

  @Test
  void writesAndForgetsLeaveNothingToCompact() throws IOException {
    Path folder = Files.createTempDirectory("larimar");
    Path worn = folder.resolve("worn");
    Path fresh = folder.resolve("fresh");
    try (EpisodicMemory direct = facts.memoryOf(range(0, 100));
        EpisodicMemory memory = facts.memoryOf(range(0, 700))) {
      long most = memory.sizeBytes();
      for (int round = 0; round < 20; round++) {
        for (long id = 100; id < 700; id++) {
          assertTrue(memory.forget(id));
        }
        for (long id = 100; id < 700; id++) {
          facts.write(memory, id);
        }
      }
      for (long id = 100; id < 700; id++) {
        memory.forget(id);
      }
      assertEquals(most, memory.sizeBytes(), "rows that were given back are used again");
      memory.save(worn);
      direct.save(fresh);
      assertEquals(-1, Files.mismatch(fresh, worn));
    } finally {
      Files.deleteIfExists(worn);
      Files.deleteIfExists(fresh);
      Files.deleteIfExists(folder);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void everyOneOfTenThousandFactsIsFoundByItsOwnKeyInEveryPrecision(Precision precision) {
    int count = 10_000;
    MemoryShape shape = new MemoryShape(128, 4, precision, precision, 32, 1e-4);
    SplittableRandom random = new SplittableRandom(51);
    MemorySegment keys = arena.allocate(count * shape.keyBytes(), 64);
    MemorySegment latent = arena.allocate(shape.latentBytes(), 64);
    long[] ids = new long[1];
    float[] cosines = new float[1];
    try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
      for (long id = 0; id < count; id++) {
        MemorySegment key = keys.asSlice(id * shape.keyBytes(), shape.keyBytes());
        for (long at = 0; at < key.byteSize(); at += 4) { // norm 1
          key.set(JAVA_FLOAT, at, (random.nextBoolean() ? 1 : -1) / (float) Math.sqrt(128));
        }
        memory.write(id, key, latent, 1);
      }
      for (long id = 0; id < count; id++) {
        MemorySegment key = keys.asSlice(id * shape.keyBytes(), shape.keyBytes());
        assertEquals(1, memory.nearest(key, 1, ids, cosines, true));
        assertEquals(id, ids[0], "seed=51");
      }
    }
  }

  @Test
  void roomIsReservedWithinItsLimit() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 10))) {
      byte[] before = memory.stateHash();
      memory.reserve(20_000);
      long size = memory.sizeBytes();
      for (long id = 10; id < 20; id++) {
        facts.write(memory, id);
        memory.forget(id);
      }
      assertEquals(size, memory.sizeBytes());
      assertArrayEquals(before, memory.stateHash());
      assertRefused("count must be in", () -> memory.reserve(-1));
    }
  }

  @Test
  void unknownIdsAreAnswersNotErrors() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 10))) {
      MemorySegment out = arena.allocate(SMALL.latentBytes() * 3, 64);
      assertEquals(0, memory.read(99, out));
      assertEquals(0, memory.latentCount(99));
      assertFalse(memory.forget(99));
      assertTrue(memory.forget(5));
      assertFalse(memory.forget(5));
      assertEquals(0, memory.read(5, out));
      assertFalse(memory.contains(5));
    }
  }

  @Test
  void badInputIsRefusedAndChangesNothing() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 10))) {
      byte[] before = memory.stateHash();
      MemorySegment key = facts.key(50);
      MemorySegment one = facts.latents(50).asSlice(0, SMALL.latentBytes());
      MemorySegment nan = arena.allocate(SMALL.latentBytes(), 64).copyFrom(one);
      nan.set(JAVA_FLOAT, 8, Float.NaN);
      MemorySegment infinite = arena.allocate(SMALL.keyBytes(), 64).copyFrom(key);
      infinite.set(JAVA_FLOAT, 0, Float.POSITIVE_INFINITY);
      MemorySegment zero = arena.allocate(SMALL.keyBytes(), 64);
      assertRefused("latents must be finite: latents[2]=NaN",
          () -> memory.write(50, key, nan, 1));
      assertRefused("key must be finite", () -> memory.write(50, infinite, one, 1));
      assertRefused("key must have norm 1", () -> memory.write(50, zero, one, 1));
      assertRefused("key.byteSize must be 192: byteSize=80",
          () -> memory.write(50, one, one, 1));
      assertRefused("latents.byteSize must be 160: byteSize=80",
          () -> memory.write(50, key, one, 2));
      assertRefused("count must be in [1, 1024]: count=0", () -> memory.write(50, key, one, 0));
      assertRefused("id is in memory already: id=3", () -> memory.write(3, key, one, 1));
      assertRefused("limit must be in", () -> memory.nearest(key, 2, new long[1], new float[1]));
      assertRefused("key must not be zero",
          () -> memory.nearest(zero, 1, new long[1], new float[1]));
      assertRefused("out must hold the whole chain",
          () -> memory.read(3, arena.allocate(4)));
      assertArrayEquals(before, memory.stateHash());
    }
  }

  private static void assertRefused(String says, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(says), message);
  }

  @Test
  void mergeRefusesSharedIdsAndOtherShapesUnchanged() {
    try (EpisodicMemory a = facts.memoryOf(range(0, 20));
        EpisodicMemory b = facts.memoryOf(range(19, 40));
        EpisodicMemory c = EpisodicMemory.open(new MemoryShape(48, 20, 8, 1e-4))) {
      byte[] before = a.stateHash();
      assertRefused("id is in both memories: id=19", () -> a.merge(b));
      assertRefused("same shape", () -> a.merge(c));
      assertArrayEquals(before, a.stateHash());
    }
  }

  @Test
  void useAfterCloseThrows() {
    EpisodicMemory memory = facts.memoryOf(range(0, 3));
    memory.close();
    memory.close();
    MemorySegment out = arena.allocate(SMALL.latentBytes() * 3, 64);
    assertThrows(IllegalStateException.class, () -> memory.read(1, out));
    assertThrows(IllegalStateException.class, () -> facts.write(memory, 9));
    assertThrows(IllegalStateException.class,
        () -> memory.nearest(facts.key(1), 1, new long[1], new float[1]));
  }

  @Test
  void blockHashOfAnAbsentIdChangesOnlyWithItsBlock() {
    try (EpisodicMemory memory = facts.memoryOf(range(0, 100))) {
      byte[] without = memory.blockHash(1000);
      byte[] before = memory.stateHash();
      facts.write(memory, 1000);
      assertFalse(Arrays.equals(without, memory.blockHash(1000)));
      memory.forget(1000);
      assertArrayEquals(without, memory.blockHash(1000));
      assertArrayEquals(before, memory.stateHash());
    }
  }
}
