package io.larimar.encoder;

import java.nio.charset.StandardCharsets;

/**
 * One thing that a text is found by: a term, or two neighbouring characters of a text without spaces.
 *
 * @param text its normalised form
 * @param weight how rare it is by itself, from 0 to 1
 * @param word whether it is a word of letters, which may bear an ending
 * @param name whether it is written like a name or a number: neither its text nor its weight tells
 * @param hash 64 bits that follow from the text
 */
public record Feature(String text, double weight, boolean word, boolean name, long hash) {
  private static final int STEM = 4; // letters that "open" and "opened" share at least
  private static final int ENDING = 3;

  Feature(String text, double weight, boolean word, boolean name) {
    this(text, weight, word, name, hash(text));
  }

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

  /** 64 bits of the stem, others than those of a word of the same letters. */
  public long stemHash() {
    return LexicalEncoder.mix(hash(stem()) + 1);
  }

  /** FNV-1a over UTF-8, every bit of which depends on every byte by the finaliser of SplitMix64. */
  private static long hash(String text) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
      }
      hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
    }
    return LexicalEncoder.mix(hash);
  }

  private static long hash(byte[] utf8) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : utf8) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return LexicalEncoder.mix(hash);
  }
}
