package io.larimar.text;

/** Plain text: paragraphs between blank lines, list items, wikitext's headings. */
final class PlainBlocks implements Blocks {
  private final Utf8Source source;
  private final PassageCutter cutter;
  private final Line line = new Line();

  PlainBlocks(Utf8Source source, PassageCutter cutter) {
    this.source = source;
    this.cutter = cutter;
  }

  @Override
  public boolean step() {
    if (!line.read(source)) {
      cutter.endDocument();
      return false;
    }
    int from = line.skipBlanks(0);
    int end = line.trimmedEnd(from);
    if (!line.first) {
      cutter.text(line, 0, line.length);
    } else if (from == end || isRule(from, end)) {
      cutter.endParagraph();
    } else if (!heading(from, end)) {
      int words = beginsItem(from);
      if (words >= 0) {
        cutter.endParagraph();
      }
      int begin = Math.max(from, words);
      cutter.joinLine(line.chars[begin]);
      cutter.text(line, begin, line.length);
    }
    if (line.afterFormFeed) {
      cutter.endParagraph();
    }
    return true;
  }

  /** " = Title = ", " = = Section = = " and "== Section ==". */
  private boolean heading(int from, int end) {
    if (line.chars[from] != '=' || line.chars[end - 1] != '=' || end - from > 200 || !line.last) {
      return false;
    }
    int level = 0;
    int left = from;
    while (left < end && (line.chars[left] == '=' || line.chars[left] == ' ')) {
      level += line.chars[left++] == '=' ? 1 : 0;
    }
    int closing = 0;
    int right = end;
    while (right > left && (line.chars[right - 1] == '=' || line.chars[right - 1] == ' ')) {
      closing += line.chars[--right] == '=' ? 1 : 0;
    }
    if (left >= right || level != closing || level > 6) {
      return false;
    }
    cutter.heading(level, line.text(left, right), line.starts[left], line.starts[right - 1] + 1);
    return true;
  }

  /** "-----" and the like. */
  private boolean isRule(int from, int end) {
    char c = line.chars[from];
    return (c == '-' || c == '=' || c == '*' || c == '_') && end - from >= 3
        && line.run(from, c) == end - from;
  }

  /** Where the words of a list item begin, its number included; -1 where the line is none. */
  private int beginsItem(int from) {
    char c = line.chars[from];
    if (c == '-' || c == '*' || c == '+' || c == '\u2022') {
      return line.at(from + 1) == ' ' && from + 2 < line.length ? from + 2 : -1;
    }
    int at = from;
    while (at < from + 3 && Character.isDigit(line.at(at))) {
      at++;
    }
    boolean item = at > from && (line.at(at) == '.' || line.at(at) == ')')
        && line.at(at + 1) == ' ';
    return item ? from : -1;
  }
}
