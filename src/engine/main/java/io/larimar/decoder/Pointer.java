package io.larimar.decoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A pointer into a read-out: as long as what was generated is the beginning of the fact's answer,
 * the logit of the answer's next token is raised by a bias.
 *
 * <p>l[t] = l_with[t] + bias for the t that the pointer stands on. A prefix says what the text is
 * about, and the decoder says in which words; of the answer's words the memory knows better. The
 * bias is bounded, so an answer that the decoder finds out of place stays unsaid: from odds of 1 to
 * 1,000 a bias of 4 makes 1 to 18. What follows an answer is no part of its last word. It costs no
 * sequence and no time (a contrast costs a sequence). Sources: See et al. 2017 (pointer-generator
 * networks); Khandelwal et al. 2020 (kNN-LM).
 *
 * @param answer token ids; none for no pointer
 * @param bias added to a logit, in nats, 0 to {@value #MAX_BIAS}
 */
public record Pointer(int[] answer, float bias) {
  /** The decoder's own logits. */
  public static final Pointer NONE = new Pointer(new int[0], 0);

  private static final float MAX_BIAS = 20;

  public Pointer {
    if (!(bias >= 0 && bias <= MAX_BIAS)) {
      throw new IllegalArgumentException("bias must be in [0, " + MAX_BIAS + "]: bias=" + bias);
    }
  }

  /** Raises the logit of what comes after the first {@code count} of these tokens in the answer. */
  void apply(MemorySegment logits, int[] generated, int count) {
    if (bias > 0 && count < answer.length && begins(generated, count)) {
      float logit = logits.getAtIndex(ValueLayout.JAVA_FLOAT, answer[count]);
      logits.setAtIndex(ValueLayout.JAVA_FLOAT, answer[count], logit + bias);
    }
  }

  /** Whether the first {@code count} of these tokens are the answer, whole. */
  boolean said(int[] generated, int count) {
    return bias > 0 && count > 0 && count == answer.length && begins(generated, count);
  }

  private boolean begins(int[] generated, int count) {
    return Arrays.equals(answer, 0, count, generated, 0, count);
  }
}
