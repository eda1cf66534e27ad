package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.larimar.linalg.ScalarKernels;
import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The sketches of all slots in groups of 512. Each word of a sketch lies in planes, bit p of all
 * slots of a group side by side, and each word's planes are a stream of their own: a scan over 8
 * bytes a fact counts where one word differs from a query's, without a sum of bits inside a word.
 * Each group has a version, odd while the writer changes it.
 */
final class SketchSlab {
  /** Slots of a group. */
  static final int GROUP = ScalarKernels.SKETCHES;

  /** Groups that are counted at once: 64 KiB of a stream. */
  static final int RUN = 16;

  /** Bits of a word. */
  static final int WORD_BITS = ScalarKernels.PLANES;

  private static final int WORDS = GROUP / 64; // of a plane

  /** Longs of the numbers of differing bits of a word, in binary. */
  static final int COUNT_WORDS = ScalarKernels.COUNT_BITS * WORDS;

  /** Longs of the sum of four such. */
  static final int SUM_WORDS = COUNT_WORDS + 2 * WORDS;

  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final int CHUNK_GROUPS = 64;
  private static final long LIVE = 64; // behind the version and its reserve
  private static final long HEAD_BYTES = LIVE + ScalarKernels.PLANE_BYTES;
  private static final long PLANES_BYTES = (long) WORD_BITS * ScalarKernels.PLANE_BYTES;

  /** Bytes of all parts of a group. */
  static final long GROUP_BYTES = HEAD_BYTES + KeySketch.WORDS * PLANES_BYTES;

  /** Parts of a snapshot: the heads of all groups, then the planes of each word. */
  static final int PARTS = 1 + KeySketch.WORDS;

  private final RowSlab heads;
  private final RowSlab[] planes = new RowSlab[KeySketch.WORDS];
  private final int[] ones = new int[WORD_BITS]; // live slots whose bit p of the first word is set
  private int live;

  SketchSlab(Arena arena) {
    heads = new RowSlab(arena, HEAD_BYTES, CHUNK_GROUPS);
    for (int w = 0; w < planes.length; w++) {
      planes[w] = new RowSlab(arena, PLANES_BYTES, CHUNK_GROUPS);
    }
  }

  void ensure(int slot) {
    heads.ensure(slot / GROUP);
    for (RowSlab one : planes) {
      one.ensure(slot / GROUP);
    }
  }

  /** Takes over the groups of a mapped snapshot, part by part, and counts their bits. */
  void adopt(MemorySegment region, int count) {
    long at = HEAD_BYTES * count;
    heads.adopt(region.asSlice(0, at), count);
    for (RowSlab one : planes) {
      one.adopt(region.asSlice(at, PLANES_BYTES * count), count);
      at += PLANES_BYTES * count;
    }
    for (int group = 0; group < count; group++) {
      for (int word = 0; word < WORDS; word++) {
        live += Long.bitCount(live(group, word));
        for (int p = 0; p < WORD_BITS; p++) {
          ones[p] += Long.bitCount(planes[0].chunk(group)
              .get(JAVA_LONG, planeAt(planes[0].offset(group), p) + 8L * word));
        }
      }
    }
  }

  private long live(int group, int word) {
    return heads.chunk(group).get(JAVA_LONG, heads.offset(group) + LIVE + 8L * word);
  }

  /** Sets the sketch of a slot and shows it. */
  void show(int slot, MemorySegment words) {
    change(slot, words, true);
  }

  /** Hides a slot and zeroes its sketch. */
  void hide(int slot) {
    change(slot, MemorySegment.NULL, false);
  }

  private void change(int slot, MemorySegment words, boolean shown) {
    int group = slot / GROUP;
    int i = slot % GROUP;
    MemorySegment head = heads.chunk(group);
    long at = heads.offset(group);
    LONG.setOpaque(head, at, (long) LONG.get(head, at) + 1);
    VarHandle.storeStoreFence();
    for (int w = 0; w < planes.length; w++) {
      long word = shown ? words.get(JAVA_LONG, 8L * w) : 0;
      for (int p = 0; p < WORD_BITS; p++) {
        long before = setBit(planes[w].chunk(group), planeAt(planes[w].offset(group), p), i,
            word >>> p & 1);
        ones[p] += w == 0 ? (int) ((word >>> p & 1) - before) : 0;
      }
    }
    live += (shown ? 1 : 0) - (int) setBit(head, at + LIVE, i, shown ? 1 : 0);
    LONG.setRelease(head, at, (long) LONG.get(head, at) + 1);
  }

  /** Sets bit i of a plane; returns what it was. */
  private static long setBit(MemorySegment chunk, long plane, int i, long bit) {
    long at = plane + 8L * (i / 64);
    long word = chunk.get(JAVA_LONG, at);
    chunk.set(JAVA_LONG, at, word & ~(1L << i % 64) | bit << i % 64);
    return word >>> i % 64 & 1;
  }

  /** One part of a group of a snapshot, whose facts have the slots from {@code from} on. */
  MemorySegment assemble(int part, int[] slots, int from, MemorySegment room) {
    MemorySegment to = room.asSlice(0, part == 0 ? HEAD_BYTES : PLANES_BYTES).fill((byte) 0);
    for (int i = 0; i < GROUP && from + i < slots.length; i++) {
      if (part == 0) {
        setBit(to, LIVE, i, 1);
        continue;
      }
      RowSlab slab = planes[part - 1];
      int group = slots[from + i] / GROUP;
      int place = slots[from + i] % GROUP;
      for (int p = 0; p < WORD_BITS; p++) {
        long bits = slab.chunk(group)
            .get(JAVA_LONG, planeAt(slab.offset(group), p) + 8L * (place / 64));
        setBit(to, planeAt(0, p), i, bits >>> place % 64 & 1);
      }
    }
    return to;
  }

