package io.larimar.scope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Linear discriminant analysis: directions in which groups differ and their members do not.
 *
 * <p>With W the mean within-group covariance plus a ridge, W = L L', and B = M'M the covariance of
 * the R group means, the directions are the leading eigenvectors V of inv(L) B inv(L)', and A =
 * inv(L)' V. B has rank below R, so V comes from the R x R matrix of the whitened means. Source:
 * Fisher 1936; Hastie, Tibshirani and Friedman, section 4.3.
 */
final class Discriminant {
  private static final int MAX_SWEEPS = 60;

  private Discriminant() {}

  /**
   * Fits mean and directions.
   *
   * @param vectors n vectors of one width
   * @param groups for each vector its group, 0 to R - 1
   * @param dimensions d, cut to R - 1
   * @param ridge share of the mean variance that is added to each direction
   * @return mean (width) and A (width, d), row-major
   */
  static Fitted fit(List<float[]> vectors, int[] groups, int dimensions, double ridge) {
    int width = vectors.get(0).length;
    double[] mean = new double[width];
    vectors.forEach(v -> add(mean, v, 1.0 / vectors.size()));
    double[][] means = groupMeans(vectors, groups, width);
    double[][] factor = cholesky(within(vectors, groups, means, ridge));
    List<double[]> whitened = new ArrayList<>();
    int[] sizes = new int[means.length];
    Arrays.stream(groups).forEach(g -> sizes[g]++);
    for (int g = 0; g < means.length; g++) {
      if (sizes[g] > 0) {
        double[] centred = new double[width];
        for (int i = 0; i < width; i++) {
          centred[i] = means[g][i] - mean[i];
        }
        whitened.add(solveLower(factor, centred));
      }
    }
    double[][] directions = leading(whitened, Math.min(dimensions, whitened.size() - 1));
    float[] matrix = new float[width * directions.length];
    for (int j = 0; j < directions.length; j++) {
      double[] column = solveUpper(factor, directions[j]);
      for (int i = 0; i < width; i++) {
        matrix[i * directions.length + j] = (float) column[i];
      }
    }
    float[] centre = new float[width];
    for (int i = 0; i < width; i++) {
      centre[i] = (float) mean[i];
    }
    return new Fitted(centre, matrix);
  }

  record Fitted(float[] mean, float[] matrix) {}

  private static double[][] groupMeans(List<float[]> vectors, int[] groups, int width) {
    int count = Arrays.stream(groups).max().orElse(-1) + 1;
    double[][] means = new double[count][width];
    int[] sizes = new int[count];
    Arrays.stream(groups).forEach(g -> sizes[g]++);
    for (int n = 0; n < groups.length; n++) {
      add(means[groups[n]], vectors.get(n), 1.0 / sizes[groups[n]]);
    }
    return means;
  }

  private static double[][] within(List<float[]> vectors, int[] groups, double[][] means,
      double ridge) {
    int width = means[0].length;
    double[][] w = new double[width][width];
    double[] centred = new double[width];
    for (int n = 0; n < groups.length; n++) {
      float[] x = vectors.get(n);
      double[] m = means[groups[n]];
      for (int i = 0; i < width; i++) {
        centred[i] = x[i] - m[i];
      }
      for (int i = 0; i < width; i++) {
        double xi = centred[i];
        double[] row = w[i];
        for (int j = 0; j <= i; j++) {
          row[j] += xi * centred[j];
        }
      }
    }
    double scale = 1.0 / Math.max(1, groups.length - means.length);
    double trace = 0;
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        w[i][j] *= scale;
      }
      trace += w[i][i];
    }
    for (int i = 0; i < width; i++) {
      w[i][i] += ridge * trace / width + 1e-12;
    }
    return w;
  }

  /** In place on the lower triangle: W = L L'. */
  private static double[][] cholesky(double[][] w) {
    for (int j = 0; j < w.length; j++) {
      for (int i = j; i < w.length; i++) {
        double sum = w[i][j];
        for (int k = 0; k < j; k++) {
          sum -= w[i][k] * w[j][k];
        }
        if (i == j && sum <= 0) {
          throw new IllegalArgumentException("within-group covariance is singular at " + j
              + ": give a larger ridge");
        }
        w[i][j] = i == j ? Math.sqrt(sum) : sum / w[j][j];
      }
    }
    return w;
  }

  private static double[] solveLower(double[][] factor, double[] b) {
    double[] x = b.clone();
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < i; k++) {
        x[i] -= factor[i][k] * x[k];
      }
      x[i] /= factor[i][i];
    }
    return x;
  }

  private static double[] solveUpper(double[][] factor, double[] b) {
    double[] x = b.clone();
    for (int i = x.length - 1; i >= 0; i--) {
      for (int k = i + 1; k < x.length; k++) {
        x[i] -= factor[k][i] * x[k];
      }
      x[i] /= factor[i][i];
    }
    return x;
  }

  /** Leading right singular vectors of the rows, through the eigenvectors of their Gram matrix. */
  private static double[][] leading(List<double[]> rows, int count) {
    int r = rows.size();
    double[][] gram = new double[r][r];
    for (int i = 0; i < r; i++) {
      for (int j = 0; j < r; j++) {
        double sum = 0;
        for (int k = 0; k < rows.get(i).length; k++) {
          sum += rows.get(i)[k] * rows.get(j)[k];
        }
        gram[i][j] = sum;
      }
    }
    double[][] vectors = jacobi(gram);
    Integer[] order = new Integer[r];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble((Integer i) -> -gram[i][i]));
    double[][] directions = new double[count][rows.get(0).length];
    for (int c = 0; c < count; c++) {
      int e = order[c];
      double scale = 1 / Math.sqrt(Math.max(gram[e][e], 1e-12));
      for (int i = 0; i < r; i++) {
        double u = vectors[i][e] * scale;
        double[] row = rows.get(i);
        for (int k = 0; k < row.length; k++) {
          directions[c][k] += u * row[k];
        }
      }
    }
    return directions;
  }

  /**
   * Cyclic Jacobi: leaves the eigenvalues on the diagonal of a, returns eigenvectors as columns.
   */
  private static double[][] jacobi(double[][] a) {
    int n = a.length;
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a) > 1e-20 * diagonal(a); sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    return v;
  }

  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double c = 1 / Math.sqrt(t * t + 1);
    double s = t * c;
    for (int k = 0; k < a.length; k++) {
      double kp = a[k][p];
      double kq = a[k][q];
      a[k][p] = c * kp - s * kq;
      a[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < a.length; k++) {
      double pk = a[p][k];
      double qk = a[q][k];
      a[p][k] = c * pk - s * qk;
      a[q][k] = s * pk + c * qk;
      double vp = v[k][p];
      double vq = v[k][q];
      v[k][p] = c * vp - s * vq;
      v[k][q] = s * vp + c * vq;
    }
  }

  private static double offDiagonal(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < i; j++) {
        sum += a[i][j] * a[i][j];
      }
    }
    return sum;
  }

  private static double diagonal(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i][i] * a[i][i];
    }
    return sum;
  }

  private static void add(double[] to, float[] x, double scale) {
    for (int i = 0; i < to.length; i++) {
      to[i] += x[i] * scale;
    }
  }
}
