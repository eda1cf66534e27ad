package io.larimar.encoder;

/**
 * One thing that a text is found by: a term, or two neighbouring characters of a text without spaces.
 *
 * @param text its normalised form
 * @param weight how rare it is by itself, from 0 to 1
 * @param word whether it is a word of letters, which may bear an ending
 * @param name whether it is written like a name or a number: neither its text nor its weight tells
 */
public record Feature(String text, double weight, boolean word, boolean name) {
  private static final int STEM = 4; // letters that "open" and "opened" share at least
  private static final int ENDING = 3;

  /** Letters by which a word with another ending is looked for; the whole of any other feature. */
  public String stem() {
    return word && text.length() > STEM ? text.substring(0, STEM) : text;
  }

  /** Whether two features are one word but for its ending: "open", "opened". */
  public boolean matches(Feature other) {
    if (text.equals(other.text)) {
      return true;
    }
    int shorter = Math.min(text.length(), other.text.length());
    int longer = Math.max(text.length(), other.text.length());
    int shared = Math.max(STEM, longer - ENDING);
    return word && other.word && shorter >= shared
        && text.regionMatches(0, other.text, 0, shared);
  }

  /** 64 bits, every one of which depends on every byte of the text (FNV-1a, then SplitMix64). */
  public static long hash(String text) {
    return LexicalEncoder.seed(text);
  }
}
