package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.linalg.ScalarKernels;
import io.larimar.linalg.VectorKernels;
import java.lang.foreign.MemorySegment;

/** How rows of one width are stored, and what they say when they are read back. */
record RowCodec(Precision precision, int width) {
  private static final float LARGEST_HALF = 65_504;

  private int groups() {
    return (width + ScalarKernels.GROUP - 1) / ScalarKernels.GROUP;
  }

  /** Bytes of a stored row. */
  long storedBytes() {
    return switch (precision) {
      case FLOAT -> 4L * width;
      case HALF -> 2L * width;
      case BYTE -> (ScalarKernels.GROUP + 4L) * groups();
      case NIBBLE -> (ScalarKernels.GROUP / 2 + 4L) * groups();
    };
  }

  /** Distance of two stored rows: whole cache lines for floats, whole vectors of bytes else. */
  long stride() {
    return precision == Precision.FLOAT
        ? RowSlab.padded(storedBytes()) : (storedBytes() + 15) & -16L;
  }

  /** Bytes that {@link #decode} writes: the row, and the rest of its last group. */
  long decodedBytes() {
    return RowSlab.padded(4L * ScalarKernels.GROUP * groups());
  }

  /** Whether stored rows are floats, to be read in place. */
  boolean direct() {
    return precision == Precision.FLOAT;
  }

  void encode(MemorySegment row, long rowOffset, MemorySegment stored, long storedOffset) {
    switch (precision) {
      case FLOAT -> MemorySegment.copy(row, rowOffset, stored, storedOffset, 4L * width);
      case HALF -> ScalarKernels.encodeHalves(row, rowOffset, stored, storedOffset, width);
      case BYTE -> ScalarKernels.encodeBytes(row, rowOffset, stored, storedOffset, width);
      case NIBBLE -> ScalarKernels.encodeNibbles(row, rowOffset, stored, storedOffset, width);
    }
  }

  void decode(MemorySegment stored, long storedOffset, MemorySegment row, long rowOffset) {
    switch (precision) {
      case FLOAT -> MemorySegment.copy(stored, storedOffset, row, rowOffset, 4L * width);
      case HALF -> VectorKernels.decodeHalves(stored, storedOffset, row, rowOffset, width);
      case BYTE -> VectorKernels.decodeBytes(stored, storedOffset, row, rowOffset, groups());
      case NIBBLE -> VectorKernels.decodeNibbles(stored, storedOffset, row, rowOffset, groups());
    }
  }

  /** Refuses values that the precision cannot hold. */
  void requireStorable(String name, MemorySegment values) {
    if (precision == Precision.HALF) {
      for (long at = 0; at < values.byteSize(); at += 4) {
        float value = values.get(JAVA_FLOAT, at);
        if (Math.abs(value) > LARGEST_HALF) {
          throw new IllegalArgumentException(name + " must be within " + LARGEST_HALF
              + " to be stored in half: " + name + "[" + at / 4 + "]=" + value);
        }
      }
    }
  }
}
