package io.larimar.text;

import org.jsoup.parser.Parser;

/**
 * What stands within a line of Markdown: emphasis, code, links, tags, entities and comments.
 *
 * <p>Works on one line (or piece) at a time; comments, links and strong emphasis may go on in the
 * next.
 */
final class MarkdownInline {
  private static final int MAX_ENTITY = 12;

  /** Where the characters go that are text. */
  private interface Sink {
    void add(char c, long start);
  }

  private final PassageCutter cutter;
  private final Sink toCutter;
  private Sink sink;
  private boolean inComment;
  private boolean openLink; // "[" without "]" on its line
  private boolean openEmphasis; // "**" without its end on its line

  MarkdownInline(PassageCutter cutter) {
    this.cutter = cutter;
    this.toCutter = cutter::add;
    this.sink = toCutter;
  }

  /** Adds the text of a line to the paragraph. */
  void text(Line line, int from, int to) {
    strip(line, from, to);
  }

  /** The text of a heading or a column's header. */
  String stripped(Line line, int from, int to) {
    StringBuilder text = new StringBuilder();
    sink = (c, start) -> text.append(c);
    strip(line, from, to);
    sink = toCutter;
    return text.toString();
  }

  void endParagraph() {
    openLink = false;
    openEmphasis = false;
  }

  /** Takes comments out of the line; one may begin in an earlier line. */
  void dropComments(Line line) {
    int kept = 0;
    int at = 0;
    while (at < line.length) {
      if (inComment) {
        boolean end = line.at(at) == '-' && line.at(at + 1) == '-' && line.at(at + 2) == '>';
        inComment = !end;
        at += end ? 3 : 1;
        continue;
      }
      if (line.at(at) == '<' && line.at(at + 1) == '!' && line.at(at + 2) == '-'
          && line.at(at + 3) == '-') {
        inComment = true;
        at += 4;
        continue;
      }
      int end = line.at(at) == '`' ? Math.max(at + 1, codeEnd(line, at, line.length)) : at + 1;
      for (; at < end; at++, kept++) {
        line.chars[kept] = line.chars[at];
        line.starts[kept] = line.starts[at];
      }
    }
    line.length = kept;
  }

  private void strip(Line line, int from, int to) {
    int at = from;
    while (at < to) {
      char c = line.chars[at];
      at = switch (c) {
        case '\\' -> escape(line, at, to);
        case '`' -> code(line, at, to);
        case '!' -> at + 1 < to && line.at(at + 1) == '['
            && labelEnd(line, at + 1, to) > 0 ? at + 1 : literal(line, at);
        case '[' -> link(line, at, to);
        case ']' -> linkEnd(line, at, to);
        case '<' -> tag(line, at, to);
        case '&' -> entity(line, at, to);
        case '*', '_', '~' -> emphasis(line, at, from, to);
        default -> literal(line, at);
      };
    }
  }

  private int literal(Line line, int at) {
    sink.add(line.chars[at], line.starts[at]);
    return at + 1;
  }

  private int escape(Line line, int at, int to) {
    if (at + 1 == to) {
      return to; // a hard line break
    }
    char next = line.chars[at + 1];
    boolean punctuation = next > ' ' && next < 0x7F && !Character.isLetterOrDigit(next);
    return literal(line, punctuation ? at + 1 : at);
  }

  /** After the closing backquotes; -1 where there are none. */
  private static int codeEnd(Line line, int at, int to) {
    int run = line.run(at, '`');
    for (int i = at + run; i < to;) {
      int other = line.run(i, '`');
      if (other == run) {
        return i + run;
      }
      i += Math.max(1, other);
    }
    return -1;
  }

  private int code(Line line, int at, int to) {
    int run = line.run(at, '`');
    int end = codeEnd(line, at, to);
    if (end < 0 || end > to) {
      return Math.min(to, at + run);
    }
    for (int i = at + run; i < end - run; i++) {
      literal(line, i);
    }
    return end;
  }

  /** The index of the "]" that closes the "[" at {@code at}; -1 where it is not on this line. */
  private static int labelEnd(Line line, int at, int to) {
    int depth = 0;
    for (int i = at; i < to; i++) {
      char c = line.chars[i];
      if (c == '\\') {
        i++;
      } else if (c == '[') {
        depth++;
      } else if (c == ']' && --depth == 0) {
        return i;
      }
    }
    return -1;
  }

