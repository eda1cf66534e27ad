package io.larimar.text;

import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.parser.StreamParser;

/**
 * HTML, as jsoup parses it: what has been read is taken out of the tree at once.
 *
 * <p>A long text without tags is broken into elements by {@link HtmlText}, so that the tree stays
 * small.
 */
final class HtmlBlocks implements Blocks {
  private static final Set<String> DROPPED =
      Set.of("script", "style", "nav", "template", "noscript", "head", "svg", "iframe");
  private static final Set<String> INLINE = Set.of("a", "abbr", "acronym", "b", "bdi", "bdo", "big",
      "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label",
      "mark", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
      "time", "tt", "u", "var", "wbr");
  private static final int MAX_COLUMNS = 64;
  private static final int LINGERING = 16;
  private static final int MAX_HEADING = 4096; // of characters kept of one heading

  /** One table that is open; cells of a row go to the cutter with their headers. */
  private static final class Table {
    List<String> headers = List.of();
    long headersStart;
    boolean used = true;
    final List<String> rowHeads = new ArrayList<>(); // th cells of a row without td so far
    int column;
    boolean inRow;
    boolean hasCell;
  }

  private final StreamParser parser;
  private final HtmlText text;
  private final PassageCutter cutter;
  private final Outline outline;
  private final Deque<Element> open = new ArrayDeque<>(); // elements begun, the innermost first
  private final Deque<Table> tables = new ArrayDeque<>();
  private final Deque<Element> removed = new ArrayDeque<>(); // the last few
  private final StringBuilder heading = new StringBuilder();
  private boolean inHeading; // or in a header cell: text is collected
  private long headingStart;
  private long headingEnd;
  private int preformatted;

  HtmlBlocks(Utf8Source source, PassageCutter cutter, Outline outline) {
    this.text = new HtmlText(source);
    this.cutter = cutter;
    this.outline = outline;
    Parser html = Parser.htmlParser();
    html.setTrackPosition(true);
    this.parser = new StreamParser(html).parse((Reader) text, "");
  }

  @Override
  public boolean step() {
    Element element = next();
    if (element == null) {
      takeLate();
      while (!open.isEmpty()) {
        end(open.pop());
      }
      cutter.endDocument();
      parser.close();
      return false;
    }
    if (element.normalName().equals("title") && open.isEmpty()) {
      outline.nameTitle(element.text());
    }
    takeLate();
    take(element);
    return true;
  }

  private Element next() {
    var elements = parser.iterator();
    return elements.hasNext() ? elements.next() : null;
  }

  /** Hands on what stands before the end of this element, then takes it out of the tree. */
  private void take(Element element) {
    Deque<Element> path = new ArrayDeque<>(); // from the root down
    for (Element e = element; e != null && e.parent() != null; e = e.parent()) {
      if (isDropped(e) && e != element) {
        element.remove();
        return;
      }
      path.push(e);
    }
    for (Element e : path) {
      takeBefore(e);
      if (!open.contains(e) && !isDropped(e)) {
        open.push(e);
        begin(e);
      }
    }
    if (!isDropped(element)) {
      content(element);
      open.remove(element);
      end(element);
    }
    if (!element.normalName().equals("html")) {
      element.remove();
      removed.add(element);
      if (removed.size() > LINGERING) {
        removed.remove();
      }
    }
  }

  /** Broken markup may go on in an element that has been handed on. */
  private void takeLate() {
    for (Element element : removed) {
      if (element.parent() == null && element.childNodeSize() > 0) {
        content(element);
      }
    }
  }

  private void takeBefore(Element element) {
    Element parent = element.parent();
    while (parent.childNode(0) != element) {
      Node node = parent.childNode(0);
      whole(node);
      if (node.parent() != null) {
        node.remove();
      }
    }
  }

  /** The rest of an element that has begun; each text is taken once, wherever it is moved later. */
  private void content(Element element) {
    for (Node node : List.copyOf(element.childNodes())) {
      whole(node);
    }
  }

  private void whole(Node node) {
    if (node instanceof TextNode words) {
      text(words);
      words.remove();
    } else if (node instanceof Element element && !isDropped(element)) {
      boolean begun = open.contains(element);
      if (!begun) {
        begin(element);
      }
      content(element);
      open.remove(element);
      end(element);
    }
  }

  private static boolean isDropped(Element element) {
    return DROPPED.contains(element.normalName());
  }

  private void begin(Element element) {
    String name = element.normalName();
    switch (name) {
      case "table" -> {
        cutter.endParagraph();
        tables.push(new Table());
      }
      case "tr" -> beginRow();
      case "td", "th" -> beginCell(name, place(element));
      case "br" -> cutter.hardBreak();
      case "h1", "h2", "h3", "h4", "h5", "h6" -> {
        cutter.endParagraph();
        collect();
      }
      case "pre" -> {
        border();
        preformatted++;
      }
      default -> {
        if (!INLINE.contains(name)) {
          border();
        }
      }
    }
  }

