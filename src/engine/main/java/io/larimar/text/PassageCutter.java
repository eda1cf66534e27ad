package io.larimar.text;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Cuts the text of paragraphs into passages: a sentence each, a long one at a clause.
 *
 * <p>A passage holds at most 280 UTF-16 units of Latin text or 100 of Japanese (its heading apart);
 * a sentence of fewer than 25 joins its neighbour of the same paragraph. Blanks are collapsed. Text
 * is cut at fixed fills of one buffer of {@link #CAPACITY} characters, so that the passages do not
 * depend on how the source came in.
 */
final class PassageCutter {
  static final int CAPACITY = 4096;
  /** 280 Latin characters, or 100 wide ones. */
  private static final int MAX_WEIGHT = 1400;
  private static final int LATIN_WEIGHT = 5;
  private static final int WIDE_WEIGHT = 14;
  private static final int SHORT_WEIGHT = 25 * LATIN_WEIGHT;
  /** What must follow a place before it is decided: a passage, closing marks and one word more. */
  private static final int LOOKAHEAD = 512;

  private final Outline outline;
  private final boolean bytes; // places are bytes of UTF-8; else UTF-16 units
  private final SentenceBorders borders = new SentenceBorders();
  private final Queue<Passage> ready = new ArrayDeque<>();
  private final char[] chars = new char[CAPACITY];
  private final long[] starts = new long[CAPACITY];
  private int length;
  private int pending; // passage [0, pending) is complete, but a short neighbour may join it

  PassageCutter(Outline outline, boolean bytes) {
    this.outline = outline;
    this.bytes = bytes;
  }

  /** The passages that are complete, in order; the caller takes them. */
  Queue<Passage> ready() {
    return ready;
  }

  /** Whether the paragraph has no words yet. */
  boolean isEmpty() {
    return length == 0;
  }

  /** A heading: closes those of its level and below, and stands over what follows. */
  void heading(int level, String text, long start, long end) {
    endParagraph();
    closeHeadings(level);
    String words = text.strip().replaceAll("\\s+", " ");
    if (!words.isEmpty()) {
      outline.open(level, words, start, end);
    }
  }

  /** Adds characters of a line to the paragraph. */
  void text(Line line, int from, int to) {
    for (int i = from; i < to; i++) {
      add(line.chars[i], line.starts[i]);
    }
  }

  /** Adds words that stand elsewhere in the source, such as a column's header. */
  void words(String words, long start) {
    for (int i = 0; i < words.length(); i++) {
      add(words.charAt(i), start);
    }
  }

  /** Adds one character; blanks of every kind become one. */
  void add(char c, long start) {
    if (c > ' ' && c < 0x7F) {
      append(c, start);
    } else if (c <= ' ' || c == 0x7F || c == 0xA0 || c >= 0x2000 && Character.isSpaceChar(c)) {
      if (length > 0 && chars[length - 1] != ' ' && chars[length - 1] != '\n') {
        append(' ', start);
      }
    } else {
      append(c, start);
    }
  }

  /** A new line of the source begins with {@code next}: a blank, but none between wide letters. */
  void joinLine(char next) {
    if (length > 0 && !(isWide(chars[length - 1]) && isWide(next))) {
      add(' ', starts[length - 1] + width(chars[length - 1]));
    }
  }

  /** A border within the paragraph: no sentence crosses it. */
  void hardBreak() {
    if (length > 0 && chars[length - 1] == ' ') {
      chars[length - 1] = '\n';
    } else if (length > 0 && chars[length - 1] != '\n') {
      append('\n', starts[length - 1] + width(chars[length - 1]));
    }
  }

  /** Nothing of the next text belongs to this one. */
  void endParagraph() {
    if (length > 0) {
      cut(true);
      emit();
      length = 0;
    }
  }

  /** The end: also closes the headings. */
  void endDocument() {
    endParagraph();
    closeHeadings(0);
  }

  static boolean isWide(char c) {
    return c >= 0x2E80 && c < 0xD800 && !(c >= 0xAC00 && c <= 0xD7AF) // Hangul has blanks
        || c >= 0xF900 && c <= 0xFAFF || c >= 0xFE30 && c <= 0xFE4F || c >= 0xFF01 && c <= 0xFFEF
        || c >= 0xD840 && c <= 0xD8BF; // ideographs beyond the first plane
  }

  private void closeHeadings(int level) {
    while (outline.hasOpen(level)) {
      outline.close(level).ifPresent(ready::add);
    }
  }

  private void append(char c, long start) {
    if (length == CAPACITY) {
      cut(false);
    }
    chars[length] = c;
    starts[length++] = start;
  }

  /** Cuts what is decided and moves the rest to the front. */
  private void cut(boolean end) {
    int from = pending;
    while (true) {
      while (from < length && (chars[from] == ' ' || chars[from] == '\n')) {
        from++;
      }
      if (from >= length || !end && from > length - LOOKAHEAD) {
        break;
      }
      int to = pieceEnd(from);
      if (pending > 0 && !joins(from, to)) {
        emit();
        from = moveToFront(from, to);
      } else {
        from = pending == 0 ? moveToFront(from, to) : to;
        pending = from;
      }
    }
  }

  /** Makes [from, to) the pending passage at the front; returns its end. */
  private int moveToFront(int from, int to) {
    System.arraycopy(chars, from, chars, 0, length - from);
    System.arraycopy(starts, from, starts, 0, length - from);
    length -= from;
    pending = to - from;
    return pending;
  }

  private boolean joins(int from, int to) {
    boolean isShort = weight(0, pending, SHORT_WEIGHT) < SHORT_WEIGHT
        || weight(from, to, SHORT_WEIGHT) < SHORT_WEIGHT;
    return isShort && weight(0, to, MAX_WEIGHT) <= MAX_WEIGHT;
  }

  private int weight(int from, int to, int enough) {
    int weight = 0;
    for (int i = from; i < to && weight <= enough; i++) {
      weight += weight(chars[i]);
    }
    return weight;
  }

  private static int weight(char c) {
    if (c < 0x2E80) {
      return LATIN_WEIGHT;
    }
    return Character.isSurrogate(c) ? WIDE_WEIGHT / 2 : WIDE_WEIGHT;
  }

  /** Where the sentence from {@code from} ends, or where it has to be cut. */
  private int pieceEnd(int from) {
    int weight = 0;
    for (int i = from; i < length; i++) {
      weight += weight(chars[i]);
      if (weight > MAX_WEIGHT) {
        return forcedCut(from, i);
      }
      int border = borders.after(chars, from, i, length);
      if (border > 0) {
        // Closing marks may stand beyond the limit: then the mark itself is the end.
        int end = chars[i] == '\n' ? i : border;
        return weight(from, end, MAX_WEIGHT) <= MAX_WEIGHT ? end : i + 1;
      }
    }
    return length;
  }

  /** A clause border before {@code limit}, else a blank, else the limit between two characters. */
  private int forcedCut(int from, int limit) {
    int least = from + (limit - from) / 3;
    for (int i = limit - 1; i > least; i--) {
      if (borders.endsClause(chars, i, length)) {
        return i + 1;
      }
    }
    for (int i = limit; i > from; i--) {
      if (chars[i] == ' ') {
        return i;
      }
    }
    int cut = limit;
    while (cut > least && (belongsToPrevious(chars[cut]) || chars[cut - 1] == 0x200D)) {
      cut--;
    }
    if (cut == least) { // nothing but marks: only a pair stays whole
      cut = Character.isLowSurrogate(chars[limit]) ? limit - 1 : limit;
    }
    return cut;
  }

  private static boolean belongsToPrevious(char c) {
    if (c < 0x300) {
      return false;
    }
    int type = Character.getType(c);
    return Character.isLowSurrogate(c) || c == 0x200D || type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK || type == Character.COMBINING_SPACING_MARK
        || c == 0xFF9E || c == 0xFF9F;
  }

  private void emit() {
    int end = pending;
    while (end > 0 && (chars[end - 1] == ' ' || chars[end - 1] == '\n')) {
      end--;
    }
    pending = 0;
    if (end == 0) {
      return;
    }
    String words = new String(chars, 0, end).replace('\n', ' ');
    long least = Long.MAX_VALUE; // a column's header has the place of its cell
    long most = 0;
    for (int i = 0; i < end; i++) {
      least = Math.min(least, starts[i]);
      most = Math.max(most, starts[i] + width(chars[i]));
    }
    ready.add(new Passage(
        outline.under(words), outline.heading(), least, (int) (most - least)));
  }

  private int width(char c) {
    if (!bytes || c < 0x80) {
      return 1;
    }
    return c < 0x800 ? 2 : Character.isSurrogate(c) ? 4 : 3;
  }
}
