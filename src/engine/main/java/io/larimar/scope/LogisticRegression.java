package io.larimar.scope;

import java.util.List;

/**
 * Logistic regression with a small ridge, by Newton's method.
 *
 * <p>Maximises sum of weight * ln p(label | x) - ridge / 2 |w|^2, where each class weighs as much
 * as the other. A few features only: each step solves a d x d system by Gaussian elimination.
 */
final class LogisticRegression {
  private static final double RIDGE = 1e-3;
  private static final int STEPS = 40;

  private LogisticRegression() {}

  /** The weights for rows of features (constant 1 included) and their labels. */
  static double[] fit(List<double[]> rows, List<Boolean> labels) {
    int d = rows.get(0).length;
    long positives = labels.stream().filter(l -> l).count();
    if (positives == 0 || positives == labels.size()) {
      throw new IllegalArgumentException(
          "both kinds of pairs are needed: positives=" + positives + " of " + labels.size());
    }
    double[] w = new double[d];
    for (int step = 0; step < STEPS; step++) {
      double[][] hessian = new double[d][d];
      double[] gradient = new double[d];
      for (int i = 0; i < d; i++) {
        hessian[i][i] = RIDGE;
        gradient[i] = -RIDGE * w[i];
      }
      for (int n = 0; n < rows.size(); n++) {
        double weight = 0.5 / (labels.get(n) ? positives : labels.size() - positives);
        accumulate(rows.get(n), labels.get(n), weight, w, hessian, gradient);
      }
      double[] delta = solve(hessian, gradient);
      double size = 0;
      for (int i = 0; i < d; i++) {
        w[i] += delta[i];
        size = Math.max(size, Math.abs(delta[i]));
      }
      if (size < 1e-9) {
        break;
      }
    }
    return w;
  }

  private static void accumulate(double[] x, boolean label, double weight, double[] w,
      double[][] hessian, double[] gradient) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += w[i] * x[i];
    }
    double p = 1 / (1 + Math.exp(-sum));
    double curvature = weight * p * (1 - p);
    double error = weight * ((label ? 1 : 0) - p);
    for (int i = 0; i < x.length; i++) {
      gradient[i] += error * x[i];
      for (int j = 0; j < x.length; j++) {
        hessian[i][j] += curvature * x[i] * x[j];
      }
    }
  }

  /** Gaussian elimination with pivots; a and b are overwritten. */
  private static double[] solve(double[][] a, double[] b) {
    int n = b.length;
    for (int c = 0; c < n; c++) {
      int pivot = c;
      for (int r = c + 1; r < n; r++) {
        if (Math.abs(a[r][c]) > Math.abs(a[pivot][c])) {
          pivot = r;
        }
      }
      double[] row = a[c];
      a[c] = a[pivot];
      a[pivot] = row;
      double value = b[c];
      b[c] = b[pivot];
      b[pivot] = value;
      for (int r = c + 1; r < n; r++) {
        double factor = a[r][c] / a[c][c];
        for (int k = c; k < n; k++) {
          a[r][k] -= factor * a[c][k];
        }
        b[r] -= factor * b[c];
      }
    }
    for (int c = n - 1; c >= 0; c--) {
      for (int k = c + 1; k < n; k++) {
        b[c] -= a[c][k] * b[k];
      }
      b[c] /= a[c][c];
    }
    return b;
  }
}
