package io.larimar.decoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * How likely a token was in its place, before temperature and grammar.
 *
 * @param token its id
 * @param logProbability natural logarithm
 * @param likeliest the likeliest tokens of the place, best first, without further ones of their own
 */
public record Likelihood(int token, double logProbability, List<Likelihood> likeliest) {

  /** Of a chosen token in V logits; cost O(V log count). */
  static Likelihood of(MemorySegment logits, int token, int count) {
    LogSoftmax softmax = LogSoftmax.of(logits);
    return new Likelihood(token, softmax.of(logits, token), first(logits, softmax, count));
  }

  private static List<Likelihood> first(MemorySegment logits, LogSoftmax softmax, int count) {
    Comparator<Integer> worstFirst = Comparator
        .<Integer>comparingDouble(id -> logits.getAtIndex(ValueLayout.JAVA_FLOAT, id))
        .thenComparing(Comparator.reverseOrder());
    PriorityQueue<Integer> best = new PriorityQueue<>(worstFirst);
    float least = Float.NEGATIVE_INFINITY;
    for (int id = 0; count > 0 && id < logits.byteSize() / Float.BYTES; id++) {
      if (best.size() == count && !(logits.getAtIndex(ValueLayout.JAVA_FLOAT, id) > least)) {
        continue;
      }
      best.add(id);
      if (best.size() > count) {
        best.remove();
      }
      least = logits.getAtIndex(ValueLayout.JAVA_FLOAT, best.element());
    }
    List<Likelihood> likeliest = new ArrayList<>();
    best.stream().sorted(worstFirst.reversed()).forEach(
        id -> likeliest.add(new Likelihood(id, softmax.of(logits, id), List.of())));
    return likeliest;
  }
}
