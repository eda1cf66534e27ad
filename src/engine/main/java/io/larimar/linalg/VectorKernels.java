package io.larimar.linalg;

import static io.larimar.linalg.Species.BL;
import static io.larimar.linalg.Species.BYTES;
import static io.larimar.linalg.Species.DL;
import static io.larimar.linalg.Species.DOUBLES;
import static io.larimar.linalg.Species.FL;
import static io.larimar.linalg.Species.FLOATS;
import static io.larimar.linalg.Species.HALF_FLOATS;
import static io.larimar.linalg.Species.HALF_SHORTS;
import static io.larimar.linalg.Species.INTS;
import static io.larimar.linalg.Species.LONGS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The kernels in SIMD: {@link ScalarKernels}' contracts, and its bits at every vector width.
 *
 * <p>Sequential sums are unrolled across outputs, never inside a sum. Lane sums keep their 32 or
 * 16 lanes whatever the width: on narrower machines the lanes lie in more registers.
 *
 * <p>The loops run on native segments. Each begins with a look at its segments' class, by which the
 * compiler knows it whatever other kinds the process has met; without, one search with a key on the
 * heap left the vectors of all later ones on the heap too (docs/decisions/0019). Segments of another
 * kind, on the heap or mapped, go to the scalar twin: the same bits, slower.
 *
 * <p>With the property {@code larimar.scalar} all segments do, but for the kernels of {@link
 * MatrixKernels}: for a JVM that has the first compiler alone, where each vector is an object
 * (docs/decisions/0019).
 */
public final class VectorKernels {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final boolean SCALAR = Boolean.getBoolean("larimar.scalar");
  /** The one class of segments that the loops see; a mapped one's is another. */
  private static final Class<?> NATIVE = SCALAR ? Void.class : MemorySegment.NULL.getClass();

  private VectorKernels() {}

  /** Bits of a vector on this machine, as used by every kernel here. */
  public static int vectorBits() {
    return FLOATS.vectorBitSize();
  }

  /** See {@link ScalarKernels#dot}. */
  public static float dot(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    if (SCALAR) {
      return ScalarKernels.dot(a, aOffset, b, bOffset, n);
    }
    int bound = n - n % ScalarKernels.FLOAT_LANES;
    float sum = switch (FL) {
      case 16 -> dotTwo(a, aOffset, b, bOffset, bound);
      case 8 -> dotFour(a, aOffset, b, bOffset, bound);
      default -> dotEight(a, aOffset, b, bOffset, bound);
    };
    for (int i = bound; i < n; i++) {
      sum = Math.fma(floatAt(a, aOffset, i), floatAt(b, bOffset, i), sum);
    }
    return sum;
  }

