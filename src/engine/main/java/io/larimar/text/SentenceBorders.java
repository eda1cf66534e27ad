package io.larimar.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where a sentence or a clause ends, in English and Japanese.
 *
 * <p>The JDK's BreakIterator knows no abbreviations and wants the whole paragraph as a string;
 * these rules look at the neighbourhood of one mark.
 */
public final class SentenceBorders {
  private static final Set<String> BEFORE_NAMES = Set.of("mr", "mrs", "ms", "dr", "prof", "sr",
      "st", "vs", "fig", "figs", "eq", "eqs", "vol", "vols", "pp", "ch", "sec", "ed", "eds", "al",
      "approx", "dept", "gen", "col", "lt", "sgt", "capt", "cmdr", "adm", "maj", "rev", "hon",
      "gov", "sen", "rep", "pres", "mt", "ft", "cf", "ca", "viz", "mme", "mlle", "resp");
  /** Abbreviations before numbers, words elsewhere: "No. 5", but "No. He left". */
  private static final Set<String> BEFORE_NUMBERS = Set.of("no", "nos", "p", "art", "max", "min",
      "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "par");
  private static final String CLOSING = "\"'\u201D\u2019)]}\u00BB\u300D\u300F\uFF09"
      + "\u3011\u3009\u300B\uFF3D\uFF5D";
  /** What goes on after a quotation in Japanese: he said "...". */
  private static final String GOES_ON = "\u3068\u306F\u304C\u3092\u306B\u306E\u3067\u3082\u3063"
      + "\u3001\u3002\uFF0C";
  private static final int MAX_CLOSING = 8;
  private static final int MAX_WORD = 16;

  SentenceBorders() {}

  /** The sentences of a text in their order, blanks between them left out; none of a blank text. */
  public static List<String> sentences(String text) {
    SentenceBorders borders = new SentenceBorders();
    char[] chars = text.toCharArray();
    List<String> sentences = new ArrayList<>();
    int from = 0;
    for (int at = 0; at <= chars.length; at++) {
      int end = at == chars.length ? at : borders.after(chars, from, at, chars.length);
      if (end >= 0) {
        String sentence = text.substring(from, end).strip();
        if (!sentence.isEmpty()) {
          sentences.add(sentence);
        }
        from = end;
        at = Math.max(at, end - 1);
      }
    }
    return sentences;
  }

  /** The end of the sentence whose mark stands at {@code at}, closing marks included; else -1. */
  int after(char[] text, int from, int at, int length) {
    char c = text[at];
    if (c > '?' && c < 0x2026) {
      return -1;
    }
    return switch (c) {
      case '\n' -> at + 1;
      case '.', '!', '?', '\u2026', '\u203C', '\u2047', '\u2048', '\u2049' ->
          latin(text, from, at, length);
      case '\u3002', '\uFF01', '\uFF1F', '\uFF61' -> japanese(text, at, length);
      default -> -1;
    };
  }

  /** Whether a clause ends with the character at {@code at}. */
  boolean endsClause(char[] text, int at, int length) {
    return switch (text[at]) {
      case '\u3001', '\uFF0C', '\uFF1B', '\uFF1A' -> true;
      case ';', ':', ',', '\u2013', '\u2014' -> at + 1 < length && text[at + 1] == ' ';
      case '-' -> at > 0 && text[at - 1] == ' ' && at + 1 < length && text[at + 1] == ' ';
      default -> false;
    };
  }

  private static boolean isMark(char c) {
    return c == '.' || c == '!' || c == '?' || c == '\u2026' || c == '\u3002' || c == '\uFF01'
        || c == '\uFF1F' || c == '\uFF61';
  }

  private static int japanese(char[] text, int at, int length) {
    int end = at + 1;
    while (end < length && end - at < MAX_CLOSING && isMark(text[end])) {
      end++;
    }
    int marks = end;
    end = closing(text, end, length);
    return end > marks && goesOn(text, end, length) ? -1 : end;
  }

  private static boolean goesOn(char[] text, int at, int length) {
    boolean yes = at + 1 < length && text[at] == '\u306F' && text[at + 1] == '\u3044'; // "hai"
    return at < length && !yes && GOES_ON.indexOf(text[at]) >= 0;
  }

  private static int closing(char[] text, int from, int length) {
    int end = from;
    while (end < length && end - from < MAX_CLOSING && CLOSING.indexOf(text[end]) >= 0) {
      end++;
    }
    return end;
  }

  private static int latin(char[] text, int from, int at, int length) {
    int end = at + 1;
    if (end < length && isMark(text[end])) {
      return -1; // the last mark decides
    }
    int marks = end;
    end = closing(text, end, length);
    if (end < length && text[end] != ' ' && text[end] != '\n') {
      boolean wide = at > from && PassageCutter.isWide(text[at - 1])
          && PassageCutter.isWide(text[end]);
      boolean quoted = end > marks && goesOn(text, end, length);
      return wide && !quoted ? end : -1;
    }
    end = detachedClosing(text, from, end, length);
    int next = end;
    while (next < length && (text[next] == ' ' || isOpening(text[next]))) {
      next++;
    }
    if (next >= length || text[end] == '\n') {
      return end;
    }
    if (Character.isLowerCase(text[next]) || isClauseMark(text[next])) {
      return -1;
    }
    return text[at] == '.' && end == marks && isAbbreviation(text, from, at, text[next])
        ? -1 : end;
  }

  /** Tokenised text has a blank before its closing quote or bracket: "he said . " He left". */
  private static int detachedClosing(char[] text, int from, int end, int length) {
    if (end + 1 >= length || end + 2 < length && text[end + 2] != ' ') {
      return end;
    }
    char mark = text[end + 1];
    if (mark == ')') {
      return end + 2;
    }
    if (mark != '"') {
      return end;
    }
    int quotes = 0;
    for (int i = from; i < end; i++) {
      quotes += text[i] == '"' ? 1 : 0;
    }
    return quotes % 2 == 1 ? end + 2 : end;
  }

  private static boolean isOpening(char c) {
    return c == '"' || c == '\'' || c == '(' || c == '[' || c == '\u201C' || c == '\u2018';
  }

  private static boolean isClauseMark(char c) {
    return c == ',' || c == ';' || c == ':';
  }

  private static boolean isAbbreviation(char[] text, int from, int dot, char next) {
    int start = dot;
    while (start > from && dot - start < MAX_WORD
        && (Character.isLetterOrDigit(text[start - 1]) || text[start - 1] == '.')) {
      start--;
    }
    int wordLength = dot - start;
    if (wordLength == 0) {
      return false;
    }
    boolean firstOfAll = start == from;
    if (wordLength == 1 && Character.isLetter(text[start])) {
      return firstOfAll || Character.isUpperCase(text[start]); // "J. R.", "a. First"
    }
    String word = new String(text, start, wordLength).toLowerCase(Locale.ROOT);
    if (firstOfAll && wordLength <= 3 && word.chars().allMatch(Character::isDigit)) {
      return true; // "1. Open the valve."
    }
    if (word.equals("a.m") || word.equals("p.m")) {
      return false;
    }
    boolean dotted = wordLength >= 3 && word.charAt(1) == '.'
        && Character.isLetter(word.charAt(0)) && Character.isLetter(word.charAt(wordLength - 1));
    return dotted || BEFORE_NAMES.contains(word)
        || Character.isDigit(next) && BEFORE_NUMBERS.contains(word);
  }
}