  private void end(Element element) {
    String name = element.normalName();
    switch (name) {
      case "table" -> endTable();
      case "tr" -> endRow();
      case "th" -> endHeader();
      case "td", "br" -> { }
      case "h1", "h2", "h3", "h4", "h5", "h6" -> {
        inHeading = false;
        cutter.heading(name.charAt(1) - '0', heading.toString(), headingStart, headingEnd);
      }
      case "pre" -> {
        border();
        preformatted--;
      }
      default -> {
        if (!INLINE.contains(name)) {
          border();
        }
      }
    }
  }

  /** A block ends a paragraph, but in a table's row only a sentence. */
  private void border() {
    if (inHeading) {
      heading.append(' ');
    } else if (!tables.isEmpty() && tables.peek().inRow) {
      cutter.hardBreak();
    } else {
      cutter.endParagraph();
    }
  }

  private void collect() {
    inHeading = true;
    heading.setLength(0);
    headingStart = 0;
    headingEnd = 0;
  }

  private void text(TextNode node) {
    String words = node.getWholeText();
    long start = place(node);
    long end = node.sourceRange().isTracked() ? text.original(node.sourceRange().endPos()) : start;
    if (inHeading) {
      if (headingEnd == 0) {
        headingStart = start;
      }
      headingEnd = Math.max(end, headingStart);
      heading.append(words, 0, Math.min(words.length(),
          Math.max(0, MAX_HEADING - heading.length())));
      return;
    }
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      boolean lineEnd = c == '\n' || c == '\r';
      if (lineEnd && preformatted > 0) {
        cutter.hardBreak();
      } else if (lineEnd && !cutter.isEmpty()) {
        int next = i + 1;
        while (next < words.length() && Character.isWhitespace(words.charAt(next))) {
          next++;
        }
        cutter.joinLine(next < words.length() ? words.charAt(next) : ' ');
        i = next - 1;
      } else {
        cutter.add(c, Math.min(start + i, Math.max(start, end - 1)));
      }
    }
  }

  private long place(Node node) {
    return node.sourceRange().isTracked() ? text.original(node.sourceRange().startPos()) : 0;
  }

  private void beginRow() {
    if (tables.isEmpty()) {
      return;
    }
    cutter.endParagraph();
    Table table = tables.peek();
    table.inRow = true;
    table.column = 0;
    table.hasCell = false;
    table.rowHeads.clear();
  }

  private void beginCell(String name, long start) {
    if (tables.isEmpty()) {
      border();
      return;
    }
    Table table = tables.peek();
    if (name.equals("th") && !table.hasCell) {
      collect();
      return;
    }
    if (!table.hasCell) {
      table.hasCell = true;
      table.used = true;
      rowHeads(table);
    }
    cellBorder(table, start);
  }

  private void cellBorder(Table table, long start) {
    if (!cutter.isEmpty()) {
      cutter.words("; ", start);
    }
    if (table.column < table.headers.size() && !table.headers.get(table.column).isEmpty()) {
      cutter.words(table.headers.get(table.column) + ": ", start);
    }
    table.column++;
  }

  /** The header cells before the first td are the row's own. */
  private void rowHeads(Table table) {
    for (String head : table.rowHeads) {
      cellBorder(table, headingStart);
      cutter.words(head, headingStart);
    }
    table.rowHeads.clear();
  }

  private void endHeader() {
    boolean collected = inHeading;
    inHeading = false;
    if (!tables.isEmpty() && collected && tables.peek().rowHeads.size() < MAX_COLUMNS) {
      tables.peek().rowHeads.add(heading.toString().strip().replaceAll("\\s+", " "));
    }
  }

  private void endRow() {
    if (tables.isEmpty()) {
      return;
    }
    Table table = tables.peek();
    if (!table.rowHeads.isEmpty()) {
      headersAsText(table);
      table.headers = List.copyOf(table.rowHeads);
      table.headersStart = headingStart;
      table.used = false;
    }
    cutter.endParagraph();
    table.inRow = false;
  }

  private void endTable() {
    if (tables.isEmpty()) {
      return;
    }
    headersAsText(tables.pop());
    cutter.endParagraph();
  }

  /** Headers with no row under them are text. */
  private void headersAsText(Table table) {
    if (!table.used) {
      cutter.endParagraph();
      cutter.words(String.join("; ", table.headers), table.headersStart);
      cutter.endParagraph();
    }
  }
}