  private static float dotTwo(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dot(a, aOffset, b, bOffset, n);
    }
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    for (int i = 0; i < n; i += 2 * FL) {
      s0 = floats(a, aOffset, i).fma(floats(b, bOffset, i), s0);
      s1 = floats(a, aOffset, i + FL).fma(floats(b, bOffset, i + FL), s1);
    }
    return fold(s0.add(s1));
  }

  private static float dotFour(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dot(a, aOffset, b, bOffset, n);
    }
    MemorySegment x = a.asSlice(aOffset, 4L * n);
    MemorySegment y = b.asSlice(bOffset, 4L * n);
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = 0; i < 4 * n; i += 16 * FL) {
      s0 = floats(x, i).fma(floats(y, i), s0);
      s1 = floats(x, i + 4 * FL).fma(floats(y, i + 4 * FL), s1);
      s2 = floats(x, i + 8 * FL).fma(floats(y, i + 8 * FL), s2);
      s3 = floats(x, i + 12 * FL).fma(floats(y, i + 12 * FL), s3);
    }
    return fold(s0.add(s2).add(s1.add(s3)));
  }

  private static float dotEight(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dot(a, aOffset, b, bOffset, n);
    }
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int i = 0; i < n; i += 8 * FL) {
      s0 = floats(a, aOffset, i).fma(floats(b, bOffset, i), s0);
      s1 = floats(a, aOffset, i + FL).fma(floats(b, bOffset, i + FL), s1);
      s2 = floats(a, aOffset, i + 2 * FL).fma(floats(b, bOffset, i + 2 * FL), s2);
      s3 = floats(a, aOffset, i + 3 * FL).fma(floats(b, bOffset, i + 3 * FL), s3);
      s4 = floats(a, aOffset, i + 4 * FL).fma(floats(b, bOffset, i + 4 * FL), s4);
      s5 = floats(a, aOffset, i + 5 * FL).fma(floats(b, bOffset, i + 5 * FL), s5);
      s6 = floats(a, aOffset, i + 6 * FL).fma(floats(b, bOffset, i + 6 * FL), s6);
      s7 = floats(a, aOffset, i + 7 * FL).fma(floats(b, bOffset, i + 7 * FL), s7);
    }
    return fold(s0.add(s4).add(s2.add(s6)).add(s1.add(s5).add(s3.add(s7))));
  }

  /** See {@link ScalarKernels#dotDouble}. */
  public static double dotDouble(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    int bound = n - n % ScalarKernels.DOUBLE_LANES;
    double sum = 0;
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dotDouble(a, aOffset, b, bOffset, n);
    }
    if (DL == 8) {
      DoubleVector s0 = DoubleVector.zero(DOUBLES);
      DoubleVector s1 = s0;
      for (int i = 0; i < bound; i += 2 * DL) {
        s0 = doubles(a, aOffset, i).fma(doubles(b, bOffset, i), s0);
        s1 = doubles(a, aOffset, i + DL).fma(doubles(b, bOffset, i + DL), s1);
      }
      sum = fold(s0.add(s1));
    } else if (DL == 4) {
      sum = dotFourDouble(a, aOffset, b, bOffset, bound);
    } else {
      return ScalarKernels.dotDouble(a, aOffset, b, bOffset, n);
    }
    for (int i = bound; i < n; i++) {
      sum = Math.fma(doubleAt(a, aOffset, i), doubleAt(b, bOffset, i), sum);
    }
    return sum;
  }

  private static double dotFourDouble(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dotDouble(a, aOffset, b, bOffset, n);
    }
    MemorySegment x = a.asSlice(aOffset, 8L * n);
    MemorySegment y = b.asSlice(bOffset, 8L * n);
    DoubleVector s0 = DoubleVector.zero(DOUBLES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int i = 0; i < 8 * n; i += 32 * DL) {
      s0 = doubles(x, i).fma(doubles(y, i), s0);
      s1 = doubles(x, i + 8 * DL).fma(doubles(y, i + 8 * DL), s1);
      s2 = doubles(x, i + 16 * DL).fma(doubles(y, i + 16 * DL), s2);
      s3 = doubles(x, i + 24 * DL).fma(doubles(y, i + 24 * DL), s3);
    }
    return fold(s0.add(s2).add(s1.add(s3)));
  }

  /** See {@link ScalarKernels#dotWide}. */
  public static double dotWide(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    int bound = n - n % ScalarKernels.DOUBLE_LANES;
    double sum = 0;
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dotWide(a, aOffset, b, bOffset, n);
    }
    if (DL == 8) {
      DoubleVector s0 = DoubleVector.zero(DOUBLES);
      DoubleVector s1 = s0;
      for (int i = 0; i < bound; i += 2 * DL) {
        s0 = widened(a, aOffset, i).fma(widened(b, bOffset, i), s0);
        s1 = widened(a, aOffset, i + DL).fma(widened(b, bOffset, i + DL), s1);
      }
      sum = fold(s0.add(s1));
    } else if (DL == 4) {
      sum = dotFourWide(a, aOffset, b, bOffset, bound);
    } else {
      return ScalarKernels.dotWide(a, aOffset, b, bOffset, n);
    }
    for (int i = bound; i < n; i++) {
      sum = Math.fma((double) floatAt(a, aOffset, i), (double) floatAt(b, bOffset, i), sum);
    }
    return sum;
  }

  private static double dotFourWide(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    if (a.getClass() != NATIVE || b.getClass() != NATIVE) {
      return ScalarKernels.dotWide(a, aOffset, b, bOffset, n);
    }
    MemorySegment x = a.asSlice(aOffset, 4L * n);
    MemorySegment y = b.asSlice(bOffset, 4L * n);
    DoubleVector s0 = DoubleVector.zero(DOUBLES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    for (int i = 0; i < 4 * n; i += 16 * DL) {
      s0 = widened(x, i).fma(widened(y, i), s0);
      s1 = widened(x, i + 4 * DL).fma(widened(y, i + 4 * DL), s1);
      s2 = widened(x, i + 8 * DL).fma(widened(y, i + 8 * DL), s2);
      s3 = widened(x, i + 12 * DL).fma(widened(y, i + 12 * DL), s3);
    }
    return fold(s0.add(s2).add(s1.add(s3)));
  }

  /** See {@link ScalarKernels#gemv}: as many rows at a time as the registers hold sums. */
  public static void gemv(int rows, int columns, MemorySegment matrix, long offset, long stride,
      MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    if (SCALAR) {
      ScalarKernels.gemv(rows, columns, matrix, offset, stride, x, xOffset, y, yOffset);
      return;
    }
    int i = 0;
    if (FL == 16) {
      for (; i + 4 <= rows; i += 4) {
        fourRows(columns, matrix, offset + i * stride, stride, x, xOffset, y, yOffset + 4L * i);
      }
    } else if (FL == 8) {
      for (; i + 3 <= rows; i += 3) {
        threeRows(columns, matrix, offset + i * stride, stride, x, xOffset, y, yOffset + 4L * i);
      }
    }
    for (; i < rows; i++) {
      y.set(JAVA_FLOAT, yOffset + 4L * i,
          dot(matrix, offset + i * stride, x, xOffset, columns));
    }
  }

  private static void fourRows(int columns, MemorySegment a, long offset, long stride,
      MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    if (a.getClass() != NATIVE || x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.gemv(4, columns, a, offset, stride, x, xOffset, y, yOffset);
      return;
    }
    int bound = columns - columns % ScalarKernels.FLOAT_LANES;
    MemorySegment r0 = a.asSlice(offset, 4L * columns);
    MemorySegment r1 = a.asSlice(offset + stride, 4L * columns);
    MemorySegment r2 = a.asSlice(offset + 2 * stride, 4L * columns);
    MemorySegment r3 = a.asSlice(offset + 3 * stride, 4L * columns);
    MemorySegment v = x.asSlice(xOffset, 4L * columns);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    for (int j = 0; j < 4 * bound; j += 8 * FL) {
      FloatVector x0 = floats(v, j);
      FloatVector x1 = floats(v, j + 4 * FL);
      a0 = floats(r0, j).fma(x0, a0);
      a1 = floats(r0, j + 4 * FL).fma(x1, a1);
      b0 = floats(r1, j).fma(x0, b0);
      b1 = floats(r1, j + 4 * FL).fma(x1, b1);
      c0 = floats(r2, j).fma(x0, c0);
      c1 = floats(r2, j + 4 * FL).fma(x1, c1);
      d0 = floats(r3, j).fma(x0, d0);
      d1 = floats(r3, j + 4 * FL).fma(x1, d1);
    }
    float sa = fold(a0.add(a1));
    float sb = fold(b0.add(b1));
    float sc = fold(c0.add(c1));
    float sd = fold(d0.add(d1));
    for (int j = bound; j < columns; j++) {
      float xj = floatAt(v, 0, j);
      sa = Math.fma(floatAt(r0, 0, j), xj, sa);
      sb = Math.fma(floatAt(r1, 0, j), xj, sb);
      sc = Math.fma(floatAt(r2, 0, j), xj, sc);
      sd = Math.fma(floatAt(r3, 0, j), xj, sd);
    }
    y.set(JAVA_FLOAT, yOffset, sa);
    y.set(JAVA_FLOAT, yOffset + 4, sb);
    y.set(JAVA_FLOAT, yOffset + 8, sc);
    y.set(JAVA_FLOAT, yOffset + 12, sd);
  }

  /** Three rows of 256-bit vectors: their twelve sums and an x are what the registers hold. */
  private static void threeRows(int columns, MemorySegment a, long offset, long stride,
      MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    if (a.getClass() != NATIVE || x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.gemv(3, columns, a, offset, stride, x, xOffset, y, yOffset);
      return;
    }
    int bound = columns - columns % ScalarKernels.FLOAT_LANES;
    MemorySegment r0 = a.asSlice(offset, 4L * columns);
    MemorySegment r1 = a.asSlice(offset + stride, 4L * columns);
    MemorySegment r2 = a.asSlice(offset + 2 * stride, 4L * columns);
    MemorySegment v = x.asSlice(xOffset, 4L * columns);
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector c2 = a0;
    FloatVector c3 = a0;
    for (int j = 0; j < 4 * bound; j += 16 * FL) {
      FloatVector xj = floats(v, j);
      a0 = floats(r0, j).fma(xj, a0);
      b0 = floats(r1, j).fma(xj, b0);
      c0 = floats(r2, j).fma(xj, c0);
      xj = floats(v, j + 4 * FL);
      a1 = floats(r0, j + 4 * FL).fma(xj, a1);
      b1 = floats(r1, j + 4 * FL).fma(xj, b1);
      c1 = floats(r2, j + 4 * FL).fma(xj, c1);
      xj = floats(v, j + 8 * FL);
      a2 = floats(r0, j + 8 * FL).fma(xj, a2);
      b2 = floats(r1, j + 8 * FL).fma(xj, b2);
      c2 = floats(r2, j + 8 * FL).fma(xj, c2);
      xj = floats(v, j + 12 * FL);
      a3 = floats(r0, j + 12 * FL).fma(xj, a3);
      b3 = floats(r1, j + 12 * FL).fma(xj, b3);
      c3 = floats(r2, j + 12 * FL).fma(xj, c3);
    }
    float sa = fold(a0.add(a2).add(a1.add(a3)));
    float sb = fold(b0.add(b2).add(b1.add(b3)));
    float sc = fold(c0.add(c2).add(c1.add(c3)));
    for (int j = bound; j < columns; j++) {
      float xj = floatAt(v, 0, j);
      sa = Math.fma(floatAt(r0, 0, j), xj, sa);
      sb = Math.fma(floatAt(r1, 0, j), xj, sb);
      sc = Math.fma(floatAt(r2, 0, j), xj, sc);
    }
    y.set(JAVA_FLOAT, yOffset, sa);
    y.set(JAVA_FLOAT, yOffset + 4, sb);
    y.set(JAVA_FLOAT, yOffset + 8, sc);
  }

  /** See {@link ScalarKernels#gemvDouble}: four rows at a time where the registers hold them. */
  public static void gemvDouble(int rows, int columns, MemorySegment matrix, long offset,
      long stride, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    if (SCALAR) {
      ScalarKernels.gemvDouble(rows, columns, matrix, offset, stride, x, xOffset, y, yOffset);
      return;
    }
    int i = 0;
    if (DL == 8) {
      for (; i + 4 <= rows; i += 4) {
        fourRowsDouble(
            columns, matrix, offset + i * stride, stride, x, xOffset, y, yOffset + 8L * i);
      }
    } else if (DL == 4) {
      for (; i + 2 <= rows; i += 2) {
        twoRowsDouble(
            columns, matrix, offset + i * stride, stride, x, xOffset, y, yOffset + 8L * i);
      }
    }
    for (; i < rows; i++) {
      y.set(JAVA_DOUBLE, yOffset + 8L * i,
          dotDouble(matrix, offset + i * stride, x, xOffset, columns));
    }
  }

  private static void fourRowsDouble(int columns, MemorySegment a, long offset, long stride,
      MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    if (a.getClass() != NATIVE || x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.gemvDouble(4, columns, a, offset, stride, x, xOffset, y, yOffset);
      return;
    }
    int bound = columns - columns % ScalarKernels.DOUBLE_LANES;
    MemorySegment r0 = a.asSlice(offset, 8L * columns);
    MemorySegment r1 = a.asSlice(offset + stride, 8L * columns);
    MemorySegment r2 = a.asSlice(offset + 2 * stride, 8L * columns);
    MemorySegment r3 = a.asSlice(offset + 3 * stride, 8L * columns);
    MemorySegment v = x.asSlice(xOffset, 8L * columns);
    DoubleVector a0 = DoubleVector.zero(DOUBLES);
    DoubleVector a1 = a0;
    DoubleVector b0 = a0;
    DoubleVector b1 = a0;
    DoubleVector c0 = a0;
    DoubleVector c1 = a0;
    DoubleVector d0 = a0;
    DoubleVector d1 = a0;
    for (int j = 0; j < 8 * bound; j += 16 * DL) {
      DoubleVector x0 = doubles(v, j);
      DoubleVector x1 = doubles(v, j + 8 * DL);
      a0 = doubles(r0, j).fma(x0, a0);
      a1 = doubles(r0, j + 8 * DL).fma(x1, a1);
      b0 = doubles(r1, j).fma(x0, b0);
      b1 = doubles(r1, j + 8 * DL).fma(x1, b1);
      c0 = doubles(r2, j).fma(x0, c0);
      c1 = doubles(r2, j + 8 * DL).fma(x1, c1);
      d0 = doubles(r3, j).fma(x0, d0);
      d1 = doubles(r3, j + 8 * DL).fma(x1, d1);
    }
    double sa = fold(a0.add(a1));
    double sb = fold(b0.add(b1));
    double sc = fold(c0.add(c1));
    double sd = fold(d0.add(d1));
    for (int j = bound; j < columns; j++) {
      double xj = doubleAt(v, 0, j);
      sa = Math.fma(doubleAt(r0, 0, j), xj, sa);
      sb = Math.fma(doubleAt(r1, 0, j), xj, sb);
      sc = Math.fma(doubleAt(r2, 0, j), xj, sc);
      sd = Math.fma(doubleAt(r3, 0, j), xj, sd);
    }
    y.set(JAVA_DOUBLE, yOffset, sa);
    y.set(JAVA_DOUBLE, yOffset + 8, sb);
    y.set(JAVA_DOUBLE, yOffset + 16, sc);
    y.set(JAVA_DOUBLE, yOffset + 24, sd);
  }

  private static void twoRowsDouble(int columns, MemorySegment a, long offset, long stride,
      MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    if (a.getClass() != NATIVE || x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.gemvDouble(2, columns, a, offset, stride, x, xOffset, y, yOffset);
      return;
    }
    int bound = columns - columns % ScalarKernels.DOUBLE_LANES;
    MemorySegment r0 = a.asSlice(offset, 8L * columns);
    MemorySegment r1 = a.asSlice(offset + stride, 8L * columns);
    MemorySegment v = x.asSlice(xOffset, 8L * columns);
    DoubleVector a0 = DoubleVector.zero(DOUBLES);
    DoubleVector a1 = a0;
    DoubleVector a2 = a0;
    DoubleVector a3 = a0;
    DoubleVector b0 = a0;
    DoubleVector b1 = a0;
    DoubleVector b2 = a0;
    DoubleVector b3 = a0;
    for (int j = 0; j < 8 * bound; j += 32 * DL) {
      DoubleVector xj = doubles(v, j);
      a0 = doubles(r0, j).fma(xj, a0);
      b0 = doubles(r1, j).fma(xj, b0);
      xj = doubles(v, j + 8 * DL);
      a1 = doubles(r0, j + 8 * DL).fma(xj, a1);
      b1 = doubles(r1, j + 8 * DL).fma(xj, b1);
      xj = doubles(v, j + 16 * DL);
      a2 = doubles(r0, j + 16 * DL).fma(xj, a2);
      b2 = doubles(r1, j + 16 * DL).fma(xj, b2);
      xj = doubles(v, j + 24 * DL);
      a3 = doubles(r0, j + 24 * DL).fma(xj, a3);
      b3 = doubles(r1, j + 24 * DL).fma(xj, b3);
    }
    double sa = fold(a0.add(a2).add(a1.add(a3)));
    double sb = fold(b0.add(b2).add(b1.add(b3)));
    for (int j = bound; j < columns; j++) {
      double xj = doubleAt(v, 0, j);
      sa = Math.fma(doubleAt(r0, 0, j), xj, sa);
      sb = Math.fma(doubleAt(r1, 0, j), xj, sb);
    }
    y.set(JAVA_DOUBLE, yOffset, sa);
    y.set(JAVA_DOUBLE, yOffset + 8, sb);
  }

  /** See {@link ScalarKernels#gemvTransposed}: four rows a pass over y. */
  public static void gemvTransposed(int rows, int columns, MemorySegment matrix, long offset,
      long stride, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    clearFloats(y, yOffset, columns);
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      long row = offset + i * stride;
      addFourScaled(floatAt(x, xOffset, i), matrix, row, floatAt(x, xOffset, i + 1), matrix,
          row + stride, floatAt(x, xOffset, i + 2), matrix, row + 2 * stride,
          floatAt(x, xOffset, i + 3), matrix, row + 3 * stride, y, yOffset, columns);
    }
    for (; i < rows; i++) {
      addScaled(floatAt(x, xOffset, i), matrix, offset + i * stride, y, yOffset, columns);
    }
  }

  /** See {@link ScalarKernels#gemvTransposedDouble}: four rows a pass over y. */
  public static void gemvTransposedDouble(int rows, int columns, MemorySegment matrix,
      long offset, long stride, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    clearFloats(y, yOffset, 2 * columns);
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      long row = offset + i * stride;
      addFourScaledDouble(doubleAt(x, xOffset, i), row, doubleAt(x, xOffset, i + 1),
          row + stride, doubleAt(x, xOffset, i + 2), row + 2 * stride,
          doubleAt(x, xOffset, i + 3), row + 3 * stride, matrix, y, yOffset, columns);
    }
    for (; i < rows; i++) {
      addScaledDouble(doubleAt(x, xOffset, i), matrix, offset + i * stride, y, yOffset, columns);
    }
  }

  /** y = 0 over floats. */
  public static void clearFloats(MemorySegment y, long yOffset, int n) {
    if (y.getClass() != NATIVE) {
      for (int i = 0; i < n; i++) {
        y.set(JAVA_FLOAT, yOffset + 4L * i, 0f);
      }
      return;
    }
    FloatVector zero = FloatVector.zero(FLOATS);
    int bound = FLOATS.loopBound(n);
    for (int i = 0; i < bound; i += FL) {
      zero.intoMemorySegment(y, yOffset + 4L * i, ORDER);
    }
    for (int i = bound; i < n; i++) {
      y.set(JAVA_FLOAT, yOffset + 4L * i, 0f);
    }
  }

  /** See {@link ScalarKernels#addScaled}. */
  public static void addScaled(
      float factor, MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.addScaled(factor, x, xOffset, y, yOffset, n);
      return;
    }
    FloatVector f = FloatVector.broadcast(FLOATS, factor);
    int bound = FLOATS.loopBound(n);
    for (int i = 0; i < bound; i += FL) {
      f.fma(floats(x, xOffset, i), floats(y, yOffset, i))
          .intoMemorySegment(y, yOffset + 4L * i, ORDER);
    }
    for (int i = bound; i < n; i++) {
      y.set(JAVA_FLOAT, yOffset + 4L * i,
          Math.fma(factor, floatAt(x, xOffset, i), floatAt(y, yOffset, i)));
    }
  }

  /**
   * y += f0 x0, then f1 x1, f2 x2, f3 x3: the bits of four {@link #addScaled} in that order, with
   * one pass over y. Each x is n floats; y is overwritten.
   */
  public static void addFourScaled(float f0, MemorySegment x0, long x0Offset, float f1,
      MemorySegment x1, long x1Offset, float f2, MemorySegment x2, long x2Offset, float f3,
      MemorySegment x3, long x3Offset, MemorySegment y, long yOffset, int n) {
    if (x0.getClass() != NATIVE || x1.getClass() != NATIVE || x2.getClass() != NATIVE
        || x3.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.addScaled(f0, x0, x0Offset, y, yOffset, n);
      ScalarKernels.addScaled(f1, x1, x1Offset, y, yOffset, n);
      ScalarKernels.addScaled(f2, x2, x2Offset, y, yOffset, n);
      ScalarKernels.addScaled(f3, x3, x3Offset, y, yOffset, n);
      return;
    }
    FloatVector v0 = FloatVector.broadcast(FLOATS, f0);
    FloatVector v1 = FloatVector.broadcast(FLOATS, f1);
    FloatVector v2 = FloatVector.broadcast(FLOATS, f2);
    FloatVector v3 = FloatVector.broadcast(FLOATS, f3);
    int bound = FLOATS.loopBound(n);
    for (int i = 0; i < bound; i += FL) {
      FloatVector sum = v0.fma(floats(x0, x0Offset, i), floats(y, yOffset, i));
      sum = v1.fma(floats(x1, x1Offset, i), sum);
      sum = v2.fma(floats(x2, x2Offset, i), sum);
      v3.fma(floats(x3, x3Offset, i), sum).intoMemorySegment(y, yOffset + 4L * i, ORDER);
    }
    for (int i = bound; i < n; i++) {
      float sum = Math.fma(f0, floatAt(x0, x0Offset, i), floatAt(y, yOffset, i));
      sum = Math.fma(f1, floatAt(x1, x1Offset, i), sum);
      sum = Math.fma(f2, floatAt(x2, x2Offset, i), sum);
      y.set(JAVA_FLOAT, yOffset + 4L * i, Math.fma(f3, floatAt(x3, x3Offset, i), sum));
    }
  }

  /** See {@link ScalarKernels#addScaledDouble}. */
  public static void addScaledDouble(
      double factor, MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.addScaledDouble(factor, x, xOffset, y, yOffset, n);
      return;
    }
    DoubleVector f = DoubleVector.broadcast(DOUBLES, factor);
    int bound = DOUBLES.loopBound(n);
    for (int i = 0; i < bound; i += DL) {
      f.fma(doubles(x, xOffset, i), doubles(y, yOffset, i))
          .intoMemorySegment(y, yOffset + 8L * i, ORDER);
    }
    for (int i = bound; i < n; i++) {
      y.set(JAVA_DOUBLE, yOffset + 8L * i,
          Math.fma(factor, doubleAt(x, xOffset, i), doubleAt(y, yOffset, i)));
    }
  }

  private static void addFourScaledDouble(double f0, long r0, double f1, long r1, double f2,
      long r2, double f3, long r3, MemorySegment x, MemorySegment y, long yOffset, int n) {
    if (x.getClass() != NATIVE || y.getClass() != NATIVE) {
      ScalarKernels.addScaledDouble(f0, x, r0, y, yOffset, n);
      ScalarKernels.addScaledDouble(f1, x, r1, y, yOffset, n);
      ScalarKernels.addScaledDouble(f2, x, r2, y, yOffset, n);
      ScalarKernels.addScaledDouble(f3, x, r3, y, yOffset, n);
      return;
    }
    DoubleVector v0 = DoubleVector.broadcast(DOUBLES, f0);
    DoubleVector v1 = DoubleVector.broadcast(DOUBLES, f1);
    DoubleVector v2 = DoubleVector.broadcast(DOUBLES, f2);
    DoubleVector v3 = DoubleVector.broadcast(DOUBLES, f3);
    int bound = DOUBLES.loopBound(n);
    for (int i = 0; i < bound; i += DL) {
      DoubleVector sum = v0.fma(doubles(x, r0, i), doubles(y, yOffset, i));
      sum = v1.fma(doubles(x, r1, i), sum);
      sum = v2.fma(doubles(x, r2, i), sum);
      v3.fma(doubles(x, r3, i), sum).intoMemorySegment(y, yOffset + 8L * i, ORDER);
    }
    for (int i = bound; i < n; i++) {
      double sum = Math.fma(f0, doubleAt(x, r0, i), doubleAt(y, yOffset, i));
      sum = Math.fma(f1, doubleAt(x, r1, i), sum);
      sum = Math.fma(f2, doubleAt(x, r2, i), sum);
      y.set(JAVA_DOUBLE, yOffset + 8L * i, Math.fma(f3, doubleAt(x, r3, i), sum));
    }
  }

  /** See {@link ScalarKernels#rankOne}. */
  public static void rankOne(int rows, int columns, MemorySegment x, long xOffset,
      MemorySegment y, long yOffset, MemorySegment matrix, long offset, long stride) {
    for (int i = 0; i < rows; i++) {
      addScaled(floatAt(x, xOffset, i), y, yOffset, matrix, offset + i * stride, columns);
    }
  }

  /** See {@link ScalarKernels#rankOneDouble}. */
  public static void rankOneDouble(int rows, int columns, double factor, MemorySegment x,
      long xOffset, MemorySegment y, long yOffset, MemorySegment matrix, long offset,
      long stride) {
    for (int i = 0; i < rows; i++) {
      addScaledDouble(
          factor * doubleAt(x, xOffset, i), y, yOffset, matrix, offset + i * stride, columns);
    }
  }

  /**
   * C += A B for 8 x 24 outputs, sums in the order of k: A is {@code n} lines of eight doubles, B
   * three slivers of {@code n} such lines, {@code bStep} bytes apart; C has eight rows {@code cRow}
   * bytes apart of three lines {@code cStep} bytes apart. A and B must not overlap C.
   */
  static void multiplyAddTile(int n, MemorySegment a, long aAt, MemorySegment b, long bAt,
      long bStep, MemorySegment c, long cAt, long cRow, long cStep) {
    for (int r = 0; r < 8; r += 4) {
      long to = cAt + r * cRow;
      long from = aAt + 8L * r;
      if (DL == 8) {
        fourByThree(n, a, from, b, bAt, bAt + bStep, bAt + 2 * bStep, c, to, to + cStep,
            to + 2 * cStep, cRow);
        continue;
      }
      if (DL == 4) {
        fourByThree(n, a, from, b, bAt, bAt + 32, bAt + bStep, c, to, to + 32, to + cStep, cRow);
        fourByThree(n, a, from, b, bAt + bStep + 32, bAt + 2 * bStep, bAt + 2 * bStep + 32, c,
            to + cStep + 32, to + 2 * cStep, to + 2 * cStep + 32, cRow);
        continue;
      }
      for (int v = 0; v < 3; v++) {
        for (int i = 0; i < 8; i += 2 * DL) {
          fourByTwo(n, a, from, b, bAt + v * bStep + 8L * i, c,
              to + v * cStep + 8L * i, cRow);
        }
      }
    }
  }

  /** Three vectors of four rows, wherever each of the three lies. */
  private static void fourByThree(int n, MemorySegment a, long aAt, MemorySegment b, long b0,
      long b1, long b2, MemorySegment c, long c0, long c1, long c2, long cRow) {
    DoubleVector s00 = doubles(c, c0, 0);
    DoubleVector s01 = doubles(c, c1, 0);
    DoubleVector s02 = doubles(c, c2, 0);
    DoubleVector s10 = doubles(c, c0 + cRow, 0);
    DoubleVector s11 = doubles(c, c1 + cRow, 0);
    DoubleVector s12 = doubles(c, c2 + cRow, 0);
    DoubleVector s20 = doubles(c, c0 + 2 * cRow, 0);
    DoubleVector s21 = doubles(c, c1 + 2 * cRow, 0);
    DoubleVector s22 = doubles(c, c2 + 2 * cRow, 0);
    DoubleVector s30 = doubles(c, c0 + 3 * cRow, 0);
    DoubleVector s31 = doubles(c, c1 + 3 * cRow, 0);
    DoubleVector s32 = doubles(c, c2 + 3 * cRow, 0);
    MemorySegment x = a.asSlice(aAt, 64L * n - 32); // of each line four
    long bytes = 64L * (n - 1) + 8L * DL;
    MemorySegment x0 = b.asSlice(b0, bytes);
    MemorySegment x1 = b.asSlice(b1, bytes);
    MemorySegment x2 = b.asSlice(b2, bytes);
    for (int k = 0; k < 64 * n; k += 64) {
      DoubleVector v0 = doubles(x0, k);
      DoubleVector v1 = doubles(x1, k);
      DoubleVector v2 = doubles(x2, k);
      DoubleVector xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k));
      s00 = xk.fma(v0, s00);
      s01 = xk.fma(v1, s01);
      s02 = xk.fma(v2, s02);
      xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k + 8));
      s10 = xk.fma(v0, s10);
      s11 = xk.fma(v1, s11);
      s12 = xk.fma(v2, s12);
      xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k + 16));
      s20 = xk.fma(v0, s20);
      s21 = xk.fma(v1, s21);
      s22 = xk.fma(v2, s22);
      xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k + 24));
      s30 = xk.fma(v0, s30);
      s31 = xk.fma(v1, s31);
      s32 = xk.fma(v2, s32);
    }
    s00.intoMemorySegment(c, c0, ORDER);
    s01.intoMemorySegment(c, c1, ORDER);
    s02.intoMemorySegment(c, c2, ORDER);
    s10.intoMemorySegment(c, c0 + cRow, ORDER);
    s11.intoMemorySegment(c, c1 + cRow, ORDER);
    s12.intoMemorySegment(c, c2 + cRow, ORDER);
    s20.intoMemorySegment(c, c0 + 2 * cRow, ORDER);
    s21.intoMemorySegment(c, c1 + 2 * cRow, ORDER);
    s22.intoMemorySegment(c, c2 + 2 * cRow, ORDER);
    s30.intoMemorySegment(c, c0 + 3 * cRow, ORDER);
    s31.intoMemorySegment(c, c1 + 3 * cRow, ORDER);
    s32.intoMemorySegment(c, c2 + 3 * cRow, ORDER);
  }

  private static void fourByTwo(int n, MemorySegment a, long aAt, MemorySegment b, long bAt,
      MemorySegment c, long cAt, long cRow) {
    DoubleVector s00 = doubles(c, cAt, 0);
    DoubleVector s01 = doubles(c, cAt, DL);
    DoubleVector s10 = doubles(c, cAt + cRow, 0);
    DoubleVector s11 = doubles(c, cAt + cRow, DL);
    DoubleVector s20 = doubles(c, cAt + 2 * cRow, 0);
    DoubleVector s21 = doubles(c, cAt + 2 * cRow, DL);
    DoubleVector s30 = doubles(c, cAt + 3 * cRow, 0);
    DoubleVector s31 = doubles(c, cAt + 3 * cRow, DL);
    MemorySegment x = a.asSlice(aAt, 64L * n - 32); // of each line four
    MemorySegment v = b.asSlice(bAt, 64L * (n - 1) + 16L * DL);
    for (int k = 0; k < 64 * n; k += 64) {
      DoubleVector v0 = doubles(v, k);
      DoubleVector v1 = doubles(v, k + 8 * DL);
      DoubleVector xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k));
      s00 = xk.fma(v0, s00);
      s01 = xk.fma(v1, s01);
      xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k + 8));
      s10 = xk.fma(v0, s10);
      s11 = xk.fma(v1, s11);
      xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k + 16));
      s20 = xk.fma(v0, s20);
      s21 = xk.fma(v1, s21);
      xk = DoubleVector.broadcast(DOUBLES, x.get(JAVA_DOUBLE, k + 24));
      s30 = xk.fma(v0, s30);
      s31 = xk.fma(v1, s31);
    }
    s00.intoMemorySegment(c, cAt, ORDER);
    s01.intoMemorySegment(c, cAt + 8L * DL, ORDER);
    s10.intoMemorySegment(c, cAt + cRow, ORDER);
    s11.intoMemorySegment(c, cAt + cRow + 8L * DL, ORDER);
    s20.intoMemorySegment(c, cAt + 2 * cRow, ORDER);
    s21.intoMemorySegment(c, cAt + 2 * cRow + 8L * DL, ORDER);
    s30.intoMemorySegment(c, cAt + 3 * cRow, ORDER);
    s31.intoMemorySegment(c, cAt + 3 * cRow + 8L * DL, ORDER);
  }

  /**
   * Eight lines X become inv(T) X, sums in the order of the lines, for a lower triangle T of which
   * line j at {@code turned} is column j with its sign turned.
   */
  static void solveEight(MemorySegment turned, long triangle, MemorySegment x, long xAt) {
    MemorySegment columns = turned.asSlice(triangle, 8 * 64);
    MemorySegment lines = x.asSlice(xAt, 8 * 64);
    for (int h = 0; h < 64; h += 8 * DL) {
      solveFour(columns, 0, lines, h);
      takeOffFour(columns, lines, h);
      solveFour(columns, 4 * 64 + 32, lines, 4 * 64 + h);
    }
  }

  /** Four lines of one vector, by the four columns at {@code at}. */
  private static void solveFour(MemorySegment turned, int at, MemorySegment lines, int h) {
    DoubleVector x0 = doubles(lines, h).div(-turned.get(JAVA_DOUBLE, at));
    DoubleVector x1 = fma(turned, at + 8, x0, doubles(lines, h + 64))
        .div(-turned.get(JAVA_DOUBLE, at + 72));
    DoubleVector x2 = fma(turned, at + 72 + 8, x1, fma(turned, at + 16, x0,
        doubles(lines, h + 128))).div(-turned.get(JAVA_DOUBLE, at + 144));
    DoubleVector x3 = fma(turned, at + 144 + 8, x2, fma(turned, at + 72 + 16, x1,
        fma(turned, at + 24, x0, doubles(lines, h + 192))))
        .div(-turned.get(JAVA_DOUBLE, at + 216));
    x0.intoMemorySegment(lines, h, ORDER);
    x1.intoMemorySegment(lines, h + 64, ORDER);
    x2.intoMemorySegment(lines, h + 128, ORDER);
    x3.intoMemorySegment(lines, h + 192, ORDER);
  }

  /** Takes the first four lines off the last four. */
  private static void takeOffFour(MemorySegment turned, MemorySegment lines, int h) {
    DoubleVector x4 = doubles(lines, h + 256);
    DoubleVector x5 = doubles(lines, h + 320);
    DoubleVector x6 = doubles(lines, h + 384);
    DoubleVector x7 = doubles(lines, h + 448);
    for (int j = 0; j < 256; j += 64) {
      DoubleVector known = doubles(lines, h + j);
      x4 = fma(turned, j + 32, known, x4);
      x5 = fma(turned, j + 40, known, x5);
      x6 = fma(turned, j + 48, known, x6);
      x7 = fma(turned, j + 56, known, x7);
    }
    x4.intoMemorySegment(lines, h + 256, ORDER);
    x5.intoMemorySegment(lines, h + 320, ORDER);
    x6.intoMemorySegment(lines, h + 384, ORDER);
    x7.intoMemorySegment(lines, h + 448, ORDER);
  }

  private static DoubleVector fma(
      MemorySegment factors, int at, DoubleVector x, DoubleVector sum) {
    return DoubleVector.broadcast(DOUBLES, factors.get(JAVA_DOUBLE, at)).fma(x, sum);
  }

  /** y = -x over doubles, a multiple of eight of them. */
  static void negate(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    for (int i = 0; i < n; i += DL) {
      doubles(x, xOffset, i).neg().intoMemorySegment(y, yOffset + 8L * i, ORDER);
    }
  }

  /** Copies eight doubles. */
  static void copyEight(MemorySegment from, long fromAt, MemorySegment to, long toAt) {
    for (int h = 0; h < 8; h += DL) {
      doubles(from, fromAt, h).intoMemorySegment(to, toAt + 8L * h, ORDER);
    }
  }

  /**
   * See {@link ScalarKernels#solveLowerVector}: four rows together, each sum in its own order, so
   * that the processor works at four sums at a time.
   */
  public static void solveLowerVector(
      int n, MemorySegment lower, long offset, long stride, MemorySegment x, long xOffset) {
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      fourUnknowns(i, lower, offset + i * stride, stride, x, xOffset);
    }
    for (; i < n; i++) {
      int known = i - i % ScalarKernels.DOUBLE_LANES;
      double sum = known > 0 ? dotDouble(lower, offset + i * stride, x, xOffset, known) : 0;
      finish(i, doubleAt(x, xOffset, i), sum, known, lower, offset, stride, x, xOffset);
    }
  }

  private static void fourUnknowns(
      int i, MemorySegment lower, long r0, long stride, MemorySegment x, long xOffset) {
    long r1 = r0 + stride;
    long r2 = r1 + stride;
    long r3 = r2 + stride;
    long at = xOffset + 8L * i;
    int known = i - i % ScalarKernels.DOUBLE_LANES;
    double b0 = doubleAt(x, at, 0);
    double b1 = doubleAt(x, at, 1);
    double b2 = doubleAt(x, at, 2);
    double b3 = doubleAt(x, at, 3);
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    if (known > 0) {
      gemvDouble(4, known, lower, r0, stride, x, xOffset, x, at);
      s0 = doubleAt(x, at, 0);
      s1 = doubleAt(x, at, 1);
      s2 = doubleAt(x, at, 2);
      s3 = doubleAt(x, at, 3);
    }
    for (int k = known; k < i; k++) {
      double xk = doubleAt(x, xOffset, k);
      s0 = Math.fma(doubleAt(lower, r0, k), xk, s0);
      s1 = Math.fma(doubleAt(lower, r1, k), xk, s1);
      s2 = Math.fma(doubleAt(lower, r2, k), xk, s2);
      s3 = Math.fma(doubleAt(lower, r3, k), xk, s3);
    }
    double x0 = (b0 - s0) / doubleAt(lower, r0, i);
    s1 = Math.fma(doubleAt(lower, r1, i), x0, s1);
    s2 = Math.fma(doubleAt(lower, r2, i), x0, s2);
    s3 = Math.fma(doubleAt(lower, r3, i), x0, s3);
    double x1 = (b1 - s1) / doubleAt(lower, r1, i + 1);
    s2 = Math.fma(doubleAt(lower, r2, i + 1), x1, s2);
    s3 = Math.fma(doubleAt(lower, r3, i + 1), x1, s3);
    double x2 = (b2 - s2) / doubleAt(lower, r2, i + 2);
    s3 = Math.fma(doubleAt(lower, r3, i + 2), x2, s3);
    x.set(JAVA_DOUBLE, at, x0);
    x.set(JAVA_DOUBLE, at + 8, x1);
    x.set(JAVA_DOUBLE, at + 16, x2);
    x.set(JAVA_DOUBLE, at + 24, (b3 - s3) / doubleAt(lower, r3, i + 3));
  }

  /** x_i = (b - sum - the terms from {@code known} on) / L_ii. */
  private static void finish(int i, double b, double sum, int known, MemorySegment lower,
      long offset, long stride, MemorySegment x, long xOffset) {
    long row = offset + i * stride;
    double all = sum;
    for (int k = known; k < i; k++) {
      all = Math.fma(doubleAt(lower, row, k), doubleAt(x, xOffset, k), all);
    }
    x.set(JAVA_DOUBLE, xOffset + 8L * i, (b - all) / doubleAt(lower, row, i));
  }

  /** See {@link ScalarKernels#solveLowerTransposedVector}: by rows of L, SIMD across x. */
  public static void solveLowerTransposedVector(
      int n, MemorySegment lower, long offset, long stride, MemorySegment x, long xOffset) {
    for (int k = n - 1; k >= 0; k--) {
      long row = offset + k * stride;
      double xk = doubleAt(x, xOffset, k) / doubleAt(lower, row, k);
      x.set(JAVA_DOUBLE, xOffset + 8L * k, xk);
      addScaledDouble(-xk, lower, row, x, xOffset, k);
    }
  }

  /** See {@link ScalarKernels#decodeHalves}; exact for every finite half. */
  public static void decodeHalves(
      MemorySegment stored, long storedOffset, MemorySegment x, long xOffset, int n) {
    if (stored.getClass() != NATIVE || x.getClass() != NATIVE) {
      ScalarKernels.decodeHalves(stored, storedOffset, x, xOffset, n);
      return;
    }
    int bound = n - n % 16;
    for (int i = 0; i < bound; i += FL) {
      IntVector half = (IntVector) ShortVector
          .fromMemorySegment(HALF_SHORTS, stored, storedOffset + 2L * i, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
      IntVector sign = half.and(0x8000).lanewise(VectorOperators.LSHL, 16);
      half.and(0x7fff).lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(0x1p112f)
          .reinterpretAsInts().or(sign).reinterpretAsFloats()
          .intoMemorySegment(x, xOffset + 4L * i, ORDER);
    }
    ScalarKernels.decodeHalves(
        stored, storedOffset + 2L * bound, x, xOffset + 4L * bound, n - bound);
  }

  /** See {@link ScalarKernels#decodeBytes}. */
  public static void decodeBytes(
      MemorySegment stored, long storedOffset, MemorySegment x, long xOffset, int groups) {
    if (stored.getClass() != NATIVE || x.getClass() != NATIVE) {
      ScalarKernels.decodeBytes(stored, storedOffset, x, xOffset, groups);
      return;
    }
    int count = groups * ScalarKernels.GROUP;
    MemorySegment from = stored.asSlice(storedOffset, count);
    MemorySegment to = x.asSlice(xOffset, 4L * count);
    for (int group = 0; group < groups; group++) {
      float scale = floatAt(stored, storedOffset + count, group);
      for (int i = group * ScalarKernels.GROUP; i < (group + 1) * ScalarKernels.GROUP; i += BL) {
        scaleBytes(ByteVector.fromMemorySegment(BYTES, from, i, ORDER), scale, to, 4 * i);
      }
    }
  }

  /** See {@link ScalarKernels#decodeNibbles}. */
  public static void decodeNibbles(
      MemorySegment stored, long storedOffset, MemorySegment x, long xOffset, int groups) {
    if (stored.getClass() != NATIVE || x.getClass() != NATIVE || FL <= 4) {
      ScalarKernels.decodeNibbles(stored, storedOffset, x, xOffset, groups);
      return;
    }
    int half = ScalarKernels.GROUP / 2;
    for (int group = 0; group < groups; group++) {
      float scale = floatAt(stored, storedOffset + (long) groups * half, group);
      long from = storedOffset + (long) group * half;
      long to = xOffset + 4L * group * ScalarKernels.GROUP;
      for (int b = 0; b < half; b += BL) {
        ByteVector both = ByteVector.fromMemorySegment(BYTES, stored, from + b, ORDER);
        IntVector wide = (IntVector) both.convertShape(VectorOperators.B2I, INTS, 0);
        ((FloatVector) wide.lanewise(AND, 15).sub(8).convert(VectorOperators.I2F, 0)).mul(scale)
            .intoMemorySegment(x, to + 4L * b, ORDER);
        ((FloatVector) wide.lanewise(VectorOperators.LSHR, 4).lanewise(AND, 15).sub(8)
            .convert(VectorOperators.I2F, 0)).mul(scale)
            .intoMemorySegment(x, to + 4L * (b + half), ORDER);
      }
    }
  }

  /**
   * One vector of bytes times a scale, as floats. A vector of floats takes all of it but at 128
   * bits, as a conversion of a later part boxes (measured at 256 bits: 1 kB a key of 512 nibbles).
   */
  private static void scaleBytes(ByteVector q, float scale, MemorySegment x, int at) {
    storeScaled((FloatVector) q.convertShape(VectorOperators.B2F, FLOATS, 0), scale, x, at);
    if (FL <= 4) {
      storeScaled((FloatVector) q.convertShape(VectorOperators.B2F, FLOATS, 1), scale, x,
          at + 4 * FL);
    }
  }

  private static void storeScaled(FloatVector q, float scale, MemorySegment x, int at) {
    q.mul(scale).intoMemorySegment(x, at, ORDER);
  }

  /** See {@link ScalarKernels#hadamard}. */
  public static void hadamard(MemorySegment x, long xOffset, int n) {
    if (x.getClass() != NATIVE) {
      ScalarKernels.hadamard(x, xOffset, n);
      return;
    }
    for (int i = 0; i < n; i += FL) { // within a vector's width by scalars: shuffles would box
      ScalarKernels.hadamard(x, xOffset + 4L * i, Math.min(n, FL));
    }
    for (int h = FL; h < n; h *= 2) {
      for (int block = 0; block < n; block += 2 * h) {
        butterflies(x, xOffset + 4L * block, xOffset + 4L * (block + h), h);
      }
    }
  }

  /** Every pair (a, b) becomes (a + b, a - b); apart, where the compiler inlines all of it. */
  private static void butterflies(MemorySegment x, long aOffset, long bOffset, int n) {
    if (x.getClass() != NATIVE) { // never here; it tells the compiler
      throw new AssertionError(x.getClass());
    }
    for (int i = 0; i < n; i += FL) {
      FloatVector a = floats(x, aOffset, i);
      FloatVector b = floats(x, bOffset, i);
      a.add(b).intoMemorySegment(x, aOffset + 4L * i, ORDER);
      a.sub(b).intoMemorySegment(x, bOffset + 4L * i, ORDER);
    }
  }

  /** See {@link ScalarKernels#countDiffering}: with carry-save adders, four planes a step. */
  public static void countDiffering(MemorySegment planes, long offset, MemorySegment query,
      long queryOffset, MemorySegment counts, long countsOffset) {
    if (planes.getClass() != NATIVE || query.getClass() != NATIVE || counts.getClass() != NATIVE) {
      ScalarKernels.countDiffering(planes, offset, query, queryOffset, counts, countsOffset);
      return;
    }
    for (int at = 0; at < ScalarKernels.PLANE_BYTES; at += 8 * DL) {
      countOneVector(
          planes, offset + at, query, queryOffset + at, counts, countsOffset + at);
    }
  }

  /**
   * One vector of each plane. A carry-save adder turns three bits of one weight into their sum's
   * low bit, a ^ b ^ c, and its carry, (a & b) | ((a ^ b) & c); four planes leave a carry of weight
   * 4, which is then counted. Written out, since the compiler may not inline a method of ours
   * amid so many vectors, and then it boxes them all (seen with eight planes: ten times slower).
   */
  private static void countOneVector(MemorySegment planes, long offset, MemorySegment query,
      long queryOffset, MemorySegment counts, long countsOffset) {
    if (planes.getClass() != NATIVE || query.getClass() != NATIVE || counts.getClass() != NATIVE) {
      throw new AssertionError(planes.getClass()); // never here; it tells the compiler
    }
    int bytes = ScalarKernels.PLANES * ScalarKernels.PLANE_BYTES;
    long used = bytes - ScalarKernels.PLANE_BYTES + 8L * DL;
    MemorySegment ours = planes.asSlice(offset, used);
    MemorySegment theirs = query.asSlice(queryOffset, used);
    LongVector ones = LongVector.zero(LONGS);
    LongVector twos = ones;
    LongVector c2 = ones;
    LongVector c3 = ones;
    LongVector c4 = ones;
    LongVector c5 = ones;
    LongVector c6 = ones;
    for (int p = 0; p < bytes; p += 4 * ScalarKernels.PLANE_BYTES) {
      LongVector a = LongVector.fromMemorySegment(LONGS, ours, p, ORDER).lanewise(XOR,
          LongVector.fromMemorySegment(LONGS, theirs, p, ORDER));
      LongVector b = LongVector.fromMemorySegment(LONGS, ours, p + ScalarKernels.PLANE_BYTES, ORDER)
          .lanewise(XOR, LongVector.fromMemorySegment(LONGS, theirs,
              p + ScalarKernels.PLANE_BYTES, ORDER));
      LongVector half = ones.lanewise(XOR, a);
      LongVector twoA = ones.lanewise(AND, a).lanewise(OR, half.lanewise(AND, b));
      ones = half.lanewise(XOR, b);
      a = LongVector.fromMemorySegment(LONGS, ours, p + 2 * ScalarKernels.PLANE_BYTES, ORDER)
          .lanewise(XOR, LongVector.fromMemorySegment(LONGS, theirs,
              p + 2 * ScalarKernels.PLANE_BYTES, ORDER));
      b = LongVector.fromMemorySegment(LONGS, ours, p + 3 * ScalarKernels.PLANE_BYTES, ORDER)
          .lanewise(XOR, LongVector.fromMemorySegment(LONGS, theirs,
              p + 3 * ScalarKernels.PLANE_BYTES, ORDER));
      half = ones.lanewise(XOR, a);
      LongVector twoB = ones.lanewise(AND, a).lanewise(OR, half.lanewise(AND, b));
      ones = half.lanewise(XOR, b);
      half = twos.lanewise(XOR, twoA);
      LongVector up = twos.lanewise(AND, twoA).lanewise(OR, half.lanewise(AND, twoB));
      twos = half.lanewise(XOR, twoB);
      LongVector next = c2.lanewise(AND, up);
      c2 = c2.lanewise(XOR, up);
      up = c3.lanewise(AND, next);
      c3 = c3.lanewise(XOR, next);
      next = c4.lanewise(AND, up);
      c4 = c4.lanewise(XOR, up);
      up = c5.lanewise(AND, next);
      c5 = c5.lanewise(XOR, next);
      c6 = c6.lanewise(XOR, up);
    }
    ones.intoMemorySegment(counts, countsOffset, ORDER);
    twos.intoMemorySegment(counts, countsOffset + ScalarKernels.PLANE_BYTES, ORDER);
    c2.intoMemorySegment(counts, countsOffset + 2L * ScalarKernels.PLANE_BYTES, ORDER);
    c3.intoMemorySegment(counts, countsOffset + 3L * ScalarKernels.PLANE_BYTES, ORDER);
    c4.intoMemorySegment(counts, countsOffset + 4L * ScalarKernels.PLANE_BYTES, ORDER);
    c5.intoMemorySegment(counts, countsOffset + 5L * ScalarKernels.PLANE_BYTES, ORDER);
    c6.intoMemorySegment(counts, countsOffset + 6L * ScalarKernels.PLANE_BYTES, ORDER);
  }

  /** See {@link ScalarKernels#argmax}: the largest value first, then the first place of it. */
  public static int argmax(MemorySegment x, long xOffset, int n) {
    if (x.getClass() != NATIVE) {
      return ScalarKernels.argmax(x, xOffset, n);
    }
    int bound = FLOATS.loopBound(n);
    FloatVector largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < bound; i += FL) {
      largest = largest.max(floats(x, xOffset, i));
    }
    float max = largest.reduceLanes(VectorOperators.MAX);
    for (int i = bound; i < n; i++) {
      max = Math.max(max, floatAt(x, xOffset, i));
    }
    for (int i = 0; i < bound; i += FL) {
      var equal = floats(x, xOffset, i).compare(VectorOperators.EQ, max);
      if (equal.anyTrue()) {
        return i + equal.firstTrue();
      }
    }
    for (int i = bound; i < n; i++) {
      if (floatAt(x, xOffset, i) == max) {
        return i;
      }
    }
    return ScalarKernels.argmax(x, xOffset, n); // one of them is not a number
  }

  /** See {@link ScalarKernels#contrast}. */
  public static void contrast(MemorySegment with, MemorySegment without, MemorySegment out, int n,
      float alpha, float floor) {
    if (with.getClass() != NATIVE || without.getClass() != NATIVE || out.getClass() != NATIVE) {
      ScalarKernels.contrast(with, without, out, n, alpha, floor);
      return;
    }
    int bound = FLOATS.loopBound(n);
    FloatVector shutOut = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < bound; i += FL) {
      FloatVector w = floats(with, 0, i);
      FloatVector pushed = w.mul(1 + alpha).sub(floats(without, 0, i).mul(alpha));
      pushed.blend(shutOut, w.compare(VectorOperators.LT, floor))
          .intoMemorySegment(out, 4L * i, ORDER);
    }
    for (int i = bound; i < n; i++) {
      float w = floatAt(with, 0, i);
      out.set(JAVA_FLOAT, 4L * i, w < floor ? Float.NEGATIVE_INFINITY
          : (1 + alpha) * w - alpha * floatAt(without, 0, i));
    }
  }

  /** See {@link ScalarKernels#firstNotFinite}. */
  public static int firstNotFinite(MemorySegment x, long xOffset, int n) {
    if (x.getClass() != NATIVE) {
      return ScalarKernels.firstNotFinite(x, xOffset, n);
    }
    int bound = FLOATS.loopBound(n);
    for (int i = 0; i < bound; i += FL) {
      if (!floats(x, xOffset, i).test(VectorOperators.IS_FINITE).allTrue()) {
        return i + ScalarKernels.firstNotFinite(x, xOffset + 4L * i, FL);
      }
    }
    return bound + ScalarKernels.firstNotFinite(x, xOffset + 4L * bound, n - bound);
  }

  /** By bytes from the start of a slice: then the compiler checks bounds once a loop. */
  private static FloatVector floats(MemorySegment slice, int at) {
    return FloatVector.fromMemorySegment(FLOATS, slice, at, ORDER);
  }

  private static DoubleVector doubles(MemorySegment slice, int at) {
    return DoubleVector.fromMemorySegment(DOUBLES, slice, at, ORDER);
  }

  private static FloatVector floats(MemorySegment segment, long offset, int index) {
    return FloatVector.fromMemorySegment(FLOATS, segment, offset + 4L * index, ORDER);
  }

  private static DoubleVector doubles(MemorySegment segment, long offset, int index) {
    return DoubleVector.fromMemorySegment(DOUBLES, segment, offset + 8L * index, ORDER);
  }

  private static DoubleVector widened(MemorySegment slice, int at) {
    return (DoubleVector) FloatVector.fromMemorySegment(HALF_FLOATS, slice, at, ORDER)
        .convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  private static DoubleVector widened(MemorySegment segment, long offset, int index) {
    return (DoubleVector) FloatVector
        .fromMemorySegment(HALF_FLOATS, segment, offset + 4L * index, ORDER)
        .convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  /**
   * Folds one vector in halves: lane l takes lane l + half, down to lane 0. By lanes, since
   * shuffles and casts box their vectors where the compiler's inlining ends (measured: 4.6 kB a
   * gemv).
   */
  private static float fold(FloatVector v) {
    if (FL == 16) {
      float s0 = v.lane(0) + v.lane(8);
      float s1 = v.lane(1) + v.lane(9);
      float s2 = v.lane(2) + v.lane(10);
      float s3 = v.lane(3) + v.lane(11);
      float s4 = v.lane(4) + v.lane(12);
      float s5 = v.lane(5) + v.lane(13);
      float s6 = v.lane(6) + v.lane(14);
      float s7 = v.lane(7) + v.lane(15);
      return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
    }
    if (FL == 8) {
      return ((v.lane(0) + v.lane(4)) + (v.lane(2) + v.lane(6)))
          + ((v.lane(1) + v.lane(5)) + (v.lane(3) + v.lane(7)));
    }
    return (v.lane(0) + v.lane(2)) + (v.lane(1) + v.lane(3));
  }

  private static double fold(DoubleVector v) {
    if (DL == 8) {
      return ((v.lane(0) + v.lane(4)) + (v.lane(2) + v.lane(6)))
          + ((v.lane(1) + v.lane(5)) + (v.lane(3) + v.lane(7)));
    }
    return DL == 4 ? (v.lane(0) + v.lane(2)) + (v.lane(1) + v.lane(3)) : v.lane(0) + v.lane(1);
  }

  private static float floatAt(MemorySegment segment, long offset, int index) {
    return segment.get(JAVA_FLOAT, offset + 4L * index);
  }

  private static double doubleAt(MemorySegment segment, long offset, int index) {
    return segment.get(JAVA_DOUBLE, offset + 8L * index);
  }
}
