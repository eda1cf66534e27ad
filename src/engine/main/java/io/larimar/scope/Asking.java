package io.larimar.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a prompt asks of one subject: the texts that are compared with what is stored of it, the
 * subject masked in each. A function of the prompt alone.
 *
 * @param windows the relation's text, and a last sentence that refers back ({@link RelationText})
 * @param parts where several things are asked at once ("the weight and the price of X"), each
 *     alone; else none
 * @param hops ways to read the prompt as two questions, one inside the other; none where nothing
 *     stands between the outer question and the subject
 * @param overview whether all that is known of the subject is asked for ("Tell me about X")
 */
record Asking(List<String> windows, List<String> parts, List<Hop> hops, boolean overview) {
  private static final int MAX_HOPS = 3;
  private static final int MAX_PARTS = 4;

  /** Words that may stand where a whole subject is asked for; the strong ones must. */
  private static final Set<String> OVERVIEW = Set.of(("tell me give us show list say please all"
      + " everything anything know known can could you what which do does is are the a an of on for"
      + " to i want would like need some more short brief there here product thing it").split(" "));
  private static final Set<String> OVERVIEW_STRONG = Set.of(("about describe overview summary"
      + " summarise summarize facts details information specifications specs data sheet introduce"
      + " profile").split(" "));
  private static final Pattern OVERVIEW_CJK = Pattern.compile(
      "(について|に関して|のこと|の(概要|仕様|特徴|情報|詳細))(を|は|が|で)?(知っていること|わかること)?(を)?"
          + "(すべて|全て|全部|詳しく|簡単に|何でも)?(教えて|説明して|紹介して|話して|まとめて|知りたい|何)?"
          + "(ください|下さい|くれますか|もらえますか|です|ですか|か)*[。？?！!]*");

  private static final Pattern LATIN_WORD = Pattern.compile("[\\p{IsLatin}0-9][\\p{IsLatin}0-9'’-]*");
  private static final Pattern CLAUSE = Pattern.compile(
      "(.*?),?\\s+and\\s+((?:how|what|which|who|whom|where|when|why|in what|at what|for how)\\b.*)",
      Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final Pattern AND = Pattern.compile("(,\\s*)?\\s(and|as well as)\\s");
  private static final Pattern ITEMS_CJK = Pattern.compile(
      "([\\p{IsHan}\\p{IsKatakana}ーA-Za-z0-9]+)"
          + "((?:(?:と|や|、|及び|および|ならびに)[\\p{IsHan}\\p{IsKatakana}ーA-Za-z0-9]+)+)");
  private static final Pattern PREPOSITION =
      Pattern.compile("\\b(?:of|in|by|at|from|for|on)\\s+", Pattern.CASE_INSENSITIVE);
  private static final Pattern WHOSE = Pattern.compile("(.*?)\\bwhose\\s+(.*)", Pattern.DOTALL);
  private static final Set<String> DETERMINERS = Set.of("the", "a", "an", "its", "their");

  /**
   * Two questions in one: "What is the capital of the country where X was born?"
   *
   * @param inner what is asked of the first subject ("the country where it was born")
   * @param head what stands before the second subject ("What is the capital of ")
   * @param tail what stands after it
   */
  record Hop(String inner, String head, String tail) {
    /** What is asked of the second subject. */
    String outer(boolean thing) {
      String mask = RelationText.isCjk(head + tail) ? "" : thing ? "the product" : "it";
      return (head + mask + tail).strip();
    }
  }

  /** A stretch of a prompt, in UTF-16 units. */
  record Span(int start, int end) {}

  /**
   * Reads a prompt.
   *
   * @param span where it names the subject, and others that stand beside it ("the A or the B")
   * @param others where it names further subjects, apart from that
   * @param thing whether the subject is a thing
   */
  static Asking of(String prompt, Span span, List<Span> others, boolean thing) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    int start = span.start;
    int end = span.end;
    for (Span other : others) {
      text.append(prompt, at, other.start);
      String mask = RelationText.isCjk(prompt) ? "" : "another";
      text.append(mask);
      int shift = mask.length() - (other.end - other.start);
      start += other.end <= span.start ? shift : 0;
      end += other.end <= span.start ? shift : 0;
      at = other.end;
    }
    text.append(prompt, at, prompt.length());
    String masked = text.toString();
    List<String> windows = RelationText.windows(masked, start, end, thing);
    String first = windows.get(0);
    return new Asking(windows, parts(first), hops(masked, start, end, thing), isOverview(first));
  }

  private static boolean isOverview(String text) {
    if (RelationText.isCjk(text)) {
      return OVERVIEW_CJK.matcher(text).matches();
    }
    boolean strong = false;
    for (String word : words(text)) {
      boolean key = OVERVIEW_STRONG.contains(word);
      strong |= key;
      if (!key && !OVERVIEW.contains(word)) {
        return false;
      }
    }
    return strong;
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    Matcher word = LATIN_WORD.matcher(text);
    while (word.find()) {
      words.add(word.group().toLowerCase(Locale.ROOT));
    }
    return words;
  }

