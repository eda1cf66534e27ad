package io.larimar.text;

import java.io.Reader;
import java.util.Arrays;

/**
 * The characters of an HTML source, with an empty element put into every long text without tags.
 *
 * <p>jsoup hands elements on when they end; the put-in ones end at once, and what stands before
 * them can be taken out of the tree.
 */
final class HtmlText extends Reader {
  /** Characters without a tag after which an element is put in, at a blank. */
  static final int LONGEST = 1 << 14;
  private static final String BREAK = "<wbr>";

  private final Utf8Source source;
  private long sinceTag;
  private boolean inTag;
  private int putIn = BREAK.length(); // characters of BREAK that were handed on
  private long units; // handed on
  private final LongList breaks = new LongList();

  /** A growing list of places; one for every {@link #LONGEST} characters at most. */
  private static final class LongList {
    private long[] values = new long[8];
    private int size;

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    int countBelow(long bound) {
      int at = Arrays.binarySearch(values, 0, size, bound);
      return at < 0 ? -at - 1 : at;
    }
  }

  HtmlText(Utf8Source source) {
    this.source = source;
  }

  /** The place in the source of a place in what was handed on. */
  long original(int place) {
    // jsoup counts in ints; the low bits of a longer place are continued from what was read.
    long full = (units & ~0xFFFFFFFFL) | place & 0xFFFFFFFFL;
    full -= full > units ? 1L << 32 : 0;
    return Math.max(0, full - (long) BREAK.length() * breaks.countBelow(full));
  }

  @Override
  public int read(char[] into, int offset, int count) {
    int end = offset + count;
    int at = offset;
    while (at < end) {
      if (putIn < BREAK.length()) {
        into[at++] = BREAK.charAt(putIn++);
        units++;
        continue;
      }
      int c = source.read();
      if (c < 0) {
        break;
      }
      into[at++] = (char) c;
      units++;
      follow((char) c);
    }
    return at == offset && count > 0 ? -1 : at - offset;
  }

  private void follow(char c) {
    sinceTag++;
    if (c == '<') {
      inTag = true;
      sinceTag = 0;
    } else if (c == '>') {
      inTag = false;
      sinceTag = 0;
    } else if (!inTag && sinceTag >= LONGEST && (c == ' ' || sinceTag >= 4L * LONGEST)
        && !Character.isHighSurrogate(c)) {
      breaks.add(units);
      putIn = 0;
      sinceTag = 0;
    }
  }

  @Override
  public void close() {
    source.close();
  }
}
