package io.larimar.decoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds the largest of V logits, once a token, with little work for a JVM that is still cold.
 *
 * <p>Parts are copied into an array that stays in the first cache. There the logits' bits are
 * turned into integers of the same order, whose largest the compiler finds by vectors; of floats it
 * would not, as {@link Math#max} knows what is not a number. A block is short, so that its method
 * is called often and compiled after a few tokens; one with vectors of its own would make an object
 * of each until then (docs/decisions/0019).
 */
final class Likeliest {
  private static final int PART = 4_096; // floats copied at once: 16 KiB
  private static final int BLOCK = 512; // floats a call

  private final int[] part = new int[PART]; // bits of logits

  /**
   * The place of the largest logit, the first of equals. Cost O(V), no allocation.
   *
   * @param logits V floats, none of them NaN, not changed
   */
  int of(MemorySegment logits) {
    int size = (int) (logits.byteSize() / Float.BYTES);
    int most = Integer.MIN_VALUE;
    int place = 0;
    for (int from = 0; from < size; from += PART) {
      int count = Math.min(PART, size - from);
      MemorySegment.copy(logits, ValueLayout.JAVA_INT, 4L * from, part, 0, count);
      int at = -1; // the block that holds more than the parts before
      for (int block = 0; block < count; block += BLOCK) {
        int max = most(part, block, Math.min(count, block + BLOCK));
        if (max > most) {
          most = max;
          at = block;
        }
      }
      place = at < 0 ? place : from + first(part, at, ordered(most));
    }
    return most == 0 ? firstZero(logits, size) : place;
  }

  /** The largest of x[from, to) in the order of {@link #ordered}. */
  private static int most(int[] x, int from, int to) {
    int most = Integer.MIN_VALUE;
    for (int i = from; i < to; i++) {
      most = Math.max(most, ordered(x[i]));
    }
    return most;
  }

  /** Bits of a float as an integer that is as large as it; its own inverse. */
  private static int ordered(int bits) {
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }

  /** The first place from {@code from} on where these bits stand; they do. */
  private static int first(int[] x, int from, int bits) {
    int i = from;
    while (x[i] != bits) {
      i++;
    }
    return i;
  }

  /** Zeros of either sign are equal, but their bits are not. */
  private static int firstZero(MemorySegment logits, int size) {
    int i = 0;
    while (i < size && logits.getAtIndex(ValueLayout.JAVA_FLOAT, i) != 0) {
      i++;
    }
    return i;
  }
}
