package io.larimar.bench;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/** The triad of McCalpin's STREAM, as a plain loop that the compiler turns into SIMD. */
final class Triad {
  private Triad() {}

  /** a = b + s c over n doubles. */
  static void run(MemorySegment a, MemorySegment b, MemorySegment c, double s, int n) {
    for (int i = 0; i < n; i++) {
      a.set(JAVA_DOUBLE, 8L * i,
          b.get(JAVA_DOUBLE, 8L * i) + s * c.get(JAVA_DOUBLE, 8L * i));
    }
  }
}
