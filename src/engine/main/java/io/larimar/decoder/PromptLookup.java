package io.larimar.decoder;

/**
 * Guesses what comes next from what stood before: the tokens that followed the last {@value #GRAM}
 * ones where these stood last in the prompt or the text so far. A guess costs no model; the decoder
 * keeps as much of it as it would have said itself (Saxena 2023, prompt lookup decoding).
 */
final class PromptLookup {
  private static final int GRAM = 3; // tokens that must match; of two, too many guesses are wrong

  private final int most;
  private final int[] tokens;
  private int count;
  private int from; // the guess is tokens[from, from + length)
  private int length;

  /**
   * @param most tokens of a guess; 0 guesses nothing
   * @param room tokens that may follow the prompt
   */
  PromptLookup(int most, int[] prompt, int room) {
    this.most = most;
    this.tokens = new int[most == 0 ? 0 : prompt.length + room];
    if (most > 0) {
      System.arraycopy(prompt, 0, tokens, 0, prompt.length);
      count = prompt.length;
    }
  }

  /** Takes a token of the text. */
  void add(int token) {
    if (most > 0) {
      tokens[count++] = token;
    }
  }

  /** Guesses at most so many tokens; how many. Cost O(count), nothing is allocated. */
  int guess(int limit) {
    length = 0;
    int wanted = Math.min(most, limit);
    if (wanted <= 0) {
      return 0;
    }
    for (int end = count - 1; end >= GRAM; end--) { // tokens[end - GRAM, end) against the last
      if (matches(end)) {
        from = end;
        length = Math.min(wanted, count - end);
        return length;
      }
    }
    return 0;
  }

  private boolean matches(int end) {
    for (int i = 1; i <= GRAM; i++) {
      if (tokens[end - i] != tokens[count - i]) {
        return false;
      }
    }
    return true;
  }

  /** Drops the guess. */
  void clear() {
    length = 0;
  }

  /** Tokens of the guess. */
  int length() {
    return length;
  }

  /** Its i-th token. */
  int token(int i) {
    return tokens[from + i];
  }
}
