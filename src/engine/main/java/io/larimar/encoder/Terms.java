package io.larimar.encoder;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts a text into {@link Term}s. A function of the text alone, without a dictionary.
 *
 * <p>"ZX-400", "ZX 400", "zx400" and full-width "ＺＸ－４００" all give {@code zx, 400}: a change between
 * letters and digits is a boundary.
 */
public final class Terms {
  /** The long vowel of katakana; Unicode counts it to no one script. */
  private static final int PROLONGED_SOUND_MARK = 0x30FC;

  private final String text;
  private final List<Term> terms = new ArrayList<>();
  private final StringBuilder run = new StringBuilder();
  private Term.Kind runKind = Term.Kind.WORD;
  private int runStart;
  private int runEnd;
  private boolean runCapital;
  private int lastEnd = -1;

  private Terms(String text) {
    this.text = text;
  }

  /** The terms of a text in order; empty for a text without letters or digits. */
  public static List<Term> of(String text) {
    Terms cutter = new Terms(text);
    cutter.cut();
    return List.copyOf(cutter.terms);
  }

  private void cut() {
    int at = 0;
    while (at < text.length()) {
      int end = clusterEnd(at);
      String normal = normalise(text.substring(at, end));
      boolean inWord = runKind == Term.Kind.WORD || runKind == Term.Kind.NUMBER;
      if (isApostrophe(normal) && !run.isEmpty() && inWord) {
        end = apostrophe(at, end);
      } else {
        append(normal, at, end);
      }
      at = end;
    }
    flush();
  }

  private void append(String normal, int start, int end) {
    int offset = 0;
    boolean added = false;
    while (offset < normal.length()) {
      int codePoint = normal.codePointAt(offset);
      offset += Character.charCount(codePoint);
      if (!isTermCharacter(codePoint)) {
        if (!added) {
          flush();
        }
        continue;
      }
      Term.Kind kind = kindOf(codePoint);
      if (!run.isEmpty() && (kind != runKind || kind.isCharacter())) {
        flush();
      }
      if (run.isEmpty()) {
        runKind = kind;
        runStart = start;
        runCapital = Character.isUpperCase(text.codePointAt(start));
      }
      run.appendCodePoint(codePoint);
      runEnd = end;
      added = true;
    }
  }

  /** Cuts "'s" off, keeps "o'brien" as two joined words; returns where to go on. */
  private int apostrophe(int start, int end) {
    boolean possessive = end < text.length()
        && (text.charAt(end) == 's' || text.charAt(end) == 'S')
        && (end + 1 == text.length() || !Character.isLetterOrDigit(text.codePointAt(end + 1)));
    if (possessive) {
      runEnd = end + 1;
      flush();
      return end + 1;
    }
    flush();
    lastEnd = start;
    return end;
  }

  private void flush() {
    if (run.isEmpty()) {
      return;
    }
    boolean joined = lastEnd >= 0 && (lastEnd == runStart || isJoint(lastEnd, runStart));
    boolean acronym = runCapital && run.length() > 1
        && text.substring(runStart, runEnd).codePoints().allMatch(Character::isUpperCase);
    terms.add(new Term(run.toString(), runKind, runStart, runEnd, joined, runCapital, acronym));
    lastEnd = runEnd;
    run.setLength(0);
  }

  private boolean isJoint(int from, int to) {
    if (text.codePointCount(from, to) != 1) {
      return false;
    }
    int codePoint = text.codePointAt(from);
    return Character.getType(codePoint) == Character.DASH_PUNCTUATION || codePoint == '_'
        || codePoint == '\'' || codePoint == '\u2019' || codePoint == '\u30FB';
  }

  /** A base character with the marks that follow it, so that half-width voiced kana compose. */
  private int clusterEnd(int start) {
    int end = start + Character.charCount(text.codePointAt(start));
    while (end < text.length()) {
      int next = text.codePointAt(end);
      boolean mark = Character.getType(next) == Character.NON_SPACING_MARK
          || next == 0xFF9E || next == 0xFF9F;
      if (!mark) {
        break;
      }
      end += Character.charCount(next);
    }
    return end;
  }

  private static String normalise(String cluster) {
    if (cluster.length() == 1 && cluster.charAt(0) < 128) {
      return cluster.toLowerCase(Locale.ROOT);
    }
    String composed = Normalizer.normalize(cluster, Normalizer.Form.NFKC);
    boolean accented = composed.codePoints().anyMatch(c -> switch (Character.UnicodeScript.of(c)) {
      case LATIN, GREEK, CYRILLIC -> true;
      default -> false;
    });
    if (accented) {
      composed = Normalizer.normalize(composed, Normalizer.Form.NFD);
      composed = composed.codePoints()
          .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();
    }
    return composed.toLowerCase(Locale.ROOT);
  }

  private static boolean isTermCharacter(int codePoint) {
    int type = Character.getType(codePoint);
    return Character.isLetterOrDigit(codePoint) || type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK;
  }

  private static Term.Kind kindOf(int codePoint) {
    if (Character.isDigit(codePoint)) {
      return Term.Kind.NUMBER;
    }
    if (codePoint == PROLONGED_SOUND_MARK) {
      return Term.Kind.KATAKANA;
    }
    return switch (Character.UnicodeScript.of(codePoint)) {
      case HAN -> Term.Kind.HAN;
      case HIRAGANA -> Term.Kind.HIRAGANA;
      case KATAKANA -> Term.Kind.KATAKANA;
      default -> Term.Kind.WORD;
    };
  }

  private static boolean isApostrophe(String cluster) {
    return cluster.equals("'") || cluster.equals("\u2019");
  }
}
