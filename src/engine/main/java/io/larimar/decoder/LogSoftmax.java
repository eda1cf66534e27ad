package io.larimar.decoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Normaliser of one row of logits: log softmax(l)[t] = l[t] - max - log sum exp(l - max).
 *
 * @param normaliser max + log sum exp(l - max)
 * @param argmax the likeliest token, the first of equals
 */
record LogSoftmax(double normaliser, int argmax) {
  /** Smallest log probability that is told, for tokens that a floor has shut out. */
  private static final double SHUT_OUT = -100;

  static LogSoftmax of(MemorySegment logits) {
    long count = logits.byteSize() / Float.BYTES;
    float max = Float.NEGATIVE_INFINITY;
    int argmax = 0;
    for (int i = 0; i < count; i++) {
      float value = logits.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      if (value > max) {
        max = value;
        argmax = i;
      }
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      float below = logits.getAtIndex(ValueLayout.JAVA_FLOAT, i) - max;
      // Below -40 a term adds less than 1e-17 of the largest: it cannot change a double sum of V.
      sum += below > -40 ? Math.exp(below) : 0;
    }
    return new LogSoftmax(max + Math.log(sum), argmax);
  }

  double of(MemorySegment logits, int token) {
    return Math.max(SHUT_OUT, logits.getAtIndex(ValueLayout.JAVA_FLOAT, token) - normaliser);
  }
}
