package io.larimar.text;

import java.util.ArrayList;
import java.util.List;

/** Markdown: headings, list items, tables, quotations, fenced code, front matter. */
final class MarkdownBlocks implements Blocks {
  private static final int MAX_COLUMNS = 64;

  private final Utf8Source source;
  private final PassageCutter cutter;
  private final Outline outline;
  private final MarkdownInline inline;
  private final Line line = new Line();
  private final Line held = new Line(); // the first line of a paragraph, until the next is known
  private int heldFrom;
  private boolean holds;
  private boolean inList;
  private boolean inCode; // indented
  private boolean inFrontMatter;
  private boolean begun;
  private char fence; // 0 outside of fenced code
  private int fenceLength;
  private List<String> headers = List.of();
  private long headersStart;
  private boolean inTable;
  private boolean hasRows;
  private boolean drops; // the rest of a line that is no text

  MarkdownBlocks(Utf8Source source, PassageCutter cutter, Outline outline) {
    this.source = source;
    this.cutter = cutter;
    this.outline = outline;
    this.inline = new MarkdownInline(cutter);
  }

  @Override
  public boolean step() {
    if (!line.read(source)) {
      endBlock();
      cutter.endDocument();
      return false;
    }
    if (!line.first) {
      rest();
    } else if (fence != 0) {
      codeLine();
    } else if (inFrontMatter) {
      frontMatter();
    } else if (!begun && line.run(0, '-') == 3 && line.trimmedEnd(0) == 3) {
      inFrontMatter = true;
    } else {
      inline.dropComments(line);
      block();
    }
    begun |= line.length > 0;
    return true;
  }

  /** A further piece of a long line. */
  private void rest() {
    if (fence != 0 || inCode) {
      cutter.text(line, 0, line.length);
    } else if (!inFrontMatter && !drops) {
      inline.dropComments(line);
      inline.text(line, 0, line.length);
    }
  }

  private void frontMatter() {
    String text = line.text(0, line.trimmedEnd(0));
    if (text.equals("---") || text.equals("...")) {
      inFrontMatter = false;
    } else if (text.startsWith("title:")) {
      String title = text.substring("title:".length()).strip();
      boolean quoted = title.length() >= 2 && title.charAt(0) == title.charAt(title.length() - 1)
          && (title.charAt(0) == '"' || title.charAt(0) == '\'');
      outline.nameTitle(quoted ? title.substring(1, title.length() - 1) : title);
    }
  }

  private void codeLine() {
    int from = line.skipBlanks(0);
    int run = line.run(from, fence);
    if (run >= fenceLength && line.trimmedEnd(from) == from + run) {
      fence = 0;
      cutter.endParagraph();
      return;
    }
    cutter.hardBreak();
    cutter.text(line, 0, line.length);
  }

  private void block() {
    drops = false;
    int from = line.skipBlanks(0);
    if (isIndentedCode(from)) {
      cutter.hardBreak();
      cutter.text(line, 0, line.length);
      inCode = true;
      return;
    }
    if (inCode && from < line.length) {
      inCode = false;
      cutter.endParagraph();
    }
    while (line.at(from) == '>') {
      from = line.skipBlanks(from + 1);
    }
    int end = line.trimmedEnd(from);
    if (from >= end) {
      endBlock();
      return;
    }
    if (underline(from, end) || tableLine(from, end)) {
      return;
    }
    int item = item(from, end);
    while (item >= 0) { // "- 1. text" nests
      endBlock();
      inList = true;
      from = item;
      item = item(from, end);
    }
    if (from < end && !heading(from, end) && !opensFence(from) && !isDefinition(from, end)) {
      paragraphLine(from, end);
    }
  }

  /** Four blanks before it, and neither in a list nor within a paragraph. */
  private boolean isIndentedCode(int from) {
    boolean indented = line.run(0, ' ') >= 4 || line.at(0) == '\t';
    return indented && from < line.length && !inList && !holds && !inTable
        && (inCode || cutter.isEmpty());
  }

  private void paragraphLine(int from, int end) {
    if (!holds && cutter.isEmpty()) {
      inList &= from > 0; // an unindented paragraph ends a list
      held.copy(line);
      held.length = line.last ? end : line.length;
      heldFrom = from;
      holds = true;
      if (!line.last) {
        flushHeld();
      }
      return;
    }
    flushHeld();
    cutter.joinLine(line.chars[from]);
    inline.text(line, from, line.last ? end : line.length);
  }

  private void flushHeld() {
    if (!holds) {
      return;
    }
    holds = false;
    if (held.at(heldFrom) == '|' && held.last) {
      row(held, heldFrom, held.length);
      cutter.endParagraph();
    } else {
      inline.text(held, heldFrom, held.length);
    }
  }

  private void endBlock() {
    flushHeld();
    cutter.endParagraph();
    inline.endParagraph();
    if (inTable && !hasRows && !headers.isEmpty()) {
      cutter.words(String.join("; ", headers), headersStart);
      cutter.endParagraph();
    }
    inTable = false;
    headers = List.of();
  }

  /** A heading's underline, or a thematic break. */
  private boolean underline(int from, int end) {
    char c = line.chars[from];
    boolean wholeRun = line.run(from, c) == end - from;
    if (holds && wholeRun && (c == '=' || c == '-' && held.at(heldFrom) != '|')) {
      holds = false;
      openHeading(c == '=' ? 1 : 2, held, heldFrom, held.length);
      return true;
    }
    if (c != '-' && c != '*' && c != '_') {
      return false;
    }
    int marks = 0;
    for (int i = from; i < end; i++) {
      if (line.chars[i] != c && !Character.isWhitespace(line.chars[i])) {
        return false;
      }
      marks += line.chars[i] == c ? 1 : 0;
    }
    if (marks < 3) {
      return false;
    }
    endBlock();
    return true;
  }

