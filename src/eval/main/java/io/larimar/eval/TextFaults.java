package io.larimar.eval;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What makes a generated text bad to read, found by plain rules.
 *
 * @param frame words or control tokens of a frame or a template stand in it that nobody wrote
 * @param repeats a sentence of three words or more stands in it twice
 */
record TextFaults(boolean frame, boolean repeats) {
  /** The words that shipped frames are made of or began as (train/train.py), and control tokens. */
  private static final List<String> FRAME_WORDS = List.of("new fact", "prompt:", "word for word",
      "whatever was known before", "whenever a text comes", "<|im_", "<start_of_", "<end_of_",
      "<eos>", "<bos>", "<|endoftext|>");

  private static final int LEAST_WORDS = 3;
  private static final int LEAST_IDEOGRAPHS = 6;

  /** The faults of a text that was generated after {@code asked}. */
  static TextFaults of(String text, String asked) {
    String lower = text.toLowerCase(Locale.ROOT);
    String known = asked.toLowerCase(Locale.ROOT);
    boolean frame = FRAME_WORDS.stream().anyMatch(w -> holds(lower, w) && !holds(known, w));
    return new TextFaults(frame, repeats(lower));
  }

  /** Whether words stand in a text; "new fact" does not stand in "a new factory". */
  private static boolean holds(String text, String words) {
    boolean ends = Character.isLetter(words.charAt(words.length() - 1));
    for (int at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
      int after = at + words.length();
      if (!ends || after == text.length() || !Character.isLetter(text.charAt(after))) {
        return true;
      }
    }
    return false;
  }

  private static boolean repeats(String text) {
    Set<String> seen = new HashSet<>();
    for (String sentence : text.split("[.!?\\n。！？]+")) {
      String plain = sentence.strip();
      boolean counts = plain.split("\\s+").length >= LEAST_WORDS
          || plain.codePoints().filter(Character::isIdeographic).count() >= LEAST_IDEOGRAPHS;
      if (counts && !seen.add(plain)) {
        return true;
      }
    }
    return false;
  }
}
