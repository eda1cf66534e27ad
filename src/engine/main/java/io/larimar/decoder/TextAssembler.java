package io.larimar.decoder;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns token bytes into text that may be shown: whole characters only, and nothing of a stop text.
 *
 * <p>A vocabulary may split a character over tokens, and a stop text may begin in one token and end
 * in another; what is undecided is held back until it is decided.
 */
final class TextAssembler {
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
      .onMalformedInput(CodingErrorAction.REPLACE)
      .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final List<String> stops;
  private final StringBuilder text = new StringBuilder();
  private byte[] pending = new byte[0]; // bytes of an unfinished character
  private int shown; // text[0, shown) was handed out
  private boolean stopped;

  TextAssembler(List<String> stops) {
    this.stops = stops;
  }

  /** Takes a token's bytes; returns what may be shown now, often nothing. */
  String append(byte[] piece) {
    decode(piece);
    return show(false);
  }

  /** Gives what was held back; bytes of a character that the end cut off are dropped. */
  String finish() {
    return show(true);
  }

  /** Whether a stop text came up; the text ends before it. */
  boolean stopped() {
    return stopped;
  }

  /** The whole text so far, what is held back left out. */
  String text() {
    return text.substring(0, shown);
  }

  private void decode(byte[] piece) {
    ByteBuffer in = ByteBuffer.allocate(pending.length + piece.length).put(pending).put(piece);
    in.flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    decoder.decode(in, out, false);
    pending = new byte[in.remaining()];
    in.get(pending);
    text.append(out.flip());
  }

  private String show(boolean all) {
    int limit = text.length();
    for (String stop : stops) {
      int at = text.indexOf(stop, Math.max(0, shown - stop.length()));
      if (at >= 0) {
        stopped = true;
        limit = Math.min(limit, at);
      }
    }
    if (stopped) {
      text.setLength(limit);
    } else if (!all) {
      limit -= undecided();
    }
    limit = Math.max(limit, shown);
    String piece = text.substring(shown, limit);
    shown = limit;
    return piece;
  }

  /** Length of the longest end of the text that some stop text begins with. */
  private int undecided() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, text.length() - shown); n > longest; n--) {
        if (text.charAt(text.length() - n) == stop.charAt(0)
            && stop.startsWith(text.substring(text.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
