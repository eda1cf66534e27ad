package io.larimar.linalg;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

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

  /** The first index whose float is NaN or infinite, n if there is none. */
  public static int firstNotFinite(MemorySegment x, long xOffset, int n) {
    for (int i = 0; i < n; i++) {
      if (!Float.isFinite(floatAt(x, xOffset, i))) {
        return i;
      }
    }
    return n;
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
