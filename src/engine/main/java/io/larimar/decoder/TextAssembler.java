package io.larimar.decoder;

import io.larimar.bindings.Vocabulary;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns tokens into text that may be shown: whole characters only, and nothing of a stop text.
 *
 * <p>A vocabulary may split a character over tokens, and a stop text may begin in one token and end
 * in another; what is undecided is held back until it is decided. A token that is shown as it is
 * makes no garbage: its text is the vocabulary's own.
 */
final class TextAssembler {
  private static final int MAX_PIECE_BYTES = 1 << 12; // the longest tokens have some 250
  private static final int MAX_FIRST_CHARACTERS = 1 << 16;

  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
      .onMalformedInput(CodingErrorAction.REPLACE)
      .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final List<String> stops;
  private final StringBuilder text;
  private final ByteBuffer bytes = ByteBuffer.allocate(MAX_PIECE_BYTES);
  private final CharBuffer characters = CharBuffer.allocate(MAX_PIECE_BYTES);
  private int shown; // text[0, shown) was handed out
  private boolean stopped;

  /** @param tokens how many may come: room for them is made beforehand */
  TextAssembler(List<String> stops, int tokens) {
    this.stops = stops;
    this.text = new StringBuilder((int) Math.min(8L * tokens, MAX_FIRST_CHARACTERS));
  }

  /** Takes a token; returns what may be shown now, often nothing. */
  String append(int token, Vocabulary vocabulary) {
    String whole = vocabulary.text(token);
    boolean nothingHeld = bytes.position() == 0 && shown == text.length();
    if (nothingHeld && !whole.isEmpty()) {
      text.append(whole);
      return show(false, whole);
    }
    vocabulary.piece(token, bytes);
    decode();
    return show(false, "");
  }

  /** Gives what was held back; bytes of a character that the end cut off are dropped. */
  String finish() {
    return show(true, "");
  }

  /** Whether a stop text came up; the text ends before it. */
  boolean stopped() {
    return stopped;
  }

  /** The whole text so far, what is held back left out. */
  String text() {
    return text.substring(0, shown);
  }

  private void decode() {
    bytes.flip();
    decoder.decode(bytes, characters, false);
    bytes.compact(); // an unfinished character stays
    text.append(characters.flip());
    characters.clear();
  }

  /** @param whole what was appended, where nothing stood before it that is still to be shown */
  private String show(boolean all, String whole) {
    int limit = text.length();
    for (int i = 0; i < stops.size(); i++) {
      String stop = stops.get(i);
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
    boolean asItIs = !whole.isEmpty() && limit - shown == whole.length();
    String piece = asItIs ? whole : text.substring(shown, limit);
    shown = limit;
    return piece;
  }

  /** Length of the longest end of the text that some stop text begins with. */
  private int undecided() {
    int longest = 0;
    for (int i = 0; i < stops.size(); i++) {
      String stop = stops.get(i);
      for (int n = Math.min(stop.length() - 1, text.length() - shown); n > longest; n--) {
        if (endsWithStartOf(stop, n)) {
          longest = n;
        }
      }
    }
    return longest;
  }

  private boolean endsWithStartOf(String stop, int n) {
    int from = text.length() - n;
    for (int i = 0; i < n; i++) {
      if (text.charAt(from + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
