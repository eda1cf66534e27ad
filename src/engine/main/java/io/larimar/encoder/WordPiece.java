package io.larimar.encoder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * BERT's WordPiece tokenizer, read from a Hugging Face {@code tokenizer.json}.
 *
 * <p>Text is cleaned of control characters, CJK ideographs are set apart by spaces, letters are
 * lower-cased and lose their accents where the file says so, words are split at white space and
 * punctuation, and each word is cut greedily into the longest pieces of the vocabulary; a word with
 * no such cut is {@code [UNK]}. Immutable and thread-safe; a sentence of ten words costs about five
 * microseconds.
 *
 * <p>Source: Devlin et al. 2019, reference implementation; agreement with the Rust tokenizer is
 * tested.
 */
public final class WordPiece {
  /** Longer words are unknown at once, as in the reference implementation. */
  private static final int MAX_WORD_LENGTH = 100;

  private static final Pattern LOWER_CASE =
      Pattern.compile("\"lowercase\"\\s*:\\s*(true|false)");

  private final Map<String, Integer> ids;
  private final boolean lowerCase;
  private final int classify;
  private final int separate;
  private final int unknown;

  private WordPiece(Map<String, Integer> ids, boolean lowerCase) {
    this.ids = ids;
    this.lowerCase = lowerCase;
    this.classify = special("[CLS]");
    this.separate = special("[SEP]");
    this.unknown = special("[UNK]");
  }

  /**
   * Reads the vocabulary of a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException where the file has no WordPiece vocabulary
   */
  public static WordPiece read(InputStream tokenizerJson) throws IOException {
    String json = new String(tokenizerJson.readAllBytes(), StandardCharsets.UTF_8);
    Matcher setting = LOWER_CASE.matcher(json);
    boolean cased = setting.find() && setting.group(1).equals("false");
    return new WordPiece(VocabularyJson.parse(json), !cased);
  }

  /** Token ids of {@code [CLS] text [SEP]}, cut to at most {@code maxTokens} ids in all. */
  public int[] encode(CharSequence text, int maxTokens) {
    if (maxTokens < 3) {
      throw new IllegalArgumentException("maxTokens must be at least 3: " + maxTokens);
    }
    int[] tokens = new int[Math.min(maxTokens, text.length() * 3 + 2)];
    tokens[0] = classify;
    int count = pieces(clean(text), tokens, tokens.length - 1);
    tokens[count] = separate;
    return Arrays.copyOf(tokens, count + 1);
  }

  /** The id of a whole piece, if the vocabulary has it. */
  public OptionalInt id(String piece) {
    Integer id = ids.get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Number of pieces in the vocabulary. */
  public int size() {
    return ids.size();
  }

  private int special(String piece) {
    return id(piece).orElseThrow(
        () -> new IllegalArgumentException("tokenizer vocabulary has no " + piece));
  }

  /** Writes the pieces of normalised text from index 1 on; returns the index after the last. */
  private int pieces(String text, int[] tokens, int limit) {
    int count = 1;
    int start = 0;
    while (start < text.length() && count < limit) {
      int codePoint = text.codePointAt(start);
      if (isSpace(codePoint)) {
        start += Character.charCount(codePoint);
        continue;
      }
      int end = start + Character.charCount(codePoint);
      if (!isPunctuation(codePoint)) {
        end = wordEnd(text, end);
      }
      count = wordPieces(text.substring(start, end), tokens, count, limit);
      start = end;
    }
    return count;
  }

  private static int wordEnd(String text, int from) {
    int end = from;
    while (end < text.length()) {
      int next = text.codePointAt(end);
      if (isSpace(next) || isPunctuation(next)) {
        break;
      }
      end += Character.charCount(next);
    }
    return end;
  }

  /** Greedy longest match first; a word that cannot be cut is one unknown token. */
  private int wordPieces(String word, int[] tokens, int count, int limit) {
    int next = count;
    int start = word.codePointCount(0, word.length()) > MAX_WORD_LENGTH ? -1 : 0;
    while (start >= 0 && start < word.length()) {
      int end = word.length();
      Integer id = null;
      while (end > start) {
        String piece = word.substring(start, end);
        id = ids.get(start == 0 ? piece : "##" + piece);
        if (id != null) {
          break;
        }
        end = word.offsetByCodePoints(end, -1);
      }
      if (id == null) {
        start = -1;
        break;
      }
      if (next < limit) {
        tokens[next] = id;
      }
      next++;
      start = end;
    }
    if (start < 0) {
      tokens[count] = unknown;
      return count + 1;
    }
    return Math.min(next, limit);
  }

  private String clean(CharSequence text) {
    StringBuilder cleaned = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> {
      if (c == 0 || c == 0xFFFD || isControl(c)) {
        return;
      }
      if (isIdeograph(c)) {
        cleaned.append(' ').appendCodePoint(c).append(' ');
      } else if (isSpace(c)) {
        cleaned.append(' ');
      } else {
        cleaned.appendCodePoint(c);
      }
    });
    if (!lowerCase) {
      return cleaned.toString();
    }
    String decomposed = Normalizer.normalize(cleaned, Normalizer.Form.NFD);
    StringBuilder folded = new StringBuilder(decomposed.length());
    decomposed.codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .forEach(c -> appendLowerCase(folded, c));
    return folded.toString();
  }

