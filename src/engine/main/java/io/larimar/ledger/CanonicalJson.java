package io.larimar.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Flat JSON objects in the canonical form of RFC 8785: sorted names, no white space, integers.
 *
 * <p>Values are {@link String}, {@link Long} (at most 2^53 in size) and lists of these. The form is
 * small enough that a JSON library would be the larger thing to trust: the ledger's hashes and
 * signatures are taken over these bytes. The reader accepts the canonical form only, so that two
 * different texts never mean the same.
 */
final class CanonicalJson {
  private static final long MAX_INTEGER = 1L << 53;
  private static final String HEX = "0123456789abcdef";

  private CanonicalJson() {}

  /** The canonical text of an object. */
  static String write(SortedMap<String, Object> object) {
    StringBuilder out = new StringBuilder(320);
    char separator = '{';
    for (var member : object.entrySet()) {
      out.append(separator);
      writeString(out, member.getKey());
      out.append(':');
      writeValue(out, member.getValue());
      separator = ',';
    }
    return (separator == '{' ? out.append('{') : out).append('}').toString();
  }

  /**
   * The object of a canonical text.
   *
   * @throws IllegalArgumentException where the text is anything else, with the place
   */
  static TreeMap<String, Object> read(String text) {
    TreeMap<String, Object> object = new Reader(text).object();
    if (!write(object).equals(text)) {
      throw new IllegalArgumentException("JSON is not in canonical form (RFC 8785)");
    }
    return object;
  }

  private static void writeValue(StringBuilder out, Object value) {
    switch (value) {
      case String text -> writeString(out, text);
      case Long number -> out.append(number.longValue());
      case List<?> list -> {
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
          if (i > 0) {
            out.append(',');
          }
          writeValue(out, list.get(i));
        }
        out.append(']');
      }
      default -> throw new AssertionError("no JSON for " + value.getClass());
    }
  }

  private static void writeString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** One pass over a text. */
  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    TreeMap<String, Object> object() {
      TreeMap<String, Object> object = new TreeMap<>();
      expect('{');
      if (peek() != '}') {
        do {
          String name = string();
          expect(':');
          Object value = peek() == '[' ? list() : scalar();
          if (object.put(name, value) != null) {
            throw bad("a name that stands twice");
          }
        } while (skip(','));
      }
      expect('}');
      if (at != text.length()) {
        throw bad("text after the object");
      }
      return object;
    }

    private List<Object> list() {
      List<Object> list = new ArrayList<>();
      expect('[');
      if (peek() != ']') {
        do {
          list.add(scalar());
        } while (skip(','));
      }
      expect(']');
      return List.copyOf(list);
    }

    private Object scalar() {
      return peek() == '"' ? string() : (Object) integer();
    }

    private Long integer() {
      int from = at;
      if (peek() == '-') {
        at++;
      }
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (at - from > 17) {
        throw bad("an integer that is too long");
      }
      try {
        long value = Long.parseLong(text, from, at, 10);
        if (Math.abs(value) > MAX_INTEGER) {
          throw bad("an integer beyond 2^53");
        }
        return value;
      } catch (NumberFormatException e) {
        throw bad("no integer");
      }
    }

    private String string() {
      expect('"');
      StringBuilder out = new StringBuilder();
      for (char c = next(); c != '"'; c = next()) {
        out.append(c == '\\' ? escaped() : c);
      }
      return out.toString();
    }

    private char escaped() {
      char c = next();
      return switch (c) {
        case '"', '\\' -> c;
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'u' -> {
          if (at + 4 > text.length()) {
            throw bad("a cut escape");
          }
          try {
            int unit = Integer.parseInt(text, at, at + 4, 16);
            at += 4;
            yield (char) unit;
          } catch (NumberFormatException e) {
            throw bad("a bad escape");
          }
        }
        default -> throw bad("a bad escape");
      };
    }

    private char peek() {
      if (at >= text.length()) {
        throw bad("an early end");
      }
      return text.charAt(at);
    }

    private char next() {
      char c = peek();
      at++;
      return c;
    }

    private boolean skip(char wanted) {
      if (peek() != wanted) {
        return false;
      }
      at++;
      return true;
    }

    private void expect(char wanted) {
      if (next() != wanted) {
        at--;
        throw bad("no '" + wanted + "'");
      }
    }

    private IllegalArgumentException bad(String what) {
      return new IllegalArgumentException("JSON has " + what + " at character " + at);
    }
  }
}