  /** A sketch as whole planes, each all ones or all zeros; {@code planes} is overwritten. */
  static void spread(MemorySegment words, MemorySegment planes) {
    for (int p = 0; p < KeySketch.BITS; p++) {
      long all = -(words.get(JAVA_LONG, 8L * (p / 64)) >>> p % 64 & 1);
      for (long at = 0; at < ScalarKernels.PLANE_BYTES; at += 8) {
        planes.set(JAVA_LONG, planeAt(0, p) + at, all);
      }
    }
  }

  /** In how many bits of the first word the live slots differ from a sketch in the mean. */
  double meanDiffering(MemorySegment words) {
    long word = words.get(JAVA_LONG, 0);
    long sum = 0;
    for (int p = 0; p < WORD_BITS; p++) {
      sum += (word >>> p & 1) == 0 ? ones[p] : live - ones[p];
    }
    return live == 0 ? 0 : (double) sum / live;
  }

  /**
   * Counts in how many bits of their first {@code words} words the slots of some groups, at most
   * {@link #RUN}, differ from the query; word by word, as each word is a stream in memory.
   *
   * @param scratch holds the query's sketch, {@linkplain #spread spread}; {@link #select} reads the
   *     rest
   */
  void countDiffering(int first, int groups, int words, ReaderScratch scratch) {
    Arrays.fill(scratch.sums, 0);
    for (int g = 0; g < groups; g++) {
      scratch.versions[g] = (long) LONG.getAcquire(
          heads.chunk(first + g), heads.offset(first + g));
    }
    for (int w = 0; w < words; w++) {
      for (int g = 0; g < groups; g++) {
        VectorKernels.countDiffering(planes[w].chunk(first + g), planes[w].offset(first + g),
            scratch.planes, w * PLANES_BYTES, scratch.counts, 0);
        if (w == 0) {
          MemorySegment.copy(
              scratch.counts, JAVA_LONG, 0, scratch.sums, g * SUM_WORDS, COUNT_WORDS);
        } else {
          MemorySegment.copy(scratch.counts, JAVA_LONG, 0, scratch.addends, 0, COUNT_WORDS);
          add(scratch.sums, g * SUM_WORDS, scratch.addends);
        }
      }
    }
  }

  /** Adds the numbers of a group to others, bit by bit. */
  private static void add(long[] sums, int from, long[] addends) {
    for (int word = 0; word < WORDS; word++) {
      long carry = 0;
      for (int i = word; i < COUNT_WORDS; i += WORDS) {
        long a = sums[from + i];
        long b = addends[i];
        sums[from + i] = a ^ b ^ carry;
        carry = a & b | (a ^ b) & carry;
      }
      for (int i = COUNT_WORDS + word; i < SUM_WORDS; i += WORDS) {
        long a = sums[from + i];
        sums[from + i] = a ^ carry;
        carry &= a;
      }
    }
  }

  /**
   * Adds the slots of a group that were {@linkplain #countDiffering counted} to differ in at most
   * {@code most} bits to the candidates, at their distance; all slots of the group at distance 0 if
   * the writer was at it, since the keys then decide.
   *
   * @param place of the group among those counted
   * @param count candidates so far   @return candidates now
   */
  int select(int group, int place, int most, ReaderScratch scratch, int count) {
    int now = count;
    for (int word = 0; word < WORDS; word++) {
      int from = place * SUM_WORDS + word;
      long near = atMost(most, scratch.sums, from) & live(group, word);
      for (; near != 0; near &= near - 1) {
        int bit = Long.numberOfTrailingZeros(near);
        scratch.candidates[now++] = (long) sum(scratch.sums, from, bit) << 32
            | group * GROUP + 64 * word + bit;
      }
    }
    VarHandle.loadLoadFence();
    long version = scratch.versions[place];
    if ((version & 1) == 0
        && (long) LONG.getOpaque(heads.chunk(group), heads.offset(group)) == version) {
      return now;
    }
    for (int i = 0; i < GROUP; i++) {
      scratch.candidates[count + i] = group * GROUP + i;
    }
    return count + GROUP;
  }

  /** Which of 64 sums are at most a bound. */
  private static long atMost(int bound, long[] sums, int from) {
    long atMost = -1; // where the bits so far, the low ones, are equal or less
    for (int i = 0, b = 0; i < SUM_WORDS; i += WORDS, b++) {
      atMost = (bound >>> b & 1) != 0 ? atMost | ~sums[from + i] : atMost & ~sums[from + i];
    }
    return atMost;
  }

  private static int sum(long[] sums, int from, int bit) {
    int sum = 0;
    for (int i = 0, b = 0; i < SUM_WORDS; i += WORDS, b++) {
      sum |= (int) (sums[from + i] >>> bit & 1) << b;
    }
    return sum;
  }

  long allocatedBytes() {
    long bytes = heads.allocatedBytes();
    for (RowSlab one : planes) {
      bytes += one.allocatedBytes();
    }
    return bytes;
  }

  private static long planeAt(long wordAt, int p) {
    return wordAt + (long) ScalarKernels.PLANE_BYTES * p;
  }
}