  /** The index after a link's target or reference at {@code at}; {@code at} where there is none. */
  private static int targetEnd(Line line, int at, int to) {
    char open = at < to ? line.chars[at] : '\n';
    if (open != '(' && open != '[') {
      return at;
    }
    char close = open == '(' ? ')' : ']';
    int depth = 0;
    for (int i = at; i < to; i++) {
      char c = line.chars[i];
      depth += c == open ? 1 : 0;
      if (c == close && --depth == 0) {
        return i + 1;
      }
    }
    return at;
  }

  private int link(Line line, int at, int to) {
    int close = labelEnd(line, at, to);
    if (close < 0) {
      openLink = true;
      return at + 1;
    }
    int end = targetEnd(line, close + 1, to);
    if (end == close + 1) {
      return literal(line, at); // brackets, no link
    }
    strip(line, at + 1, close);
    return end;
  }

  private int linkEnd(Line line, int at, int to) {
    int end = targetEnd(line, at + 1, to);
    if (!openLink || end == at + 1) {
      return literal(line, at);
    }
    openLink = false;
    return end;
  }

  private int tag(Line line, int at, int to) {
    char next = at + 1 < to ? line.chars[at + 1] : ' ';
    if (next != '/' && !Character.isLetter(next)) {
      return literal(line, at);
    }
    int end = at;
    while (end < to && line.chars[end] != '>') {
      end++;
    }
    if (end == to) {
      return literal(line, at);
    }
    String inner = line.text(at + 1, end);
    boolean address = inner.indexOf(' ') < 0
        && (inner.contains("://") || inner.indexOf('@') > 0 || inner.startsWith("mailto:"));
    if (address) {
      for (int i = at + 1; i < end; i++) {
        literal(line, i);
      }
    } else if (inner.startsWith("br")) {
      sink.add(' ', line.starts[at]);
    }
    return end + 1;
  }

  private int entity(Line line, int at, int to) {
    int end = at + 1;
    while (end < to && end - at < MAX_ENTITY && line.chars[end] != ';') {
      end++;
    }
    if (end >= to || line.chars[end] != ';') {
      return literal(line, at);
    }
    String decoded = Parser.unescapeEntities(line.text(at, end + 1), true);
    for (int i = 0; i < decoded.length(); i++) {
      sink.add(decoded.charAt(i), line.starts[at]);
    }
    return end + 1;
  }

  /** Drops a run of marks that opens or closes emphasis; others are text, as in 2 * 3. */
  private int emphasis(Line line, int at, int from, int to) {
    char c = line.chars[at];
    int run = Math.min(line.run(at, c), to - at);
    char left = at > from ? line.chars[at - 1] : ' ';
    char right = at + run < to ? line.chars[at + run] : ' ';
    boolean leftWord = Character.isLetterOrDigit(left) && !PassageCutter.isWide(left);
    boolean rightWord = Character.isLetterOrDigit(right) && !PassageCutter.isWide(right);
    boolean inWord = leftWord && rightWord && (c != '*' || run < 2);
    boolean opens = right > ' ' && !leftWord && pairs(line, at + run, to, c, run);
    boolean closes = left > ' ' && !rightWord && pairsBefore(line, from, at, c, run);
    boolean strong = c == '*' && run >= 2 && (openEmphasis ? left > ' ' : right > ' ');
    if (c == '~' && run != 2 || inWord || !(opens || closes || strong)) {
      for (int i = at; i < at + run; i++) {
        literal(line, i);
      }
      return at + run;
    }
    if (strong) {
      openEmphasis = !openEmphasis;
    }
    return at + run;
  }

  private static boolean pairs(Line line, int from, int to, char c, int run) {
    for (int i = from; i < to; i++) {
      if (line.chars[i] == c && line.run(i, c) == run) {
        return true;
      }
    }
    return false;
  }

  private static boolean pairsBefore(Line line, int from, int to, char c, int run) {
    int length = 0;
    for (int i = from; i <= to; i++) {
      if (i < to && line.chars[i] == c) {
        length++;
      } else if (length == run && length > 0) {
        return true;
      } else {
        length = 0;
      }
    }
    return false;
  }
}
