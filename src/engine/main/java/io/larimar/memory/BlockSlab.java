package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The blocks: facts in the order of their ids, and the Cholesky factor L of lambda I + W W', where
 * the rows of W are their keys.
 *
 * <p>Row i of L depends on the facts 0..i alone and is always computed in the same order, so a
 * block's bytes are a function of its facts: how they came there leaves no trace.
 *
 * <p>Each block has a version, odd while the writer changes it. A reader that sees one even version
 * before and after has read one state of the block.
 */
final class BlockSlab {
  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final long VERSION = 0;
  private static final long COUNT = 8;
  private static final long FACTOR = 12;
  private static final int NO_FACTOR = -1;
  private static final long IDS = 64;
  private static final int MAX_BLOCKS = 1 << 26;

  private final int capacity;
  private final double ridge;
  private final FactRows facts;
  private final RowNumbers numbers = new RowNumbers("blocks", MAX_BLOCKS);
  private final RowNumbers factorNumbers = new RowNumbers("factors", MAX_BLOCKS);
  private final RowSlab blocks;
  private final RowSlab factors;
  private final long slotsAt;
  private final MemorySegment key; // decoded, the writer's
  private final MemorySegment otherKey;
  private boolean postponing;

  BlockSlab(MemoryShape shape, FactRows facts, Arena arena) {
    this.capacity = shape.blockCapacity();
    this.ridge = shape.ridge();
    this.facts = facts;
    this.slotsAt = IDS + 8L * capacity;
    this.blocks = new RowSlab(arena, RowSlab.padded(slotsAt + 4L * capacity));
    this.factors = new RowSlab(arena, factorBytes(shape));
    this.key = arena.allocate(shape.keyCodec().decodedBytes(), 64);
    this.otherKey = arena.allocate(shape.keyCodec().decodedBytes(), 64);
  }

  /** Bytes of one factor: a square of doubles, rows a block capacity apart. */
  static long factorBytes(MemoryShape shape) {
    return RowSlab.padded(8L * shape.blockCapacity() * shape.blockCapacity());
  }

  /** Whether blocks that have no factor get none until {@link #complete}. */
  void postpone(boolean postponing) {
    this.postponing = postponing;
  }

  /** Computes the factor of a block that has facts and none. */
  void complete(int block) {
    if (factor(block) == NO_FACTOR && count(block) > 0) {
      begin(block);
      factorFrom(block, 0);
      end(block);
    }
  }

  /** One more than the largest block ever in use. */
  int used() {
    return numbers.used();
  }

  /** Makes room for so many blocks and their factors. */
  void reserve(int count) {
    blocks.ensure(count - 1);
    factors.ensure(count - 1);
  }

  /** A fresh block without facts. */
  int take() {
    int block = numbers.take();
    blocks.ensure(block);
    setFactor(block, NO_FACTOR);
    return block;
  }

  /** Takes over the blocks of a mapped snapshot: block i is its block i, without a factor. */
  void adopt(SnapshotLayout layout, MemorySegment whole) {
    int position = 0;
    for (int block = 0; block < layout.blocks(); block++) {
      int count = whole.get(JAVA_INT, layout.blocksAt() + 8L * block + 4);
      begin(take());
      for (int i = 0; i < count; i++, position++) {
        set(block, i, whole.get(JAVA_LONG, layout.factsAt() + 16L * position), position);
      }
      setCount(block, count);
      end(block);
    }
  }

  /** Zeroes a block that no longer hangs in the trie, so that late readers see it change. */
  void retire(int block) {
    begin(block);
    int factor = factor(block);
    if (factor != NO_FACTOR) {
      factors.clear(factor);
      factorNumbers.giveBack(factor);
    }
    MemorySegment chunk = blocks.chunk(block);
    long from = blocks.offset(block);
    for (long at = from + COUNT; at < from + blocks.stride(); at += 8) {
      chunk.set(JAVA_LONG, at, 0L);
    }
    end(block);
    numbers.giveBack(block);
  }

  /** Opens a change: readers of this block try again until {@link #end}. */
  void begin(int block) {
    MemorySegment chunk = blocks.chunk(block);
    long at = blocks.offset(block) + VERSION;
    LONG.setOpaque(chunk, at, (long) LONG.get(chunk, at) + 1);
    VarHandle.storeStoreFence();
  }

  /** Shows the change. */
  void end(int block) {
    MemorySegment chunk = blocks.chunk(block);
    long at = blocks.offset(block) + VERSION;
    LONG.setRelease(chunk, at, (long) LONG.get(chunk, at) + 1);
  }

  /** The version, with acquire: what is read after it is no older. */
  long version(int block) {
    return (long) LONG.getAcquire(blocks.chunk(block), blocks.offset(block) + VERSION);
  }

  /** Whether nothing that was read since {@code version} was taken has changed. */
  boolean unchanged(int block, long version) {
    VarHandle.loadLoadFence();
    return (long) LONG.getOpaque(blocks.chunk(block), blocks.offset(block) + VERSION) == version;
  }

  int count(int block) {
    return blocks.chunk(block).get(JAVA_INT, blocks.offset(block) + COUNT);
  }

  long id(int block, int position) {
    return blocks.chunk(block).get(JAVA_LONG, blocks.offset(block) + IDS + 8L * position);
  }

  int slot(int block, int position) {
    return blocks.chunk(block).get(JAVA_INT, blocks.offset(block) + slotsAt + 4L * position);
  }

  /** Where the id stands, or -(where it would stand) - 1. */
  int find(int block, long id) {
    int low = 0;
    int high = count(block) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = id(block, middle);
      if (there < id) {
        low = middle + 1;
      } else if (there > id) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -low - 1;
  }

