package io.larimar.text;

import java.util.Arrays;

/**
 * A line, or a piece of a long one: its characters, each with the place where it stands.
 *
 * <p>A piece ends at a blank after {@link #SOFT_LIMIT} characters, at the latest at
 * {@link #HARD_LIMIT}, so that a line of any length passes in bounded memory.
 */
final class Line {
  static final int SOFT_LIMIT = 4096;
  static final int HARD_LIMIT = 8192;

  char[] chars = new char[256];
  long[] starts = new long[256];
  int length;
  boolean first; // begins the line
  boolean last = true; // ends the line
  boolean afterFormFeed;

  /** Reads the next piece; false at the end of the source. */
  boolean read(Utf8Source source) {
    first = last;
    afterFormFeed = false;
    length = 0;
    last = true;
    int c = source.read();
    if (c < 0) {
      return false;
    }
    while (c >= 0 && c != '\n') {
      if (c == '\f') {
        afterFormFeed = true;
        return true;
      }
      add((char) c, source.start());
      if (length >= SOFT_LIMIT && (c == ' ' || length >= HARD_LIMIT)) {
        last = false;
        return true;
      }
      c = source.read();
    }
    if (length > 0 && chars[length - 1] == '\r') {
      length--;
    }
    return true;
  }

  void add(char c, long start) {
    if (length == chars.length) {
      chars = Arrays.copyOf(chars, 2 * length);
      starts = Arrays.copyOf(starts, 2 * length);
    }
    chars[length] = c;
    starts[length++] = start;
  }

  /** Overwrites this line with another. */
  void copy(Line other) {
    length = 0;
    for (int i = 0; i < other.length; i++) {
      add(other.chars[i], other.starts[i]);
    }
    first = other.first;
    last = other.last;
  }

  char at(int index) {
    return index >= 0 && index < length ? chars[index] : '\n';
  }

  /** The first index at or after {@code from} that is no blank; the length where there is none. */
  int skipBlanks(int from) {
    int at = from;
    while (at < length && Character.isWhitespace(chars[at])) {
      at++;
    }
    return at;
  }

  /** The end without trailing blanks, at least {@code from}. */
  int trimmedEnd(int from) {
    int end = length;
    while (end > from && Character.isWhitespace(chars[end - 1])) {
      end--;
    }
    return end;
  }

  /** How often {@code c} stands in a row at {@code from}. */
  int run(int from, char c) {
    int at = from;
    while (at < length && chars[at] == c) {
      at++;
    }
    return at - from;
  }

  String text(int from, int to) {
    return new String(chars, from, to - from);
  }
}
