package io.larimar.encoder;

/**
 * One term of a text: a word, a number, a run of katakana, or one ideograph or hiragana.
 *
 * @param text the normalised form: NFKC, lower case, without accents, Latin possessive cut off
 * @param kind what it is made of
 * @param start offset of its first UTF-16 unit in the original text
 * @param end offset after its last unit, a possessive included
 * @param joined whether it follows the term before it with nothing or one hyphen between
 * @param capital whether the original begins with an upper-case letter
 * @param acronym whether it is two capitals or more and nothing else
 */
public record Term(String text, Kind kind, int start, int end, boolean joined, boolean capital,
    boolean acronym) {

  /** Whether a possessive was cut off. */
  public boolean possessive() {
    return (kind == Kind.WORD || kind == Kind.NUMBER) && end - start == text.length() + 2;
  }

  /** The scripts that are cut differently. */
  public enum Kind {
    /** Letters of a script that puts spaces between words. */
    WORD,
    /** Decimal digits. */
    NUMBER,
    /** A run of katakana: usually one word. */
    KATAKANA,
    /** One ideograph. */
    HAN,
    /** One hiragana: mostly grammar. */
    HIRAGANA;

    /** Whether terms of this kind are single characters of a text without spaces. */
    public boolean isCharacter() {
      return this == HAN || this == HIRAGANA;
    }
  }
}
