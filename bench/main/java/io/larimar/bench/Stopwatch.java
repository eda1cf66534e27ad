package io.larimar.bench;

import java.util.Arrays;
import java.util.List;

/** Times several ways to do one thing in turns, so that all of them meet the same noise. */
final class Stopwatch {
  private static final long TURN_NANOS = 400_000; // far below a time slice

  private final int rounds;

  Stopwatch(int rounds) {
    this.rounds = rounds;
  }

  /**
   * The median nanoseconds of one run of each action.
   *
   * @return one figure an action; where the machine is busy compare them, not with other runs
   */
  double[] medians(List<Runnable> actions) {
    int[] repeats = new int[actions.size()];
    for (int i = 0; i < repeats.length; i++) {
      repeats[i] = warmUp(actions.get(i));
    }
    double[][] nanos = new double[actions.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < repeats.length; i++) {
        nanos[i][round] = time(actions.get(i), repeats[i]);
      }
    }
    double[] medians = new double[repeats.length];
    for (int i = 0; i < repeats.length; i++) {
      Arrays.sort(nanos[i]);
      medians[i] = nanos[i][rounds / 2];
    }
    return medians;
  }

  /** Lets the compiler settle; returns how many runs fill a turn. */
  private static int warmUp(Runnable action) {
    int repeats = 1;
    long until = System.nanoTime() + 1_500 * TURN_NANOS;
    while (System.nanoTime() < until) {
      double each = time(action, repeats);
      repeats = (int) Math.clamp(TURN_NANOS / Math.max(1, each), 1, 4_000_000);
    }
    return repeats;
  }

  private static double time(Runnable action, int repeats) {
    long start = System.nanoTime();
    for (int i = 0; i < repeats; i++) {
      action.run();
    }
    return (double) (System.nanoTime() - start) / repeats;
  }
}