  /** Each of the things that a text asks at once; none where it asks one. */
  static List<String> parts(String text) {
    if (RelationText.isCjk(text)) {
      return partsCjk(text);
    }
    Matcher clause = CLAUSE.matcher(text);
    if (clause.matches()) {
      return List.of(complete(clause.group(1), text), complete(clause.group(2), text));
    }
    Matcher and = AND.matcher(text);
    while (and.find()) {
      List<String> parts = items(text, and.start(), and.end());
      if (parts.size() > 1) {
        return parts;
      }
    }
    return List.of();
  }

  /** A clause that leaves the subject out gets it from the whole. */
  private static String complete(String clause, String whole) {
    for (String word : words(clause)) {
      if (word.equals("product") || RelationText.isPronoun(word)) {
        return clause.strip();
      }
    }
    String mask = whole.contains("product") ? "the product" : "it";
    return clause.strip().replaceAll("[?.!]+$", "") + " of " + mask;
  }

  /** The text with one item of the list around "and" at a time. */
  private static List<String> items(String text, int andStart, int andEnd) {
    int right = phraseEnd(text, andEnd);
    int left = phraseStart(text, andStart);
    if (right == andEnd || left == andStart) {
      return List.of();
    }
    List<String> items = new ArrayList<>(
        List.of(text.substring(left, andStart), text.substring(andEnd, right)));
    int start = left;
    while (items.size() < MAX_PARTS && text.substring(0, start).endsWith(", ")) {
      int earlier = phraseStart(text, start - 2);
      if (earlier == start - 2) {
        break;
      }
      items.add(0, text.substring(earlier, start - 2));
      start = earlier;
    }
    String before = text.substring(0, start);
    String after = text.substring(right);
    return items.stream().map(item -> (before + item + after).strip()).toList();
  }

  /** Where a determiner and the words of content before {@code end} begin. */
  private static int phraseStart(String text, int end) {
    List<int[]> words = new ArrayList<>();
    Matcher word = LATIN_WORD.matcher(text.substring(0, end));
    while (word.find()) {
      words.add(new int[] {word.start(), word.end()});
    }
    int start = end;
    int next = end;
    for (int i = words.size() - 1; i >= 0; i--) {
      String w = text.substring(words.get(i)[0], words.get(i)[1]).toLowerCase(Locale.ROOT);
      boolean adjacent = text.substring(words.get(i)[1], next).isBlank();
      boolean determiner = DETERMINERS.contains(w);
      if (!adjacent || start == end && determiner || !determiner && ends(w)) {
        return start;
      }
      start = words.get(i)[0];
      next = start;
      if (determiner) {
        return start;
      }
    }
    return start;
  }

  /** Where a determiner and the words of content from {@code start} on end. */
  private static int phraseEnd(String text, int start) {
    Matcher word = LATIN_WORD.matcher(text);
    int end = start;
    boolean content = false;
    for (boolean found = word.find(start); found; found = word.find()) {
      String w = word.group().toLowerCase(Locale.ROOT);
      boolean determiner = !content && DETERMINERS.contains(w);
      if (!text.substring(end, word.start()).isBlank() || !determiner && ends(w)) {
        break;
      }
      content |= !determiner;
      end = word.end();
    }
    return content ? end : start;
  }

  private static boolean ends(String word) {
    return RelationText.isGrammar(word) || word.equals("product");
  }

  private static List<String> partsCjk(String text) {
    Matcher list = ITEMS_CJK.matcher(text);
    if (!list.find()) {
      return List.of();
    }
    List<String> parts = new ArrayList<>();
    for (String item : list.group().split("と|や|、|及び|および|ならびに")) {
      if (parts.size() < MAX_PARTS) {
        parts.add(text.substring(0, list.start()) + item + text.substring(list.end()));
      }
    }
    return parts;
  }

  private static List<Hop> hops(String text, int start, int end, boolean thing) {
    String before = RelationText.head(text.substring(0, start), text.substring(end));
    String after = RelationText.firstSentence(text.substring(end));
    List<Hop> hops = new ArrayList<>();
    if (RelationText.isCjk(before) || RelationText.isCjk(after)) {
      for (int i = after.indexOf('の', 1); i > 0 && hops.size() < MAX_HOPS;
          i = after.indexOf('の', i + 1)) {
        hops.add(new Hop((before + after.substring(0, i)).strip(), "", after.substring(i)));
      }
      return hops;
    }
    String mask = thing ? "the product" : "it";
    boolean owns = text.substring(start, end).matches("(?s).*['\u2019][sS]");
    Matcher preposition = PREPOSITION.matcher(before);
    while (preposition.find() && hops.size() < MAX_HOPS) {
      String inner = before.substring(preposition.end());
      boolean says = words(inner).stream().anyMatch(w -> !RelationText.isGrammar(w))
          || owns && !words(after).isEmpty();
      if (says) {
        String bare = inner.replaceFirst("(?i)\\b(the|a|an)\\s+$", "");
        hops.add(new Hop((bare + mask + after).strip(), before.substring(0, preposition.end()),
            "?"));
      }
    }
    Matcher whose = WHOSE.matcher(after);
    if (whose.matches()) {
      hops.add(new Hop((before + mask + whose.group(1)).strip(), "", "'s " + whose.group(2)));
    }
    return hops;
  }
}
