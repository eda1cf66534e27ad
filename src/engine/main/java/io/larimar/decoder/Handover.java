package io.larimar.decoder;

import java.util.List;
import java.util.Locale;

/**
 * When a generation leaves its soft prefix: from then on the base model goes on with the bare
 * prompt and with what was generated, so that the text after an answer is the model's own.
 *
 * <p>A frame is learned to say its facts; kept for a whole text it says them again and again
 * (docs/decisions/0015).
 *
 * @param answers texts that must all have been said, whatever the case; none for no handover
 * @param most tokens after which the prefix is left even where they were not said; above 0
 */
public record Handover(List<String> answers, int most) {
  /** The prefix stays to the end. */
  public static final Handover NONE = new Handover(List.of(), Integer.MAX_VALUE);

  public Handover {
    answers = answers.stream().map(Handover::plain).toList();
    if (answers.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("an answer must not be blank: " + answers);
    }
    if (most <= 0) {
      throw new IllegalArgumentException("most must be positive: most=" + most);
    }
  }

  private static String plain(String text) {
    return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
  }

  /** Whether the prefix is ever left. */
  public boolean happens() {
    return !answers.isEmpty();
  }

  /** Whether it is left now, after {@code count} tokens that give this text. */
  boolean due(String text, int count) {
    return happens() && (count >= most || answers.stream().allMatch(plain(text)::contains));
  }
}
