package io.larimar.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text says of a subject: the text with the subject masked, cut to the sentence that names
 * the subject and what follows.
 *
 * <p>With the name gone, the similarity of two such texts measures the relation alone. A
 * distracting text before the sentence is cut off even where no full stop parts them
 * ("Category:Moths described in 1890 X is a member of"): what stands before the subject stays only
 * as far as a word of grammar connects it, or a question leads to it ("Who designed X?").
 */
final class RelationText {
  /** Longer texts keep their end, where the question stands. */
  private static final int MAX_LENGTH = 400;

  /**
   * English words of grammar: a closed class. One of them before a name ties it to its sentence.
   */
  private static final Set<String> GRAMMAR = Set.of(("of in by for to from at on with the a an is"
      + " was are were be been does do did has have had can could will would should must may might"
      + " shall about than as into over under through and or but if when where which that who whose"
      + " why how what my your our their its this these those near within like toward towards"
      + " around between after before since until during per via not").split(" "));

  private static final Set<String> PRONOUNS = Set.of("it", "its", "they", "their", "them", "he",
      "his", "him", "she", "her", "this", "that", "these", "those", "one");

  private static final Pattern SENTENCE_END =
      Pattern.compile("[.!?]+[\"'\u201D\u2019)\\]]*\\s+|\n|[\u3002\uFF01\uFF1F]");
  private static final Pattern WORD = Pattern.compile("[\\p{IsLatin}0-9]+");
  private static final Pattern ARTICLE =
      Pattern.compile("\\b(the|a|an|this|that|each|one|new)\\s+$", Pattern.CASE_INSENSITIVE);
  private static final Pattern CONNECTOR = Pattern.compile(
      "\\s*(,|and|or|than|versus|vs\\.?|&|/|と|や|か|、|または|および|及び|\\s)*"
          + "\\s*(of |for |in )?(the |a |an )?\\s*", Pattern.CASE_INSENSITIVE);
  private static final Pattern ASKS = Pattern.compile(
      "\\b(who|whom|whose|what|which|how)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern BEGINS_ASKING = Pattern.compile(
      "\\s*((in|on|at|by|for|from|of|to|with|over|under|after|and|so)\\s+)?" + ASKS + ".*",
      Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern CAPITALISED = Pattern.compile("\\b[A-Z][a-z]*\\b");

  private RelationText() {}

  /** Whether a word is grammar and says nothing of a relation. */
  static boolean isGrammar(String word) {
    return GRAMMAR.contains(word) || PRONOUNS.contains(word);
  }

  /** Whether nothing stands between two names but what joins them ("the A or the B", "AとB"). */
  static boolean isConnector(String between) {
    return CONNECTOR.matcher(between).matches();
  }

  /** Whether a word stands for a subject that was named before. */
  static boolean isPronoun(String word) {
    return PRONOUNS.contains(word);
  }

  /**
   * The windows of a text that may hold its relation: first the sentence of the subject up to the
   * end; then, where a later sentence refers back, that last sentence alone, unless it begins the
   * answer to a question before it ("What is the twin town of X? It is").
   *
   * @param start offset of the subject's first character
   * @param end offset after its last
   * @param thing whether to call it "the product" and not "it", for {@link ThingRelation}
   */
  static List<String> windows(String text, int start, int end, boolean thing) {
    boolean article = ARTICLE.matcher(text.substring(0, start)).find();
    String mask = !thing ? mask(text, start, end) : article ? "product" : "the product";
    String tail = text.substring(end);
    List<String> windows = new ArrayList<>(2);
    windows.add(clip(head(text.substring(0, start), tail) + mask + tail));
    int last = lastSentence(tail.stripTrailing());
    boolean own = last > 0 && refersBack(tail.substring(last))
        && !answers(tail.substring(0, last), tail.substring(last));
    if (own) {
      windows.add(clip(tail.substring(last)));
    }
    return windows;
  }

  private static boolean answers(String before, String sentence) {
    return isQuestion(before) && !isQuestion(sentence);
  }

  private static boolean isQuestion(String text) {
    String end = text.stripTrailing();
    return end.endsWith("?") || end.endsWith("\uFF1F");
  }

  /** Whether a text is to be read as one in ideographs and kana. */
  static boolean isCjk(String text) {
    return text.codePoints().anyMatch(RelationText::isCjk);
  }

  /**
   * What belongs to the subject's sentence of the text before it.
   *
   * @param before the text up to the subject
   * @param after the text behind it
   */
  static String head(String before, String after) {
    String sentence = before.substring(lastSentence(before));
    if (isCjk(sentence)) {
      return sentence;
    }
    int grammar = -1;
    Matcher capital = CAPITALISED.matcher(sentence);
    while (capital.find()) {
      // A capitalised word of grammar begins a sentence.
      if (GRAMMAR.contains(capital.group().toLowerCase(Locale.ROOT))) {
        grammar = capital.start();
      }
    }
    String clause = grammar > 0 ? sentence.substring(grammar) : sentence;
    return isConnected(clause) || asks(clause, after) ? clause : "";
  }

  /**
   * Whether a clause is the beginning of a question whose object the subject is: its words are all
   * that tells "Who designed X?" from "Who owns X?". A question word further on, also behind the
   * subject ("The hall X is by whom?"), counts only where a question mark ends the sentence, as
   * others have relative clauses.
   */
  private static boolean asks(String clause, String after) {
    String rest = firstSentence(after);
    return BEGINS_ASKING.matcher(clause).matches()
        || rest.endsWith("?") && (ASKS.matcher(clause).find() || ASKS.matcher(rest).find());
  }

  private static boolean isConnected(String clause) {
    String stripped = clause.stripTrailing();
    if (stripped.isEmpty() || ",:(\"'".indexOf(stripped.charAt(stripped.length() - 1)) >= 0) {
      return true;
    }
    Matcher word = WORD.matcher(stripped);
    int end = -1;
    String last = "";
    while (word.find()) {
      last = word.group();
      end = word.end();
    }
    return end == stripped.length() && GRAMMAR.contains(last.toLowerCase(Locale.ROOT));
  }

  private static String clip(String text) {
    String stripped = text.strip();
    return stripped.length() <= MAX_LENGTH ? stripped
        : stripped.substring(stripped.length() - MAX_LENGTH);
  }

  /** A pronoun; nothing in Japanese, where the topic may be left out. */
  private static String mask(String text, int start, int end) {
    return isCjk(text.substring(0, start)) || isCjk(text.substring(end)) ? "" : "it";
  }

  /** A text up to the end of its first sentence. */
  static String firstSentence(String text) {
    Matcher end = SENTENCE_END.matcher(text);
    return end.find() ? text.substring(0, end.end()).stripTrailing() : text;
  }

  /** Offset where the last sentence begins. */
  private static int lastSentence(String text) {
    int begin = 0;
    Matcher end = SENTENCE_END.matcher(text);
    while (end.find()) {
      if (end.end() < text.length() || Character.isWhitespace(text.charAt(text.length() - 1))) {
        begin = end.end();
      }
    }
    return begin;
  }

  private static boolean refersBack(String sentence) {
    if (isCjk(sentence)) {
      return true;
    }
    for (String word : sentence.toLowerCase(Locale.ROOT).split("[^a-z]+")) {
      if (PRONOUNS.contains(word)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isCjk(int codePoint) {
    return switch (Character.UnicodeScript.of(codePoint)) {
      case HAN, HIRAGANA, KATAKANA -> true;
      default -> false;
    };
  }
}
