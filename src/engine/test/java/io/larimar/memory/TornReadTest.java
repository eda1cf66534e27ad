package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Readers beside a writer. Fact i has unit vector i or i + FACTS as its key and chains of one to
 * three latents whose every float is the fact's generation: whoever reads two generations at once,
 * or misses a fact that is always there, has seen a tear.
 */
class TornReadTest {
  private static final int FACTS = 24;
  private static final MemoryShape SHAPE = new MemoryShape(3 * FACTS, 200, 4, 1e-4);

  private interface Overwrite {
    void apply(EpisodicMemory memory, long id, MemorySegment key, MemorySegment z, int count);
  }

  private static int chain(int generation) {
    return 1 + generation % 3;
  }

  private static void setKey(MemorySegment key, int one) {
    key.fill((byte) 0);
    key.set(JAVA_FLOAT, 4L * one, 1f);
  }

  private static void setLatents(MemorySegment latents, int generation) {
    for (long at = 0; at < latents.byteSize(); at += 4) {
      latents.set(JAVA_FLOAT, at, generation);
    }
  }

  /** Runs one writer and two readers, to the first tear at most; returns how many were seen. */
  private static long tears(Overwrite overwrite, AtomicLong reads, long enough)
      throws InterruptedException {
    AtomicLong torn = new AtomicLong();
    try (Arena arena = Arena.ofShared(); EpisodicMemory memory = EpisodicMemory.open(SHAPE)) {
      MemorySegment key = arena.allocate(SHAPE.keyBytes(), 64);
      MemorySegment latents = arena.allocate(3 * SHAPE.latentBytes(), 64);
      for (int id = 0; id < FACTS; id++) {
        setKey(key, id);
        setLatents(latents, 3);
        memory.write(id, key, latents.asSlice(0, SHAPE.latentBytes()), 1);
      }
      long until = System.nanoTime() + 60_000_000_000L;
      Thread[] readers = new Thread[2];
      for (int r = 0; r < readers.length; r++) {
        int seed = r;
        readers[r] = Thread.ofPlatform().start(
            () -> readUntil(until, enough, memory, arena, seed, reads, torn));
      }
      SplittableRandom random = new SplittableRandom(3);
      for (int generation = 4; goesOn(until, reads, enough, torn); generation++) {
        int id = random.nextInt(FACTS);
        setKey(key, id + FACTS * (generation % 2));
        setLatents(latents, generation % 1_000_000);
        int count = chain(generation % 1_000_000);
        overwrite.apply(memory, id, key, latents.asSlice(0, count * SHAPE.latentBytes()), count);
        long guest = 1_000 + random.nextInt(FACTS); // comes and goes, so that blocks regroup
        if (!memory.forget(guest)) {
          setKey(key, 2 * FACTS + (int) guest - 1_000);
          memory.write(guest, key, latents.asSlice(0, SHAPE.latentBytes()), 1);
        }
      }
      for (Thread reader : readers) {
        reader.join();
      }
    }
    return torn.get();
  }

  private static boolean goesOn(long until, AtomicLong reads, long enough, AtomicLong torn) {
    return System.nanoTime() < until && reads.get() < enough && torn.get() == 0;
  }

  private static void readUntil(long until, long enough, EpisodicMemory memory, Arena arena,
      int seed, AtomicLong reads, AtomicLong torn) {
    SplittableRandom random = new SplittableRandom(seed);
    MemorySegment out = arena.allocate(3 * SHAPE.latentBytes(), 64);
    MemorySegment query = arena.allocate(SHAPE.keyBytes(), 64);
    long[] ids = new long[1];
    float[] cosines = new float[1];
    while (goesOn(until, reads, enough, torn)) {
      int id = random.nextInt(FACTS);
      if (!oneGeneration(out, memory.read(id, out))) {
        torn.incrementAndGet();
      }
      query.fill((byte) 0); // half way between both keys of the fact: its cosine never changes
      query.set(JAVA_FLOAT, 4L * id, 1f);
      query.set(JAVA_FLOAT, 4L * (id + FACTS), 1f);
      int found = memory.nearest(query, 1, ids, cosines, random.nextBoolean());
      if (found != 1 || ids[0] != id || Math.abs(cosines[0] - Math.sqrt(0.5)) > 1e-6) {
        torn.incrementAndGet();
      }
      reads.addAndGet(2);
    }
  }

  private static boolean oneGeneration(MemorySegment out, int count) {
    float first = out.get(JAVA_FLOAT, 0);
    int generation = Math.round(first * (1 + 1e-4f));
    if (count != chain(generation)) {
      return false;
    }
    for (long at = 0; at < count * SHAPE.latentBytes(); at += 4) {
      if (out.get(JAVA_FLOAT, at) != first) {
        return false;
      }
    }
    return true;
  }

  @Test
  void readersNeverSeeHalfOfAWrite() throws InterruptedException {
    AtomicLong reads = new AtomicLong();
    assertEquals(0, tears(EpisodicMemory::overwrite, reads, 20_000), "seeds 0, 1 and 3");
    assertTrue(reads.get() > 1_000, "reads=" + reads);
  }

  @Test
  void theHarnessFindsAPlantedTear() throws InterruptedException {
    Overwrite inTwoHalves = (memory, id, key, latents, count) -> {
      int block = memory.trie.block(BlockTrie.hash(id));
      int slot = memory.blocks.slot(block, memory.blocks.find(block, id));
      MemorySegment half = latents.asSlice(0, count * SHAPE.latentBytes());
      setLatents(half.asSlice(half.byteSize() / 2), 999_999);
      memory.facts.replace(slot, key, half, count); // without a version
      Thread.yield();
      setLatents(half, Math.round(half.get(JAVA_FLOAT, 0)));
      memory.facts.replace(slot, key, half, count);
      memory.facts.publish(slot);
    };
    assertTrue(tears(inTwoHalves, new AtomicLong(), Long.MAX_VALUE) > 0);
  }
}
