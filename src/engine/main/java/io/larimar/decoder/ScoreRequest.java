package io.larimar.decoder;

import io.larimar.codec.SoftPrefix;
import java.util.List;

/**
 * Prompts whose continuations are to be scored, all behind one soft prefix.
 *
 * @param prefix rows before each prompt; {@link SoftPrefix#NONE} for the base model
 * @param contrast applied to each position's logits; {@link Contrast#NONE} for not at all
 * @param pointer what of the read-outs is raised; {@link Pointer#NONE} for nothing
 * @param items prompts with their answers
 */
public record ScoreRequest(
    SoftPrefix prefix, Contrast contrast, Pointer pointer, List<Item> items) {

  /** Without a pointer. */
  public ScoreRequest(SoftPrefix prefix, Contrast contrast, List<Item> items) {
    this(prefix, contrast, Pointer.NONE, items);
  }

  /**
   * One prompt and the answers to score after it.
   *
   * @param prompt token ids behind the prefix, at least one
   * @param bare token ids without prefix, for the contrast; may be empty without one
   * @param answers token ids of each answer, each at least one
   */
  public record Item(int[] prompt, int[] bare, List<int[]> answers) {
    public Item {
      answers = List.copyOf(answers);
      if (prompt.length == 0 || answers.isEmpty()
          || answers.stream().anyMatch(a -> a.length == 0)) {
        throw new IllegalArgumentException("prompt and answers must hold at least one token each");
      }
    }
  }

  /**
   * The score of one answer.
   *
   * @param nll mean over its tokens of -log softmax(logits)[token], in nats
   * @param argmaxShare share of its tokens that are the likeliest at their place, teacher-forced
   */
  public record Score(double nll, double argmaxShare) {}

  public ScoreRequest {
    items = List.copyOf(items);
    if (contrast.alpha() > 0 && prefix.isEmpty()) {
      throw new IllegalArgumentException("a contrast needs a prefix");
    }
  }
}
