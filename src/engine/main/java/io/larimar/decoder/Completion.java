package io.larimar.decoder;

/**
 * What a request generated.
 *
 * @param text the generated text, stop texts and control tokens left out
 * @param tokens the generated token ids, the one that ended it left out
 * @param finish why it ended
 * @param prefixPositions rows of the soft prefix
 * @param promptTokens tokens of the prompt
 * @param keptPositions positions of prefix and prompt that were not decoded but kept from before
 * @param firstTokenNanos from submission to the first token, 0 where there was none
 * @param totalNanos from submission to the end
 */
public record Completion(
    String text,
    int[] tokens,
    Finish finish,
    int prefixPositions,
    int promptTokens,
    int keptPositions,
    long firstTokenNanos,
    long totalNanos) {

  /** Why a generation ended. */
  public enum Finish {
    /** The model ended it. */
    END,
    /** A stop text came up. */
    STOP,
    /** maxTokens or the context's length was reached. */
    LENGTH,
    /** The caller closed the stream. */
    CANCELLED,
    /** The request's deadline passed, while it waited or while it ran; what was said is kept. */
    DEADLINE
  }
}
