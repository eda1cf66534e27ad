package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.larimar.linalg.ScalarKernels;
import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The sketches of all slots in groups of 64, word by word, so that one scan over 33 bytes a fact
 * finds the candidates of a search. Each group has a version, odd while the writer changes it.
 */
final class SketchSlab {
  /** Slots of a group. */
  static final int GROUP = ScalarKernels.SKETCHES;

  /** Bytes of a group: version, live slots, reserve; then the words. */
  static final long GROUP_BYTES = 64 + 8L * GROUP * ScalarKernels.SKETCH_WORDS;

  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final long LIVE = 8;
  private static final long WORDS = 64;

  private final RowSlab groups;

  SketchSlab(Arena arena) {
    groups = new RowSlab(arena, GROUP_BYTES);
  }

  void ensure(int slot) {
    groups.ensure(slot / GROUP);
  }

  void adopt(MemorySegment region, int count) {
    groups.adopt(region, count);
  }

  /** Sets the sketch of a slot and shows it. */
  void show(int slot, MemorySegment words) {
    MemorySegment chunk = groups.chunk(slot / GROUP);
    long at = begin(slot);
    for (int w = 0; w < ScalarKernels.SKETCH_WORDS; w++) {
      chunk.set(JAVA_LONG, wordAt(slot, at, w), words.get(JAVA_LONG, 8L * w));
    }
    chunk.set(JAVA_LONG, at + LIVE, chunk.get(JAVA_LONG, at + LIVE) | 1L << slot % GROUP);
    end(slot);
  }

  /** Hides a slot and zeroes its sketch. */
  void hide(int slot) {
    MemorySegment chunk = groups.chunk(slot / GROUP);
    long at = begin(slot);
    for (int w = 0; w < ScalarKernels.SKETCH_WORDS; w++) {
      chunk.set(JAVA_LONG, wordAt(slot, at, w), 0L);
    }
    chunk.set(JAVA_LONG, at + LIVE, chunk.get(JAVA_LONG, at + LIVE) & ~(1L << slot % GROUP));
    end(slot);
  }

  /** Copies a slot's words out. */
  void copy(int slot, MemorySegment words) {
    MemorySegment chunk = groups.chunk(slot / GROUP);
    for (int w = 0; w < ScalarKernels.SKETCH_WORDS; w++) {
      words.set(JAVA_LONG, 8L * w,
          chunk.get(JAVA_LONG, wordAt(slot, groups.offset(slot / GROUP), w)));
    }
  }

  /** Puts a sketch into the bytes of a group that is being assembled for a snapshot. */
  static void assemble(MemorySegment group, int place, MemorySegment words) {
    for (int w = 0; w < ScalarKernels.SKETCH_WORDS; w++) {
      group.set(JAVA_LONG, wordAt(place, 0, w), words.get(JAVA_LONG, 8L * w));
    }
    group.set(JAVA_LONG, LIVE, group.get(JAVA_LONG, LIVE) | 1L << place);
  }

  /**
   * The slots of a group within a distance; all of them if the writer is at the group, with
   * distance 0, since the keys then decide.
   */
  long within(int group, int threshold, MemorySegment query, MemorySegment distances) {
    MemorySegment chunk = groups.chunk(group);
    long at = groups.offset(group);
    long version = (long) LONG.getAcquire(chunk, at);
    long within = VectorKernels.sketchesWithin(threshold, chunk, at + WORDS, query, distances)
        & chunk.get(JAVA_LONG, at + LIVE);
    VarHandle.loadLoadFence();
    if ((version & 1) == 0 && (long) LONG.getOpaque(chunk, at) == version) {
      return within;
    }
    VectorKernels.clearFloats(distances, 0, 2 * GROUP);
    return -1L;
  }

  long allocatedBytes() {
    return groups.allocatedBytes();
  }

  private long begin(int slot) {
    MemorySegment chunk = groups.chunk(slot / GROUP);
    long at = groups.offset(slot / GROUP);
    LONG.setOpaque(chunk, at, (long) LONG.get(chunk, at) + 1);
    VarHandle.storeStoreFence();
    return at;
  }

  private void end(int slot) {
    MemorySegment chunk = groups.chunk(slot / GROUP);
    long at = groups.offset(slot / GROUP);
    LONG.setRelease(chunk, at, (long) LONG.get(chunk, at) + 1);
  }

  private static long wordAt(int slot, long groupAt, int word) {
    return groupAt + WORDS + 8L * (GROUP * word + slot % GROUP);
  }
}
