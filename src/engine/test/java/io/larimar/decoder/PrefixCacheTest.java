package io.larimar.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.codec.SoftPrefix;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Which beginnings are kept, and that nothing of one stays when it goes. */
class PrefixCacheTest {
  private static final String MARK = "a state of the fact that is to be forgotten, ";
  private static final int SIZE = 4_096;

  private final AtomicLong bytes = new AtomicLong();

  private static PrefixCache.Key key(PrefixCache cache, int... tokens) {
    return cache.key(cache.key("acme", SoftPrefix.NONE), tokens, 0, tokens.length);
  }

  private static void keep(PrefixCache cache, PrefixCache.Key key) {
    byte[] mark = MARK.repeat(SIZE / MARK.length()).getBytes(StandardCharsets.US_ASCII);
    cache.keep(key, 7, SIZE, state ->
        MemorySegment.copy(MemorySegment.ofArray(mark), 0, state, 0, mark.length));
  }

  @Test
  void aKeyIsTheTenantTheRowsAndTheTokensAndNothingElse() {
    try (PrefixCache cache = new PrefixCache(SIZE, bytes)) {
      SoftPrefix one = new SoftPrefix(new float[] {1, 2, 3, 4}, 2, 0, false);
      SoftPrefix same = new SoftPrefix(new float[] {1, 2, 3, 4}, 2, 1, true);
      SoftPrefix other = new SoftPrefix(new float[] {1, 2, 3, 5}, 2, 0, false);
      assertEquals(cache.key("acme", one), cache.key("acme", same));
      assertNotEquals(cache.key("acme", one), cache.key("acme", other));
      assertNotEquals(cache.key("acme", one), cache.key("rival", one));
      PrefixCache.Key before = cache.key("acme", one);
      int[] prompt = {5, 6, 7};
      assertEquals(cache.key(before, prompt, 1, 3), cache.key(before, new int[] {6, 7}, 0, 2));
      assertNotEquals(cache.key(before, prompt, 0, 2), cache.key(before, prompt, 1, 3));
      assertNotEquals(cache.key(before, prompt, 0, 3),
          cache.key(cache.key("acme", other), prompt, 0, 3));
    }
  }

  @Test
  void theLeastRecentlyUsedGoesWhenTheLimitIsReached() {
    try (PrefixCache cache = new PrefixCache(2 * SIZE, bytes)) {
      PrefixCache.Key first = key(cache, 1);
      PrefixCache.Key second = key(cache, 2);
      PrefixCache.Key third = key(cache, 3);
      keep(cache, first);
      keep(cache, second);
      assertEquals(7, cache.find(first).orElseThrow().positions());
      keep(cache, third);
      assertTrue(cache.find(first).isPresent());
      assertTrue(cache.find(second).isEmpty());
      assertTrue(cache.find(third).isPresent());
      assertEquals(2 * SIZE, bytes.get());
      cache.keep(second, 9, 2 * SIZE + 1, state -> { });
      assertTrue(cache.find(second).isEmpty(), "larger than the limit alone");
      assertThrows(IllegalStateException.class, () -> cache.keep(second, 9, SIZE, state -> {
        throw new IllegalStateException("cannot be written");
      }));
      assertTrue(cache.find(second).isEmpty());
      assertTrue(bytes.get() <= 2 * SIZE);
    }
    assertFalse(new PrefixCache(0, bytes).enabled());
  }

  @Test
  void whatGoesIsOverwrittenFirst() throws IOException {
    Assumptions.assumeTrue(Files.isReadable(Path.of("/proc/self/mem")), "no /proc/self/mem here");
    List<Long> places = new ArrayList<>();
    try (PrefixCache cache = new PrefixCache(4 * SIZE, bytes)) {
      for (int i = 0; i < 5; i++) { // the fifth drives the first out
        keep(cache, key(cache, i));
        places.add(cache.find(key(cache, i)).orElseThrow().state().address());
      }
      assertTrue(marked(places.get(4)), "the search finds what is there");
      cache.erase();
      assertEquals(0, bytes.get());
      for (long place : places) {
        assertFalse(marked(place));
      }
    }
  }

  /** Whether the process's memory holds the mark where a state lay; what is unmapped does not. */
  private static boolean marked(long address) {
    try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
      byte[] bytes = new byte[SIZE];
      memory.seek(address);
      memory.readFully(bytes);
      return new String(bytes, StandardCharsets.US_ASCII).contains(MARK);
    } catch (IOException unmapped) {
      return false;
    }
  }
}
