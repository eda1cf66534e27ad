package io.larimar.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a text says of a subject: the text with the subject replaced by a pronoun, cut to the
 * sentence that names it and what follows.
 *
 * <p>With the name gone, the similarity of two such texts measures the relation alone.
 */
final class RelationText {
  /** Longer texts keep their end, where the question stands. */
  private static final int MAX_LENGTH = 400;

  private static final Set<String> PRONOUNS = Set.of("it", "its", "they", "their", "them", "he",
      "his", "him", "she", "her", "this", "that", "these", "those", "one");

  private RelationText() {}

  /**
   * The windows of a text that may hold its relation: first the sentence of the subject up to the
   * end; then, where a later sentence refers back, that last sentence alone.
   *
   * @param start offset of the subject's first character
   * @param end offset after its last
   */
  static List<String> windows(String text, int start, int end) {
    String head = text.substring(lastBoundary(text, start), start);
    String tail = text.substring(end);
    String mask = mask(text, start, end);
    List<String> windows = new ArrayList<>(2);
    windows.add(clip(head + mask + tail));
    int last = lastBoundary(tail, tail.stripTrailing().length() - 1);
    if (last > 0 && refersBack(tail.substring(last))) {
      windows.add(clip(tail.substring(last)));
    }
    return windows;
  }

  private static String clip(String text) {
    String stripped = text.strip();
    return stripped.length() <= MAX_LENGTH ? stripped
        : stripped.substring(stripped.length() - MAX_LENGTH);
  }

  private static String mask(String text, int start, int end) {
    boolean japanese = start > 0 && isCjk(text.charAt(start - 1))
        || end < text.length() && isCjk(text.charAt(end));
    return japanese ? "\u305D\u308C" : "it";
  }

  /** Offset after the last end of a sentence that lies before {@code limit}. */
  private static int lastBoundary(String text, int limit) {
    for (int i = Math.min(limit, text.length()) - 1; i >= 0; i--) {
      char c = text.charAt(i);
      boolean full = c == '\n' || c == '\u3002' || c == '\uFF01' || c == '\uFF1F';
      boolean latin = (c == '.' || c == '!' || c == '?') && i + 1 < text.length()
          && Character.isWhitespace(text.charAt(i + 1));
      if (full || latin) {
        return i + 1;
      }
    }
    return 0;
  }

  private static boolean refersBack(String sentence) {
    if (sentence.chars().anyMatch(c -> isCjk((char) c))) {
      return true;
    }
    for (String word : sentence.toLowerCase(Locale.ROOT).split("[^a-z]+")) {
      if (PRONOUNS.contains(word)) {
        return true;
      }
    }
    return false;
  }

  static boolean isCjk(char c) {
    return switch (Character.UnicodeScript.of(c)) {
      case HAN, HIRAGANA, KATAKANA -> true;
      default -> c >= 0x3000 && c <= 0x303F;
    };
  }
}
