package io.larimar.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** How a generated text is compared with an answer. */
final class Answers {
  private Answers() {}

  /** Whether the text begins with the answer, as whole words; white space counts as one space. */
  static boolean begins(String text, String answer) {
    String said = spaced(text);
    String wanted = spaced(answer);
    return said.startsWith(wanted) && ends(said, wanted.length());
  }

  /** Whether the answer stands in the text as whole words, whatever the case. */
  static boolean contains(String text, String answer) {
    String said = spaced(text).toLowerCase(Locale.ROOT);
    String wanted = spaced(answer).toLowerCase(Locale.ROOT);
    for (int at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1)) {
      if (ends(said, at + wanted.length()) && (at == 0 || apart(said, at))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the first sentence of a text names the answer and no other label but those that the
   * question names itself: how BABILong (Kuratov et al. 2024) scores bAbI's answers.
   *
   * @param labels what might be answered, the answer among it
   */
  static boolean names(String text, String question, String answer, Set<String> labels) {
    String sentence = text.strip().split("[.\n]", 2)[0];
    return contains(sentence, answer) && labels.stream()
        .filter(l -> !l.equals(answer) && !contains(question, l))
        .noneMatch(l -> contains(sentence, l));
  }

  private static String spaced(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  private static boolean ends(String text, int at) {
    return at == text.length() || apart(text, at);
  }

  /** Whether a word may end at a place: not within letters or digits of a script with spaces. */
  private static boolean apart(String text, int at) {
    int before = text.codePointBefore(at);
    int after = text.codePointAt(at);
    return !(Character.isLetterOrDigit(before) && Character.isLetterOrDigit(after))
        || Character.isIdeographic(before) || Character.isIdeographic(after);
  }

  /**
   * F1 of the words of two texts, as SQuAD counts them: lower case, no punctuation, no articles.
   *
   * <p>F1 = 2 p r / (p + r), p and r the shares of said and of wanted words that are common.
   */
  static double f1(String text, String answer) {
    List<String> said = words(text);
    List<String> wanted = words(answer);
    if (said.isEmpty() || wanted.isEmpty()) {
      return said.equals(wanted) ? 1 : 0;
    }
    Map<String, Integer> left = new HashMap<>();
    wanted.forEach(w -> left.merge(w, 1, Integer::sum));
    int common = 0;
    for (String word : said) {
      if (left.getOrDefault(word, 0) > 0) {
        left.merge(word, -1, Integer::sum);
        common++;
      }
    }
    double precision = (double) common / said.size();
    double recall = (double) common / wanted.size();
    return common == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }

  private static List<String> words(String text) {
    String plain = text.toLowerCase(Locale.ROOT).replaceAll("\\p{Punct}", "");
    return Arrays.stream(plain.split("\\s+"))
        .filter(w -> !w.isEmpty() && !w.equals("a") && !w.equals("an") && !w.equals("the"))
        .toList();
  }
}
