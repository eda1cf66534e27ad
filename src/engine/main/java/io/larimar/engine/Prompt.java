package io.larimar.engine;

import io.larimar.bindings.Vocabulary.Turn;
import java.util.List;

/**
 * What a user asks: a text to be continued, or a conversation in the model's own template.
 *
 * @param turns the conversation; for a text to be continued, one user turn
 * @param chat whether the template is put around it
 */
public record Prompt(List<Turn> turns, boolean chat) {

  public Prompt {
    turns = List.copyOf(turns);
    if (turns.isEmpty() || turns.getLast().content().isBlank()) {
      throw new IllegalArgumentException("prompt must not be blank");
    }
  }

  /** A text that the model continues as it stands. */
  public static Prompt raw(String text) {
    return new Prompt(List.of(new Turn("user", text)), false);
  }

  /** A conversation; the last turn is the user's. */
  public static Prompt chat(List<Turn> turns) {
    return new Prompt(turns, true);
  }

  /** A question put as the user's only turn. */
  public static Prompt question(String text) {
    return chat(List.of(new Turn("user", text)));
  }

  /** A question if the text ends as one in English or Japanese, else a text to be continued. */
  public static Prompt guess(String text) {
    String end = text.strip();
    boolean question = end.endsWith("?") || end.endsWith("？") || end.endsWith("か。");
    return question ? question(text) : raw(text);
  }

  /** What the scope detector sees: the last turn alone. */
  public String lastTurn() {
    return turns.getLast().content();
  }
}