  /** Lower-cases one code point without context: a final sigma stays a sigma. */
  private static void appendLowerCase(StringBuilder to, int codePoint) {
    if (codePoint == 0x130) {
      to.append("i\u0307");
    } else {
      to.appendCodePoint(Character.toLowerCase(codePoint));
    }
  }

  private static boolean isControl(int c) {
    if (c == '\t' || c == '\n' || c == '\r') {
      return false;
    }
    int type = Character.getType(c);
    return type == Character.CONTROL || type == Character.FORMAT || type == Character.PRIVATE_USE
        || type == Character.UNASSIGNED || type == Character.SURROGATE;
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c)
        || c == 0x85;
  }

  private static boolean isPunctuation(int c) {
    if (c >= 33 && c <= 47 || c >= 58 && c <= 64 || c >= 91 && c <= 96 || c >= 123 && c <= 126) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION, Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION -> true;
      default -> false;
    };
  }

  /** The CJK ideograph blocks of the reference implementation; kana and hangul are words. */
  private static boolean isIdeograph(int c) {
    return c >= 0x4E00 && c <= 0x9FFF || c >= 0x3400 && c <= 0x4DBF || c >= 0x20000 && c <= 0x2A6DF
        || c >= 0x2A700 && c <= 0x2B73F || c >= 0x2B740 && c <= 0x2B81F
        || c >= 0x2B920 && c <= 0x2CEAF || c >= 0xF900 && c <= 0xFAFF
        || c >= 0x2F800 && c <= 0x2FA1F;
  }

  /**
   * The one object of a tokenizer file that is needed: {@code "vocab": {"piece": id, ...}}. Half a
   * million characters, read from an array and without a call for each, as a start reads them in a
   * JVM that is still cold.
   */
  private static final class VocabularyJson {
    private final char[] json;
    private int at;

    private VocabularyJson(char[] json, int at) {
      this.json = json;
      this.at = at;
    }

    static Map<String, Integer> parse(String json) {
      int key = json.indexOf("\"vocab\"");
      int open = key < 0 ? -1 : json.indexOf('{', key);
      if (open < 0) {
        throw new IllegalArgumentException("tokenizer file has no \"vocab\" object");
      }
      VocabularyJson vocabulary = new VocabularyJson(json.toCharArray(), open + 1);
      try {
        return vocabulary.entries();
      } catch (IndexOutOfBoundsException e) { // it ends early
        throw vocabulary.malformed();
      }
    }

    private Map<String, Integer> entries() {
      Map<String, Integer> ids = new HashMap<>(65_536);
      while (next() != '}') {
        if (json[at] == ',') {
          at++;
          continue;
        }
        String piece = string();
        if (next() != ':') {
          throw malformed();
        }
        at++;
        ids.put(piece, integer());
      }
      return ids;
    }

    private char next() {
      while (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t') {
        at++;
      }
      return json[at];
    }

    private int integer() {
      next();
      int start = at;
      int value = 0;
      while (json[at] >= '0' && json[at] <= '9') {
        value = 10 * value + json[at++] - '0';
      }
      if (at == start) {
        throw malformed();
      }
      return value;
    }

    private String string() {
      if (json[at++] != '"') {
        throw malformed();
      }
      int start = at;
      while (json[at] != '"' && json[at] != '\\') {
        at++;
      }
      if (json[at] == '"') {
        return new String(json, start, at++ - start);
      }
      StringBuilder text = new StringBuilder().append(json, start, at - start);
      while (json[at] != '"') {
        char c = json[at++];
        text.append(c == '\\' ? escape() : c);
      }
      at++;
      return text.toString();
    }

    private char escape() {
      char c = json[at++];
      if (c == 'u') {
        at += 4;
        return (char) Integer.parseInt(new String(json, at - 4, 4), 16);
      }
      return switch (c) {
        case 'n' -> '\n';
        case 't' -> '\t';
        case 'r' -> '\r';
        case 'b' -> '\b';
        case 'f' -> '\f';
        default -> c;
      };
    }

    private IllegalArgumentException malformed() {
      return new IllegalArgumentException("tokenizer vocabulary is malformed at character " + at);
    }
  }
}
