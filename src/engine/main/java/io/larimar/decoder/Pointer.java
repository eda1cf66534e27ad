package io.larimar.decoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * A pointer into the read-outs: as long as what was generated is the beginning of a fact's answer,
 * the logit of the answer's next token is raised by a bias.
 *
 * <p>l[t] = l_with[t] + bias for the t that the pointer stands on. A prefix says what the text is
 * about, and the decoder says in which words; of the answer's words the memory knows better. The
 * bias is bounded, so an answer that the decoder finds out of place stays unsaid: from odds of 1 to
 * 1,000 a bias of 4 makes 1 to 18. What follows an answer is no part of its last word. It costs no sequence and no time (a contrast costs a sequence).
 * Sources: See et al. 2017 (pointer-generator networks); Khandelwal et al. 2020 (kNN-LM).
 *
 * @param answers token ids of each answer, in the order of the read-outs; none for no pointer
 * @param bias added to a logit, in nats, 0 to {@value #MAX_BIAS}
 */
public record Pointer(List<int[]> answers, float bias) {
  /** The decoder's own logits. */
  public static final Pointer NONE = new Pointer(List.of(), 0);

  private static final float MAX_BIAS = 20;

  public Pointer {
    answers = List.copyOf(answers);
    if (!(bias >= 0 && bias <= MAX_BIAS)) {
      throw new IllegalArgumentException("bias must be in [0, " + MAX_BIAS + "]: bias=" + bias);
    }
  }

  /** Whether it never points, so that there is nothing to do. */
  boolean idle() {
    return bias == 0 || answers.isEmpty();
  }

  /** Raises the logits of what may come after the first {@code count} of these tokens. */
  void apply(MemorySegment logits, int[] generated, int count) {
    for (int i = 0; i < answers.size() && !idle(); i++) {
      int[] answer = answers.get(i);
      if (begins(answer, generated, count) && !pointedBefore(i, answer[count], generated, count)) {
        float logit = logits.getAtIndex(ValueLayout.JAVA_FLOAT, answer[count]);
        logits.setAtIndex(ValueLayout.JAVA_FLOAT, answer[count], logit + bias);
      }
    }
  }

  /** Whether the first {@code count} of these tokens are an answer, whole. */
  boolean said(int[] generated, int count) {
    for (int i = 0; i < answers.size() && !idle(); i++) {
      if (answers.get(i).length == count
          && Arrays.equals(answers.get(i), 0, count, generated, 0, count)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the answer goes on after these tokens. */
  private static boolean begins(int[] answer, int[] generated, int count) {
    return count < answer.length && Arrays.equals(answer, 0, count, generated, 0, count);
  }

  /** Whether an earlier answer has the same token next: two of them raise it once. */
  private boolean pointedBefore(int i, int token, int[] generated, int count) {
    for (int j = 0; j < i; j++) {
      if (begins(answers.get(j), generated, count) && answers.get(j)[count] == token) {
        return true;
      }
    }
    return false;
  }
}
