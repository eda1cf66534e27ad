package io.larimar.eval;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts the unrelated sentences that CounterFact's paraphrases begin with. */
final class Distraction {
  private static final Pattern SENTENCE_END = Pattern.compile("[.!?][\"')\\]]*\\s+|\\n");

  private Distraction() {}

  /** The prompt from the start of the last sentence that names the subject. */
  static String cut(String prompt, String subject) {
    int at = prompt.lastIndexOf(subject);
    int start = 0;
    Matcher ends = SENTENCE_END.matcher(prompt);
    while (ends.find() && ends.end() <= at) {
      start = ends.end();
    }
    return prompt.substring(start).strip();
  }
}
