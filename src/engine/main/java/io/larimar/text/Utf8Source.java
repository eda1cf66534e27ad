package io.larimar.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Bytes to characters, one by one, each with the byte where it begins.
 *
 * <p>Holds one buffer of 64 KiB. Refuses binary content and bytes that are not UTF-8 at their exact
 * place. Form feeds count as ends of lines; the other control characters become blanks.
 */
final class Utf8Source implements AutoCloseable {
  static final int BUFFER_BYTES = 1 << 16;
  /** Of one buffer's bytes; text has next to none, a compressed file about a tenth. */
  private static final int MAX_CONTROLS = BUFFER_BYTES / 50;
  private static final int LEAST_CONTROLS = 8; // so that a short text may hold a few

  private final InputStream in;
  private final String name;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int limit;
  private long before; // bytes of the source before the buffer
  private long start; // of the last character
  private int low = -1; // the second half of a surrogate pair

  /** Looks at the first 64 KiB. */
  Utf8Source(InputStream in, String name) {
    this.in = in;
    this.name = name;
    fill();
    if (limit >= 3 && buffer[0] == (byte) 0xEF && buffer[1] == (byte) 0xBB
        && buffer[2] == (byte) 0xBF) {
      at = 3; // a byte order mark
    }
  }

  /** The next character, or -1 at the end. */
  int read() {
    if (low >= 0) {
      int second = low;
      low = -1;
      return second;
    }
    if (at == limit && !fill()) {
      start = before + at;
      return -1;
    }
    start = before + at;
    int first = buffer[at++];
    return first >= 0 ? first : multibyte(first & 0xFF);
  }

  /** The byte where the last character begins; for both halves of a pair the same. */
  long start() {
    return start;
  }

  /** How many bytes were turned into characters. */
  long bytesRead() {
    return before + at;
  }

  private int multibyte(int first) {
    int more = first >= 0xC2 && first <= 0xDF ? 1
        : first >= 0xE0 && first <= 0xEF ? 2
        : first >= 0xF0 && first <= 0xF4 ? 3 : 0;
    if (more == 0) {
      throw malformed(String.format("0x%02X", first));
    }
    int codePoint = first & (0x3F >> more);
    for (int i = 0; i < more; i++) {
      if (at == limit && !fill()) {
        throw malformed("the end cuts a character off");
      }
      int next = buffer[at++] & 0xFF;
      if ((next & 0xC0) != 0x80) {
        throw malformed(String.format("0x%02X in a character that 0x%02X begins", next, first));
      }
      codePoint = codePoint << 6 | next & 0x3F;
    }
    boolean overlong = codePoint < (more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000);
    if (overlong || codePoint > 0x10FFFF || codePoint >= 0xD800 && codePoint <= 0xDFFF) {
      throw malformed(String.format("no character has the code U+%04X so written", codePoint));
    }
    if (codePoint < 0x10000) {
      return codePoint;
    }
    low = Character.lowSurrogate(codePoint);
    return Character.highSurrogate(codePoint);
  }

  private TextException malformed(String what) {
    return new TextException(name, start, "not UTF-8 (" + what + ")",
        "convert it, for example with: iconv -f SHIFT_JIS -t UTF-8");
  }

  private boolean fill() {
    before += limit;
    at = 0;
    limit = 0;
    try {
      limit = in.readNBytes(buffer, 0, BUFFER_BYTES);
    } catch (IOException e) {
      TextException failed = new TextException(name, before, "cannot be read on: "
          + e.getMessage(), "see whether file and disk are still there, then read it again");
      failed.initCause(e);
      throw failed;
    }
    refuseBinary();
    return limit > 0;
  }

  private void refuseBinary() {
    int most = Math.max(LEAST_CONTROLS, (int) ((long) MAX_CONTROLS * limit / BUFFER_BYTES));
    int controls = 0;
    for (int i = 0; i < limit; i++) {
      byte b = buffer[i];
      if (b >= ' ' || b < 0) {
        continue;
      }
      boolean blank = b == '\n' || b == '\t' || b == '\r' || b == '\f';
      controls += blank ? 0 : 1;
      if (b == 0 || controls > most) {
        throw new TextException(name, before + i, "binary, not a text ("
            + (b == 0 ? "a NUL byte" : controls + " control characters") + ")",
            "read a text, Markdown or HTML file, or convert this one to UTF-8 text first");
      }
    }
  }

  /** Closes the stream and overwrites the buffer: what was read may be forgotten later. */
  @Override
  public void close() {
    Arrays.fill(buffer, (byte) 0);
    try {
      in.close();
    } catch (IOException e) {
      throw new TextException(name, "cannot be closed: " + e.getMessage(), "read it again");
    }
  }
}
