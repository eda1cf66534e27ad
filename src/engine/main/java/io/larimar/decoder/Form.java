package io.larimar.decoder;

/**
 * The form of an answer: which texts may come, and what is told of its tokens.
 *
 * @param grammar in llama.cpp's GBNF, its start symbol {@code root}; blank lets every text through
 * @param likeliest how many of the likeliest tokens are told in each place, with the chosen one;
 *     {@link #UNTOLD} for nothing at all
 */
public record Form(String grammar, int likeliest) {
  /** No probabilities are told. */
  public static final int UNTOLD = -1;

  /** Most tokens that are told in one place. */
  public static final int MAX_LIKELIEST = 20;

  /** Longest grammar, in characters. */
  public static final int MAX_GRAMMAR = 1 << 18;

  /** Any text, no probabilities. */
  public static final Form FREE = new Form("", UNTOLD);

  public Form {
    if (likeliest < UNTOLD || likeliest > MAX_LIKELIEST) {
      throw new IllegalArgumentException(
          "likeliest must be in [-1, " + MAX_LIKELIEST + "]: likeliest=" + likeliest);
    }
    if (grammar.length() > MAX_GRAMMAR) {
      throw new IllegalArgumentException("the grammar has " + grammar.length()
          + " characters, at most " + MAX_GRAMMAR + ": give a smaller schema");
    }
  }

  /** Whether probabilities are told. */
  public boolean tells() {
    return likeliest != UNTOLD;
  }
}
