package io.larimar.eval;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fluency as ROME measures it: entropy of 2-grams and 3-grams of generated text, in bits, weighted
 * 2/3 and 4/3, times 100. Text that repeats itself has little of it.
 *
 * <p>Source: Meng et al. 2022, appendix "generation entropy" (after Zhang et al. 2018).
 */
final class Fluency {
  /** Words as NLTK's tokeniser splits plain prose: runs of letters and digits, or one sign. */
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+|[^\\s\\p{L}\\p{N}_]");

  private Fluency() {}

  /** 100 x mean(2/3 H_2, 4/3 H_3), H_n = -sum f log2 f over the n-grams' relative frequencies. */
  static double of(String text) {
    List<String> words = words(text);
    return 100 * (2.0 / 3 * entropy(words, 2) + 4.0 / 3 * entropy(words, 3)) / 2;
  }

  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      words.add(matcher.group());
    }
    return words;
  }

  static double entropy(List<String> words, int n) {
    Map<List<String>, Integer> counts = new HashMap<>();
    int total = words.size() - n + 1;
    for (int i = 0; i < total; i++) {
      counts.merge(words.subList(i, i + n), 1, Integer::sum);
    }
    double entropy = 0;
    for (int count : counts.values().stream().sorted().toList()) {
      double share = (double) count / total;
      entropy -= share * Math.log(share) / Math.log(2);
    }
    return entropy;
  }
}
