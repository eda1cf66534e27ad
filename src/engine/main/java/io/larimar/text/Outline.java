package io.larimar.text;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;

/** The headings above the place that is being read, and the title of the whole. */
final class Outline {
  /** Of a heading before a passage, in UTF-16 units; a longer one is cut at a blank. */
  static final int MAX_HEADING = 80;

  /** A heading that nothing stands under yet is a passage of its own when it ends. */
  private static final class Heading {
    final int level;
    final String text;
    final String folded;
    final long start;
    final long end;
    boolean used;

    Heading(int level, String text, long start, long end) {
      this.level = level;
      this.text = text;
      this.folded = text.toLowerCase(Locale.ROOT);
      this.start = start;
      this.end = end;
    }
  }

  private final Deque<Heading> open = new ArrayDeque<>(); // the innermost first
  private Optional<String> title = Optional.empty();

  Optional<String> title() {
    return title;
  }

  /** Takes the title that the document names itself; the first one counts. */
  void nameTitle(String text) {
    if (title.isEmpty() && !text.isBlank()) {
      title = Optional.of(text.strip());
    }
  }

  /** Opens a heading; the caller has closed those of its level. */
  void open(int level, String text, long start, long end) {
    nameTitle(text);
    open.push(new Heading(level, text, start, end));
  }

  /** Closes one heading of this level or below; a passage where nothing stood under it. */
  Optional<Passage> close(int level) {
    Heading heading = open.pop();
    assert heading.level >= level;
    if (heading.used) {
      return Optional.empty();
    }
    return Optional.of(new Passage(under(heading.text), heading(), heading.start,
        (int) (heading.end - heading.start)));
  }

  /** Whether a heading of this level or below is open. */
  boolean hasOpen(int level) {
    return !open.isEmpty() && open.peek().level >= level;
  }

  /** The innermost heading that is open. */
  Optional<String> heading() {
    return Optional.ofNullable(open.peek()).map(heading -> heading.text);
  }

  /** The words with the last two headings before them, those left out that the words name. */
  String under(String words) {
    if (open.isEmpty()) {
      return words;
    }
    open.forEach(heading -> heading.used = true);
    String folded = words.toLowerCase(Locale.ROOT);
    Iterator<Heading> innermost = open.iterator();
    Heading last = innermost.next();
    String before = names(folded, last.folded) ? "" : shortened(last.text);
    if (innermost.hasNext()) {
      Heading parent = innermost.next();
      boolean fits = parent.text.length() + before.length() + 3 <= MAX_HEADING;
      if (fits && !names(folded, parent.folded)) {
        before = before.isEmpty() ? parent.text : parent.text + " > " + before;
      }
    }
    return before.isEmpty() ? words : before + ": " + words;
  }

  private static boolean names(String words, String heading) {
    int at = words.indexOf(heading);
    while (at >= 0) {
      int end = at + heading.length();
      boolean left = at == 0 || !joined(words.charAt(at - 1), heading.charAt(0));
      boolean right = end == words.length()
          || !joined(words.charAt(end), heading.charAt(heading.length() - 1));
      if (left && right) {
        return true;
      }
      at = words.indexOf(heading, at + 1);
    }
    return false;
  }

  private static boolean joined(char a, char b) {
    return Character.isLetterOrDigit(a) && Character.isLetterOrDigit(b)
        && !PassageCutter.isWide(a) && !PassageCutter.isWide(b);
  }

  private static String shortened(String text) {
    if (text.length() <= MAX_HEADING) {
      return text;
    }
    int blank = text.lastIndexOf(' ', MAX_HEADING);
    int end = blank > MAX_HEADING / 2 ? blank : MAX_HEADING;
    return text.substring(0, end - (Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0));
  }
}
