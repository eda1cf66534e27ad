package io.larimar.engine;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Cuts text into facts, a sentence or list item each, with the heading above it as its subject.
 *
 * <p>Plain text and Markdown; English and Japanese. Nothing is dropped but markup: a sentence longer
 * than a fact may be is cut at a blank.
 */
public final class Passages {
  private static final int MAX_LENGTH = 600;

  private Passages() {}

  /** The facts of a text, in its order. */
  public static List<Fact> of(String text) {
    List<Fact> facts = new ArrayList<>();
    StringBuilder paragraph = new StringBuilder();
    Optional<String> heading = Optional.empty();
    for (String raw : text.lines().toList()) {
      String line = raw.strip();
      boolean isHeading = line.matches("#{1,6}\\s+\\S.*");
      boolean isItem = line.matches("([-*+]|\\d+[.)])\\s+\\S.*");
      if (line.isEmpty() || isHeading || isItem || line.startsWith("|")) {
        flush(paragraph, heading, facts);
      }
      if (isHeading) {
        heading = Optional.of(line.replaceFirst("#{1,6}\\s+", "").replaceAll("\\s*#+$", ""));
      } else if (isItem) {
        paragraph.append(line.replaceFirst("([-*+]|\\d+[.)])\\s+", ""));
      } else if (!line.isEmpty() && !line.matches("[|\\s:-]+|[-=*_]{3,}")) {
        paragraph.append(paragraph.isEmpty() ? "" : " ").append(line);
      }
    }
    flush(paragraph, heading, facts);
    return facts;
  }

  private static void flush(
      StringBuilder paragraph, Optional<String> heading, List<Fact> facts) {
    String text = paragraph.toString();
    paragraph.setLength(0);
    BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    sentences.setText(text);
    int start = sentences.first();
    for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
      add(text.substring(start, end).strip(), heading, facts);
      start = end;
    }
  }

  private static void add(String sentence, Optional<String> heading, List<Fact> facts) {
    String rest = sentence;
    while (rest.length() > MAX_LENGTH) {
      int cut = rest.lastIndexOf(' ', MAX_LENGTH);
      cut = cut > MAX_LENGTH / 2 ? cut : MAX_LENGTH;
      cut -= Character.isLowSurrogate(rest.charAt(cut)) ? 1 : 0;
      add(rest.substring(0, cut).strip(), heading, facts);
      rest = rest.substring(cut).strip();
    }
    if (rest.isBlank()) {
      return;
    }
    String shown = rest;
    // The heading is the subject only where the sentence names it; else it is said before it.
    boolean named = heading.filter(h -> shown.contains(h)).isPresent();
    String text = heading.isPresent() && !named ? heading.get() + ": " + rest : rest;
    facts.add(new Fact(text, heading, Optional.empty(), Optional.empty(), List.of(),
        Optional.empty()));
  }
}