  private boolean heading(int from, int end) {
    int level = line.run(from, '#');
    if (level < 1 || level > 6 || from + level < end && line.at(from + level) > ' ' || !line.last) {
      return false;
    }
    int to = end;
    while (to > from + level && line.chars[to - 1] == '#') {
      to--;
    }
    if (to < end && line.chars[to - 1] > ' ') {
      to = end; // "C#" ends in no marks
    }
    endBlock();
    inList = false;
    if (to > from + level) {
      openHeading(level, line, line.skipBlanks(from + level), to);
    }
    return true;
  }

  private void openHeading(int level, Line words, int from, int to) {
    if (from < to) {
      String text = inline.stripped(words, from, to);
      cutter.heading(level, text, words.starts[from], words.starts[to - 1] + 1);
    }
  }

  /** Where the words of a list item begin; -1 where the line is none. */
  private int item(int from, int end) {
    char c = line.at(from);
    int after;
    if (c == '-' || c == '*' || c == '+') {
      after = from + 1;
    } else {
      after = from;
      while (after < from + 9 && Character.isDigit(line.at(after))) {
        after++;
      }
      boolean mark = after > from && (line.at(after) == '.' || line.at(after) == ')');
      boolean inParagraph = holds || !cutter.isEmpty();
      boolean one = after == from + 1 && c == '1';
      if (!mark || inParagraph && !inList && !one) { // "1984. It was" goes on
        return -1;
      }
      after++;
    }
    if (after < end && line.at(after) != ' ' && line.at(after) != '\t' || after > end) {
      return -1;
    }
    int words = line.skipBlanks(after);
    boolean task = line.at(words) == '[' && line.at(words + 2) == ']' && line.at(words + 3) == ' '
        && (line.at(words + 1) == ' ' || (line.at(words + 1) | 32) == 'x');
    return task ? line.skipBlanks(words + 3) : words;
  }

  private boolean opensFence(int from) {
    char c = line.at(from);
    int run = line.run(from, c);
    if (c != '`' && c != '~' || run < 3) {
      return false;
    }
    for (int i = from + run; i < line.length; i++) {
      if (c == '`' && line.chars[i] == '`') {
        return false; // inline code
      }
    }
    endBlock();
    fence = c;
    fenceLength = run;
    return true;
  }

  /** "[name]: target", the target of links elsewhere. */
  private boolean isDefinition(int from, int end) {
    if (holds || !cutter.isEmpty() || line.at(from) != '[' || line.at(from + 1) == '^') {
      return false;
    }
    int close = from;
    while (close < end && line.chars[close] != ']') {
      close++;
    }
    int target = line.skipBlanks(close + 2);
    drops = close > from + 1 && line.at(close + 1) == ':' && target < end
        && line.text(target, end).indexOf(' ') < 0;
    return drops;
  }

  private boolean tableLine(int from, int end) {
    if (holds && isDelimiter(from, end) && held.text(heldFrom, held.length).indexOf('|') >= 0) {
      holds = false;
      headers = cells(held, heldFrom, held.length);
      headersStart = held.starts[heldFrom];
      inTable = true;
      hasRows = false;
      return true;
    }
    boolean bar = line.at(from) == '|';
    if (inTable && (bar || line.text(from, end).indexOf('|') >= 0) && line.last) {
      hasRows = true;
      row(line, from, end);
      cutter.endParagraph();
      return true;
    }
    if (inTable || bar) {
      endBlock();
    }
    return false;
  }

  private boolean isDelimiter(int from, int end) {
    boolean dash = false;
    for (int i = from; i < end; i++) {
      char c = line.chars[i];
      if (c != '-' && c != '|' && c != ':' && c != ' ' && c != '\t') {
        return false;
      }
      dash |= c == '-';
    }
    return dash;
  }

  private List<String> cells(Line row, int from, int to) {
    List<String> cells = new ArrayList<>();
    for (int at = cellBegin(row, from); at < to;) {
      int end = cellEnd(row, at, to);
      cells.add(inline.stripped(row, at, end).strip());
      at = end + 1;
    }
    return cells;
  }

  private void row(Line row, int from, int to) {
    int column = 0;
    for (int at = cellBegin(row, from); at < to; column++) {
      int end = cellEnd(row, at, to);
      int words = row.skipBlanks(at);
      if (words < end) {
        if (!cutter.isEmpty()) {
          cutter.words("; ", row.starts[words]);
        }
        if (column < Math.min(headers.size(), MAX_COLUMNS) && !headers.get(column).isEmpty()) {
          cutter.words(headers.get(column) + ": ", row.starts[words]);
        }
        int trimmed = end;
        while (Character.isWhitespace(row.chars[trimmed - 1])) {
          trimmed--;
        }
        inline.text(row, words, trimmed);
      }
      at = end + 1;
    }
  }

  private static int cellBegin(Line row, int from) {
    return row.at(from) == '|' ? from + 1 : from;
  }

  private static int cellEnd(Line row, int from, int to) {
    boolean code = false;
    for (int i = from; i < to; i++) {
      char c = row.chars[i];
      if (c == '\\') {
        i++;
      } else if (c == '`') {
        code = !code;
      } else if (c == '|' && !code) {
        return i;
      }
    }
    return to;
  }
}
