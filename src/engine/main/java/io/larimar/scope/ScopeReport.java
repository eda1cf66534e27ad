package io.larimar.scope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How well prompts are told apart.
 *
 * @param eer equal error rate: where as many positives are refused as negatives accepted, 0 to 1
 * @param f1 F1 of acceptance at the thresholds in use
 * @param falseAccept share of the negatives that are accepted
 * @param falseReject share of the positives that are refused
 * @param acceptedByKind for each kind of prompt the share that is accepted
 * @param countByKind for each kind of prompt how many there are
 * @param otherFact share of the negatives that fire on another stored fact, whose subject they
 *     name; not counted as accepted
 */
public record ScopeReport(double eer, double f1, double falseAccept, double falseReject,
    Map<String, Double> acceptedByKind, Map<String, Integer> countByKind, double otherFact) {

  /** One prompt's outcome. */
  record Outcome(boolean positive, String kind, double score, boolean accepted, boolean other) {}

  static ScopeReport of(List<Outcome> outcomes) {
    double truePositives = 0;
    double positives = 0;
    double accepted = 0;
    double others = 0;
    Map<String, Integer> counts = new TreeMap<>();
    Map<String, Integer> acceptedCounts = new TreeMap<>();
    for (Outcome o : outcomes) {
      positives += o.positive ? 1 : 0;
      accepted += o.accepted ? 1 : 0;
      truePositives += o.positive && o.accepted ? 1 : 0;
      others += !o.positive && o.other ? 1 : 0;
      counts.merge(o.kind, 1, Integer::sum);
      acceptedCounts.merge(o.kind, o.accepted ? 1 : 0, Integer::sum);
    }
    double negatives = outcomes.size() - positives;
    Map<String, Double> shares = new TreeMap<>();
    counts.forEach((kind, n) -> shares.put(kind, acceptedCounts.get(kind) / (double) n));
    double f1 = 2 * truePositives / Math.max(1, positives + accepted);
    return new ScopeReport(eer(outcomes), f1, (accepted - truePositives) / Math.max(1, negatives),
        (positives - truePositives) / Math.max(1, positives), shares, counts,
        others / Math.max(1, negatives));
  }

  /** Mean of the two error rates at the threshold where they are closest. */
  static double eer(List<Outcome> outcomes) {
    double[] positives = sorted(outcomes, true);
    double[] negatives = sorted(outcomes, false);
    double best = 1;
    double eer = 1;
    for (double[] scores : List.of(positives, negatives)) {
      for (double threshold : scores) {
        double refused = below(positives, threshold) / (double) Math.max(1, positives.length);
        double accepted = 1 - below(negatives, threshold) / (double) Math.max(1, negatives.length);
        if (Math.abs(refused - accepted) < best) {
          best = Math.abs(refused - accepted);
          eer = (refused + accepted) / 2;
        }
      }
    }
    return eer;
  }

  /** The greatest threshold that refuses at most this share of the positives. */
  static double thresholdRefusing(List<Outcome> outcomes, double share) {
    double[] positives = sorted(outcomes, true);
    if (positives.length == 0) {
      throw new IllegalArgumentException("no positive prompt to set a threshold by");
    }
    return positives[(int) Math.floor(share * positives.length)];
  }

  private static double[] sorted(List<Outcome> outcomes, boolean positive) {
    List<Double> scores = new ArrayList<>();
    for (Outcome o : outcomes) {
      if (o.positive == positive) {
        scores.add(o.score);
      }
    }
    double[] sorted = scores.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }

  /** How many of the sorted values are below x. */
  private static int below(double[] sorted, double x) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A few lines for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
        "EER %.2f %%, F1 %.4f, false accepts %.2f %%, false rejects %.2f %%, other stored fact"
            + " %.2f %%%n", 100 * eer, f1, 100 * falseAccept, 100 * falseReject, 100 * otherFact));
    acceptedByKind.forEach((kind, share) -> text.append(String.format(Locale.ROOT,
        "  %-24s accepted %6.2f %% of %d%n", kind, 100 * share, countByKind.get(kind))));
    return text.toString();
  }
}
