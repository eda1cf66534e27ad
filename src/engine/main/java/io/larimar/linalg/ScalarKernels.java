package io.larimar.linalg;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * The kernels as plain loops: what {@link VectorKernels} must give, bit for bit.
 *
 * <p>Matrices are row-major; a stride is the distance of two rows in bytes; offsets are in bytes.
 * Two orders of summation occur, and both are part of the contract. A <em>sequential</em> sum adds
 * its terms with fused multiply-add in the order of the index. A <em>lane</em> sum adds term i to
 * lane i mod {@value #FLOAT_LANES} (floats) or {@value #DOUBLE_LANES} (doubles), folds the lanes
 * in halves, and then adds the terms after the last full group in order. Neither depends on the
 * width of a machine's vectors.
 */
public final class ScalarKernels {
  /** Lanes of a float lane sum: two 512-bit, four 256-bit or eight 128-bit accumulators. */
  public static final int FLOAT_LANES = 32;

  /** Lanes of a double lane sum. */
  public static final int DOUBLE_LANES = 16;

  /** Values under one scale in scaled bytes and nibbles. */
  public static final int GROUP = 64;

  /** Added to a float of less than 2^22, it leaves the nearest whole number in the low bits. */
  private static final float ROUNDER = 0x1.8p23f;
  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /** Sketches of a group that is compared at once. */
  public static final int SKETCHES = 512;

  /** Planes that are counted at once: plane p is bit p of all sketches of a group. */
  public static final int PLANES = 64;

  /** Bytes of one plane of a group. */
  public static final int PLANE_BYTES = SKETCHES / 8;

  /** Bits of a number of planes. */
  public static final int COUNT_BITS = 7;

  private ScalarKernels() {}

  /**
   * The lane sum of a_i b_i, over floats.
   *
   * @param n length of both; error at most (n / 32 + 6 + n mod 32) ulp of sum |a_i b_i|
   */
  public static float dot(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    float[] lanes = new float[FLOAT_LANES];
    int bound = n - n % FLOAT_LANES;
    for (int i = 0; i < bound; i++) {
      int lane = i % FLOAT_LANES;
      lanes[lane] = Math.fma(floatAt(a, aOffset, i), floatAt(b, bOffset, i), lanes[lane]);
    }
    for (int half = FLOAT_LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    float sum = lanes[0];
    for (int i = bound; i < n; i++) {
      sum = Math.fma(floatAt(a, aOffset, i), floatAt(b, bOffset, i), sum);
    }
    return sum;
  }

  /** The lane sum of a_i b_i, over doubles. */
  public static double dotDouble(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    double[] lanes = new double[DOUBLE_LANES];
    int bound = n - n % DOUBLE_LANES;
    for (int i = 0; i < bound; i++) {
      int lane = i % DOUBLE_LANES;
      lanes[lane] = Math.fma(doubleAt(a, aOffset, i), doubleAt(b, bOffset, i), lanes[lane]);
    }
    double sum = fold(lanes);
    for (int i = bound; i < n; i++) {
      sum = Math.fma(doubleAt(a, aOffset, i), doubleAt(b, bOffset, i), sum);
    }
    return sum;
  }

  /** The sum of a_i b_i in index order, in double; of arrays of one length on the heap. */
  public static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** The lane sum of a_i b_i over floats, every product exact and every addition in double. */
  public static double dotWide(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int n) {
    double[] lanes = new double[DOUBLE_LANES];
    int bound = n - n % DOUBLE_LANES;
    for (int i = 0; i < bound; i++) {
      int lane = i % DOUBLE_LANES;
      lanes[lane] = Math.fma(
          (double) floatAt(a, aOffset, i), (double) floatAt(b, bOffset, i), lanes[lane]);
    }
    double sum = fold(lanes);
    for (int i = bound; i < n; i++) {
      sum = Math.fma((double) floatAt(a, aOffset, i), (double) floatAt(b, bOffset, i), sum);
    }
    return sum;
  }

  private static double fold(double[] lanes) {
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }

  /** y = A x over floats; each y_i is the lane sum of row i with x. */
  public static void gemv(int rows, int columns, MemorySegment matrix, long offset, long stride,
      MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    for (int i = 0; i < rows; i++) {
      setFloat(y, yOffset, i, dot(matrix, offset + i * stride, x, xOffset, columns));
    }
  }

  /** y = A x over doubles; each y_i is the lane sum of row i with x. */
  public static void gemvDouble(int rows, int columns, MemorySegment matrix, long offset,
      long stride, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    for (int i = 0; i < rows; i++) {
      setDouble(y, yOffset, i, dotDouble(matrix, offset + i * stride, x, xOffset, columns));
    }
  }

  /** y = x A over floats, x a row of {@code rows}; each y_j is a sequential sum over the rows. */
  public static void gemvTransposed(int rows, int columns, MemorySegment matrix, long offset,
      long stride, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    for (int j = 0; j < columns; j++) {
      float sum = 0;
      for (int i = 0; i < rows; i++) {
        sum = Math.fma(floatAt(x, xOffset, i), floatAt(matrix, offset + i * stride, j), sum);
      }
      setFloat(y, yOffset, j, sum);
    }
  }

  /** y = x A over doubles; each y_j is a sequential sum over the rows. */
  public static void gemvTransposedDouble(int rows, int columns, MemorySegment matrix,
      long offset, long stride, MemorySegment x, long xOffset, MemorySegment y, long yOffset) {
    for (int j = 0; j < columns; j++) {
      double sum = 0;
      for (int i = 0; i < rows; i++) {
        sum = Math.fma(doubleAt(x, xOffset, i), doubleAt(matrix, offset + i * stride, j), sum);
      }
      setDouble(y, yOffset, j, sum);
    }
  }

  /** y += factor x over floats. */
  public static void addScaled(
      float factor, MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    for (int i = 0; i < n; i++) {
      setFloat(y, yOffset, i, Math.fma(factor, floatAt(x, xOffset, i), floatAt(y, yOffset, i)));
    }
  }

  /** y += factor x over doubles. */
  public static void addScaledDouble(
      double factor, MemorySegment x, long xOffset, MemorySegment y, long yOffset, int n) {
    for (int i = 0; i < n; i++) {
      setDouble(y, yOffset, i,
          Math.fma(factor, doubleAt(x, xOffset, i), doubleAt(y, yOffset, i)));
    }
  }

  /** A += x' y over floats, x of {@code rows}, y of {@code columns}. */
  public static void rankOne(int rows, int columns, MemorySegment x, long xOffset,
      MemorySegment y, long yOffset, MemorySegment matrix, long offset, long stride) {
    for (int i = 0; i < rows; i++) {
      addScaled(floatAt(x, xOffset, i), y, yOffset, matrix, offset + i * stride, columns);
    }
  }

  /** A += factor x' y over doubles; factor x_i is rounded once, before the products. */
  public static void rankOneDouble(int rows, int columns, double factor, MemorySegment x,
      long xOffset, MemorySegment y, long yOffset, MemorySegment matrix, long offset,
      long stride) {
    for (int i = 0; i < rows; i++) {
      addScaledDouble(
          factor * doubleAt(x, xOffset, i), y, yOffset, matrix, offset + i * stride, columns);
    }
  }

  /**
   * C = A B over doubles, A of rows x inner, B of inner x columns; each entry is a sequential sum
   * over the inner index. C is overwritten and must not overlap A or B.
   */
  public static void multiply(int rows, int inner, int columns, MemorySegment a, long aOffset,
      long aStride, MemorySegment b, long bOffset, long bStride, MemorySegment c, long cOffset,
      long cStride) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < inner; k++) {
          sum = Math.fma(doubleAt(a, aOffset + i * aStride, k),
              doubleAt(b, bOffset + k * bStride, j), sum);
        }
        setDouble(c, cOffset + i * cStride, j, sum);
      }
    }
  }

  /**
   * A += X' X over doubles, the lower triangle only; each entry is a sequential sum over the rows
   * of X that starts from A's own value.
   *
   * @param n columns of X, rows and columns of A   @param rows rows of X
   */
  public static void symmetricRankK(int n, int rows, MemorySegment x, long xOffset, long xStride,
      MemorySegment matrix, long offset, long stride) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = doubleAt(matrix, offset + i * stride, j);
        for (int k = 0; k < rows; k++) {
          long row = xOffset + k * xStride;
          sum = Math.fma(doubleAt(x, row, i), doubleAt(x, row, j), sum);
        }
        setDouble(matrix, offset + i * stride, j, sum);
      }
    }
  }

  /**
   * A = L L' in place, the lower triangle only, by rows: L_ij = (A_ij - sum_k L_ik L_jk) / L_jj
   * with a sequential sum, so that row i depends on the rows before it alone.
   *
   * @return n, or the first row whose pivot was not positive (that row is then undefined)
   */
  public static int cholesky(int n, MemorySegment matrix, long offset, long stride) {
    for (int i = 0; i < n; i++) {
      long row = offset + i * stride;
      for (int j = 0; j <= i; j++) {
        long other = offset + j * stride;
        double sum = doubleAt(matrix, row, j);
        for (int k = 0; k < j; k++) {
          sum = Math.fma(-doubleAt(matrix, row, k), doubleAt(matrix, other, k), sum);
        }
        if (j < i) {
          setDouble(matrix, row, j, sum / doubleAt(matrix, other, j));
        } else if (sum > 0) {
          setDouble(matrix, row, i, Math.sqrt(sum));
        } else {
          return i;
        }
      }
    }
    return n;
  }

  /** x = inv(L) x in place, x of n doubles: each x_i takes the lane sum of L_ik x_k, k < i, off. */
  public static void solveLowerVector(
      int n, MemorySegment lower, long offset, long stride, MemorySegment x, long xOffset) {
    for (int i = 0; i < n; i++) {
      long row = offset + i * stride;
      setDouble(x, xOffset, i, (doubleAt(x, xOffset, i) - dotDouble(lower, row, x, xOffset, i))
          / doubleAt(lower, row, i));
    }
  }

  /** x = inv(L') x in place, x of n doubles; each x_i is a sequential sum over k downwards. */
  public static void solveLowerTransposedVector(
      int n, MemorySegment lower, long offset, long stride, MemorySegment x, long xOffset) {
    solveLowerTransposed(n, 1, lower, offset, stride, x, xOffset, 8);
  }

  /** X = inv(L) B in place of B, n x columns over doubles; sums run over k upwards. */
  public static void solveLower(int n, int columns, MemorySegment lower, long offset, long stride,
      MemorySegment b, long bOffset, long bStride) {
    for (int i = 0; i < n; i++) {
      double pivot = doubleAt(lower, offset + i * stride, i);
      for (int c = 0; c < columns; c++) {
        double sum = doubleAt(b, bOffset + i * bStride, c);
        for (int k = 0; k < i; k++) {
          sum = Math.fma(-doubleAt(lower, offset + i * stride, k),
              doubleAt(b, bOffset + k * bStride, c), sum);
        }
        setDouble(b, bOffset + i * bStride, c, sum / pivot);
      }
    }
  }

  /** X = inv(L') B in place of B, n x columns over doubles; sums run over k downwards. */
  public static void solveLowerTransposed(int n, int columns, MemorySegment lower, long offset,
      long stride, MemorySegment b, long bOffset, long bStride) {
    for (int i = n - 1; i >= 0; i--) {
      double pivot = doubleAt(lower, offset + i * stride, i);
      for (int c = 0; c < columns; c++) {
        double sum = doubleAt(b, bOffset + i * bStride, c);
        for (int k = n - 1; k > i; k--) {
          sum = Math.fma(-doubleAt(lower, offset + k * stride, i),
              doubleAt(b, bOffset + k * bStride, c), sum);
        }
        setDouble(b, bOffset + i * bStride, c, sum / pivot);
      }
    }
  }

  /** Halves to floats; both of n values. */
  public static void decodeHalves(
      MemorySegment stored, long storedOffset, MemorySegment x, long xOffset, int n) {
    for (int i = 0; i < n; i++) {
      setFloat(x, xOffset, i, Float.float16ToFloat(stored.get(JAVA_SHORT, storedOffset + 2L * i)));
    }
  }

  /** Floats to the nearest halves, ties to even. */
  public static void encodeHalves(
      MemorySegment x, long xOffset, MemorySegment stored, long storedOffset, int n) {
    for (int i = 0; i < n; i++) {
      stored.set(JAVA_SHORT, storedOffset + 2L * i, Float.floatToFloat16(floatAt(x, xOffset, i)));
    }
  }

  /**
   * Scaled bytes to floats: x_i = q_i s for the scale s of its group of {@value #GROUP}.
   *
   * @param groups how many groups; q is {@code groups} x 64 bytes, then come as many float scales
   */
  public static void decodeBytes(
      MemorySegment stored, long storedOffset, MemorySegment x, long xOffset, int groups) {
    for (int i = 0; i < groups * GROUP; i++) {
      float scale = floatAt(stored, storedOffset + (long) groups * GROUP, i / GROUP);
      setFloat(x, xOffset, i, stored.get(JAVA_BYTE, storedOffset + i) * scale);
    }
  }

  /** Floats to scaled bytes: s = max |x_i| / 127 in each group, q_i = x_i / s rounded to even. */
  public static void encodeBytes(
      MemorySegment x, long xOffset, MemorySegment stored, long storedOffset, int n) {
    int groups = (n + GROUP - 1) / GROUP;
    for (int group = 0; group < groups; group++) {
      float scale = largest(x, xOffset, group, n) / 127;
      setFloat(stored, storedOffset + (long) groups * GROUP, group, scale);
      for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
        stored.set(JAVA_BYTE, storedOffset + i, (byte) level(x, xOffset, i, n, scale, 127));
      }
    }
  }

  /**
   * Scaled nibbles to floats: x_i = (q_i - 8) s. Byte b of a group holds value b in its low half
   * and value b + 32 in its high half.
   *
   * @param groups how many groups; q is {@code groups} x 32 bytes, then come as many float scales
   */
  public static void decodeNibbles(
      MemorySegment stored, long storedOffset, MemorySegment x, long xOffset, int groups) {
    for (int i = 0; i < groups * GROUP; i++) {
      int group = i / GROUP;
      int within = i % GROUP;
      float scale = floatAt(stored, storedOffset + groups * GROUP / 2L, group);
      int both = stored.get(JAVA_BYTE, storedOffset + group * GROUP / 2L + within % (GROUP / 2));
      int nibble = within < GROUP / 2 ? both & 15 : (both >>> 4) & 15;
      setFloat(x, xOffset, i, (nibble - 8) * scale);
    }
  }

  /** Floats to scaled nibbles: s = max |x_i| / 7 in each group, q_i = 8 + x_i / s rounded. */
  public static void encodeNibbles(
      MemorySegment x, long xOffset, MemorySegment stored, long storedOffset, int n) {
    int groups = (n + GROUP - 1) / GROUP;
    for (int group = 0; group < groups; group++) {
      float scale = largest(x, xOffset, group, n) / 7;
      setFloat(stored, storedOffset + groups * GROUP / 2L, group, scale);
      for (int b = 0; b < GROUP / 2; b++) {
        int low = level(x, xOffset, group * GROUP + b, n, scale, 7);
        int high = level(x, xOffset, group * GROUP + b + GROUP / 2, n, scale, 7);
        stored.set(JAVA_BYTE, storedOffset + group * GROUP / 2L + b,
            (byte) (8 + low | 8 + high << 4));
      }
    }
  }

  /** x_i / s, rounded half to even and held within the levels; 0 beyond the row. */
  private static int level(
      MemorySegment x, long xOffset, int i, int n, float scale, int levels) {
    if (i >= n || scale == 0) {
      return 0;
    }
    float quotient = floatAt(x, xOffset, i) / scale;
    if (scale >= Float.MIN_NORMAL) { // so the quotient is within the levels, or an ulp beyond
      return Float.floatToRawIntBits(quotient + ROUNDER) - ROUNDER_BITS;
    }
    return (int) Math.clamp(Math.rint(quotient), -levels, levels);
  }

  /** The largest magnitude of a group; finite floats are in the order of their bits. */
  private static float largest(MemorySegment x, long xOffset, int group, int n) {
    int largest = 0;
    int end = Math.min(n, (group + 1) * GROUP);
    for (int i = group * GROUP; i < end; i++) {
      largest = Math.max(largest,
          Float.floatToRawIntBits(floatAt(x, xOffset, i)) & Integer.MAX_VALUE);
    }
    return Float.intBitsToFloat(largest);
  }

  /**
   * x = H x in place, H the Walsh-Hadamard matrix of order n in natural order, unscaled: for
   * h = 1, 2, 4 ... every pair (a, b) that is h apart becomes (a + b, a - b).
   *
   * @param n a power of two   Cost O(n log n).
   */
  public static void hadamard(MemorySegment x, long xOffset, int n) {
    for (int h = 1; h < n; h *= 2) {
      for (int i = 0; i < n; i++) {
        if ((i & h) == 0) {
          float a = floatAt(x, xOffset, i);
          float b = floatAt(x, xOffset, i + h);
          setFloat(x, xOffset, i, a + b);
          setFloat(x, xOffset, i + h, a - b);
        }
      }
    }
  }

  /**
   * In how many of {@value #PLANES} planes each of {@value #SKETCHES} sketches differs from one.
   *
   * @param planes plane p at {@code offset} + {@value #PLANE_BYTES} p: sketch i is bit i mod 64 of
   *     its long i / 64
   * @param query as many at {@code queryOffset}, each all ones or all zeros
   * @param counts the numbers in binary, overwritten: bit b of each as plane b, which is
   *     {@value #COUNT_BITS} planes at {@code countsOffset}
   */
  public static void countDiffering(MemorySegment planes, long offset, MemorySegment query,
      long queryOffset, MemorySegment counts, long countsOffset) {
    for (int i = 0; i < SKETCHES; i++) {
      int count = 0;
      for (int p = 0; p < PLANES; p++) {
        count += bit(planes, offset, p, i) ^ bit(query, queryOffset, p, i);
      }
      for (int b = 0; b < COUNT_BITS; b++) {
        long at = countsOffset + (long) PLANE_BYTES * b + 8L * (i / 64);
        long others = counts.get(JAVA_LONG, at) & ~(1L << i % 64);
        counts.set(JAVA_LONG, at, others | (long) (count >>> b & 1) << i % 64);
      }
    }
  }

  private static int bit(MemorySegment planes, long offset, int plane, int i) {
    long word = planes.get(JAVA_LONG, offset + (long) PLANE_BYTES * plane + 8L * (i / 64));
    return (int) (word >>> i % 64) & 1;
  }

  /** The first index whose float is NaN or infinite, n if there is none. */
  public static int firstNotFinite(MemorySegment x, long xOffset, int n) {
    for (int i = 0; i < n; i++) {
      if (!Float.isFinite(floatAt(x, xOffset, i))) {
        return i;
      }
    }
    return n;
  }

  /**
   * The index of the largest of x, n floats; the first of equals. What is not a number never wins,
   * but stays where it is the first.
   */
  public static int argmax(MemorySegment x, long xOffset, int n) {
    int best = 0;
    for (int i = 1; i < n; i++) {
      if (floatAt(x, xOffset, i) > floatAt(x, xOffset, best)) {
        best = i;
      }
    }
    return best;
  }

  /**
   * Context-aware logits: out = (1 + a) with - a without where with >= floor, else -infinity.
   *
   * @param out n floats, overwritten; may not overlap the others
   */
  public static void contrast(MemorySegment with, MemorySegment without, MemorySegment out, int n,
      float alpha, float floor) {
    for (int i = 0; i < n; i++) {
      float w = floatAt(with, 0, i);
      setFloat(out, 0, i, w < floor ? Float.NEGATIVE_INFINITY
          : (1 + alpha) * w - alpha * floatAt(without, 0, i));
    }
  }

  private static float floatAt(MemorySegment segment, long offset, int index) {
    return segment.get(JAVA_FLOAT, offset + 4L * index);
  }

  private static void setFloat(MemorySegment segment, long offset, int index, float value) {
    segment.set(JAVA_FLOAT, offset + 4L * index, value);
  }

  private static double doubleAt(MemorySegment segment, long offset, int index) {
    return segment.get(JAVA_DOUBLE, offset + 8L * index);
  }

  private static void setDouble(MemorySegment segment, long offset, int index, double value) {
    segment.set(JAVA_DOUBLE, offset + 8L * index, value);
  }
}