  /** Adds a fact at its place; between {@link #begin} and {@link #end}, and not when full. */
  void insert(int block, int position, long id, int slot) {
    int count = count(block);
    assert count < capacity : "block is full: count=" + count;
    for (int i = count; i > position; i--) {
      set(block, i, id(block, i - 1), slot(block, i - 1));
    }
    set(block, position, id, slot);
    setCount(block, count + 1);
    factorFrom(block, position);
  }

  /** Takes a fact out; between {@link #begin} and {@link #end}. */
  void remove(int block, int position) {
    int count = count(block);
    for (int i = position; i < count - 1; i++) {
      set(block, i, id(block, i + 1), slot(block, i + 1));
    }
    set(block, count - 1, 0, 0);
    setCount(block, count - 1);
    int factor = factor(block);
    if (factor != NO_FACTOR) {
      long last = factors.offset(factor) + 8L * capacity * (count - 1);
      for (int j = 0; j < count; j++) {
        factors.chunk(factor).set(JAVA_DOUBLE, last + 8L * j, 0.0);
      }
    }
    factorFrom(block, position);
  }

  /** Fills a fresh block; ids must rise. */
  void fill(int block, long[] ids, int[] slots, int from, int to) {
    begin(block);
    for (int i = from; i < to; i++) {
      set(block, i - from, ids[i], slots[i]);
    }
    setCount(block, to - from);
    factorFrom(block, 0);
    end(block);
  }

  /** Brings the block's factor up to date where the facts from {@code first} on are new. */
  void factorFrom(int block, int first) {
    int factor = factor(block);
    int from = first;
    if (factor == NO_FACTOR && postponing) {
      return;
    }
    if (factor == NO_FACTOR) {
      factor = factorNumbers.take();
      factors.ensure(factor);
      from = 0;
    }
    if (!computeFactor(
        block, from, factors.chunk(factor), factors.offset(factor), key, otherKey)) {
      throw new AssertionError("pivots must be positive: the ridge exceeds the rounding of "
          + capacity + " unit keys by far");
    }
    setFactor(block, factor);
  }

  /**
   * The block's factor: the stored one, or computed into {@code scratch} where a mapped snapshot's
   * block has none yet.
   *
   * @param key room for a decoded key, overwritten   @param other room for another
   * @return its row, for {@link #factorSegment} and {@link #factorOffset}
   */
  int factorRow(int block, MemorySegment scratch, MemorySegment key, MemorySegment other) {
    int factor = factor(block);
    if (factor == NO_FACTOR) {
      computeFactor(block, 0, scratch, 0, key, other);
    }
    return factor;
  }

  MemorySegment factorSegment(int factorRow, MemorySegment scratch) {
    return factorRow == NO_FACTOR ? scratch : factors.chunk(factorRow);
  }

  long factorOffset(int factorRow) {
    return factorRow == NO_FACTOR ? 0 : factors.offset(factorRow);
  }

  long factorStride() {
    return 8L * capacity;
  }

  /**
   * Computes the rows of L from {@code first} on: row i is inv(L) (W w_i') for the rows before, and
   * sqrt(lambda + w_i w_i' - sum of squares) on the diagonal.
   *
   * @return whether every pivot was positive: always, but for a reader on a block in change
   */
  private boolean computeFactor(int block, int first, MemorySegment chunk, long factor,
      MemorySegment keyScratch, MemorySegment otherScratch) {
    int count = count(block);
    for (int i = first; i < count; i++) {
      long row = factor + 8L * capacity * i;
      int slot = slot(block, i);
      MemorySegment own = facts.keySegment(slot, keyScratch);
      for (int j = 0; j <= i; j++) {
        chunk.set(JAVA_DOUBLE, row + 8L * j,
            facts.similarity(own, facts.keyOffset(slot), slot(block, j), otherScratch));
      }
      VectorKernels.solveLowerVector(i, chunk, factor, 8L * capacity, chunk, row);
      double pivot = chunk.get(JAVA_DOUBLE, row + 8L * i) + ridge;
      for (int j = 0; j < i; j++) {
        double entry = chunk.get(JAVA_DOUBLE, row + 8L * j);
        pivot = Math.fma(-entry, entry, pivot);
      }
      if (!(pivot > 0)) {
        return false;
      }
      chunk.set(JAVA_DOUBLE, row + 8L * i, Math.sqrt(pivot));
    }
    return true;
  }

  /** x = inv(L L') x in place, x of {@code count} doubles; O(count^2). */
  void solve(int block, int count, MemorySegment x, ReaderScratch scratch) {
    int row = factorRow(block, scratch.factor, scratch.key, scratch.otherKey);
    MemorySegment lower = factorSegment(row, scratch.factor);
    long at = factorOffset(row);
    VectorKernels.solveLowerVector(count, lower, at, factorStride(), x, 0);
    VectorKernels.solveLowerTransposedVector(count, lower, at, factorStride(), x, 0);
  }

  private int factor(int block) {
    return blocks.chunk(block).get(JAVA_INT, blocks.offset(block) + FACTOR);
  }

  private void setFactor(int block, int factor) {
    blocks.chunk(block).set(JAVA_INT, blocks.offset(block) + FACTOR, factor);
  }

  int liveBlocks() {
    return numbers.live();
  }

  long allocatedBytes() {
    return blocks.allocatedBytes() + factors.allocatedBytes();
  }

  private void set(int block, int position, long id, int slot) {
    MemorySegment chunk = blocks.chunk(block);
    long at = blocks.offset(block);
    chunk.set(JAVA_LONG, at + IDS + 8L * position, id);
    chunk.set(JAVA_INT, at + slotsAt + 4L * position, slot);
  }

  private void setCount(int block, int count) {
    blocks.chunk(block).set(JAVA_INT, blocks.offset(block) + COUNT, count);
  }
}
