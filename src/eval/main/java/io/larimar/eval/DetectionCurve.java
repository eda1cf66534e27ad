package io.larimar.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How well one score tells positives from negatives, at every threshold. */
final class DetectionCurve {
  private record Point(double score, boolean positive) {}

  private final List<Point> points = new ArrayList<>();
  private int positives;

  void add(double score, boolean positive) {
    points.add(new Point(score, positive));
    positives += positive ? 1 : 0;
  }

  /**
   * Equal error rate and where it lies.
   *
   * @param rate the error rate where as many positives are rejected as negatives accepted
   * @param threshold a threshold there; a score of at least that much is accepted
   */
  record EqualError(double rate, double threshold) {}

  /** The equal error rate; between two thresholds the mean of both rates where they are nearest. */
  EqualError equalError() {
    int negatives = points.size() - positives;
    if (positives == 0 || negatives == 0) {
      throw new IllegalStateException(
          "both kinds are needed: positives=" + positives + ", negatives=" + negatives);
    }
    List<Point> sorted = points.stream()
        .sorted(Comparator.comparingDouble(Point::score)).toList();
    int rejectedPositives = 0;
    int rejectedNegatives = 0;
    double nearest = Double.POSITIVE_INFINITY;
    EqualError best = new EqualError(0.5, 0);
    for (int i = 0; i <= sorted.size(); i++) {
      boolean boundary = i == sorted.size() || i == 0
          || sorted.get(i).score() > sorted.get(i - 1).score();
      if (boundary) {
        double falseReject = (double) rejectedPositives / positives;
        double falseAccept = (double) (negatives - rejectedNegatives) / negatives;
        if (Math.abs(falseReject - falseAccept) < nearest) {
          nearest = Math.abs(falseReject - falseAccept);
          best = new EqualError((falseReject + falseAccept) / 2,
              i == sorted.size() ? Double.POSITIVE_INFINITY : sorted.get(i).score());
        }
      }
      if (i < sorted.size()) {
        rejectedPositives += sorted.get(i).positive() ? 1 : 0;
        rejectedNegatives += sorted.get(i).positive() ? 0 : 1;
      }
    }
    return best;
  }

  /** F1 of the positives at a threshold: 2 tp / (2 tp + fp + fn). */
  double f1(double threshold) {
    long hit = points.stream().filter(p -> p.positive() && p.score() >= threshold).count();
    long wrong = points.stream().filter(p -> !p.positive() && p.score() >= threshold).count();
    return 2.0 * hit / (positives + hit + wrong);
  }

  /**
   * Area under the curve: how often a positive scores above a negative, ties counting half (the
   * Mann-Whitney statistic over n1 n2).
   */
  double area() {
    List<Point> sorted = points.stream()
        .sorted(Comparator.comparingDouble(Point::score)).toList();
    double ranks = 0; // of the positives, from 1, a tie having the mean of its ranks
    for (int from = 0; from < sorted.size(); ) {
      int to = from;
      while (to < sorted.size() && sorted.get(to).score() == sorted.get(from).score()) {
        to++;
      }
      double rank = (from + 1 + to) / 2.0;
      ranks += rank * sorted.subList(from, to).stream().filter(Point::positive).count();
      from = to;
    }
    double n1 = positives;
    double n2 = points.size() - positives;
    return (ranks - n1 * (n1 + 1) / 2) / (n1 * n2);
  }

  /** Half the width of the area's 95 % interval (Hanley and McNeil 1982). */
  double areaHalfWidth() {
    double a = area();
    double n1 = positives;
    double n2 = points.size() - positives;
    double q1 = a / (2 - a) - a * a;
    double q2 = 2 * a * a / (1 + a) - a * a;
    return 1.96 * Math.sqrt((a * (1 - a) + (n1 - 1) * q1 + (n2 - 1) * q2) / (n1 * n2));
  }

  /** Share of the negatives that a threshold accepts. */
  double falseAccept(double threshold) {
    return share(false, threshold);
  }

  /** Share of the positives that a threshold rejects. */
  double falseReject(double threshold) {
    return 1 - share(true, threshold);
  }

  private double share(boolean positive, double threshold) {
    long accepted =
        points.stream().filter(p -> p.positive() == positive && p.score() >= threshold).count();
    return (double) accepted / (positive ? positives : points.size() - positives);
  }
}
