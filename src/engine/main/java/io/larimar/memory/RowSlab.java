package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows of equal size off the heap, in chunks that never move: a row's place outlives growth, so
 * that readers need no lock against it. Rows start at 64-byte boundaries where the stride allows.
 */
final class RowSlab {
  private static final long CHUNK_BYTES = 1L << 20; // large enough to amortise, small to start
  private static final int MIN_CHUNK_ROWS = 64; // a scan takes 64 rows of one chunk at a time

  private final Arena arena;
  private final long stride;
  private final int shift;
  private volatile MemorySegment[] chunks = new MemorySegment[0];

  RowSlab(Arena arena, long stride) {
    this(arena, stride,
        Math.max(MIN_CHUNK_ROWS, Long.highestOneBit(Math.max(1, CHUNK_BYTES / stride))));
  }

  /** With chunks of {@code rows} rows, a power of two. */
  RowSlab(Arena arena, long stride, long rows) {
    this.arena = arena;
    this.stride = stride;
    this.shift = Long.numberOfTrailingZeros(rows);
  }

  /** Bytes rounded up to whole cache lines. */
  static long padded(long bytes) {
    return (bytes + 63) & -64L;
  }

  long stride() {
    return stride;
  }

  /** Makes sure that the row exists; new rows are zero. */
  void ensure(int row) {
    int needed = (row >>> shift) + 1;
    MemorySegment[] now = chunks;
    if (needed <= now.length) {
      return;
    }
    MemorySegment[] grown = new MemorySegment[needed];
    System.arraycopy(now, 0, grown, 0, now.length);
    for (int i = now.length; i < needed; i++) {
      grown[i] = arena.allocate(stride << shift, 64);
    }
    chunks = grown;
  }

  /** Takes over rows that lie in a mapped file; whole chunks stay there, the rest is copied. */
  void adopt(MemorySegment region, int rows) {
    assert chunks.length == 0 : "adopt comes first";
    long chunkBytes = stride << shift;
    int whole = rows >>> shift;
    MemorySegment[] adopted = new MemorySegment[whole];
    for (int i = 0; i < whole; i++) {
      adopted[i] = region.asSlice(i * chunkBytes, chunkBytes, 64);
    }
    chunks = adopted;
    int rest = rows - (whole << shift);
    if (rest > 0) {
      ensure(rows - 1);
      MemorySegment.copy(region, whole * chunkBytes, chunks[whole], 0, rest * stride);
    }
  }

  /** The chunk that holds the row. */
  MemorySegment chunk(int row) {
    return chunks[row >>> shift];
  }

  /** Where the row begins in its chunk, in bytes. */
  long offset(int row) {
    return (row & ((1 << shift) - 1)) * stride;
  }

  /** Overwrites the row with zeros; every stride is a multiple of 8. */
  void clear(int row) {
    MemorySegment chunk = chunk(row);
    long from = offset(row);
    for (long at = from; at < from + stride; at += 8) {
      chunk.set(JAVA_LONG, at, 0L);
    }
  }

  /** Bytes held off the heap. */
  long allocatedBytes() {
    return chunks.length * (stride << shift);
  }
}
