package io.larimar.engine;

import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the passages of a fact stand in a document: such a fact is an episode of successive passages,
 * one a line of its text.
 *
 * @param document the document's name, by which it is read on and forgotten
 * @param ordinal the episode's number in the document, from 0, in the order of reading
 * @param title the document's title, where it names one or one was given
 * @param date of the document, where one was given
 * @param keys what the passages are found by
 * @param spans where each passage stands, in order
 */
public record Excerpt(String document, int ordinal, Optional<String> title,
    Optional<LocalDate> date, Keys keys, List<Span> spans) {
  /** Most passages of one episode: they share one block of the memory. */
  public static final int MAX_PASSAGES = 32;

  /** What passages are found by. */
  public enum Keys {
    /** The passage's words alone: no encoder runs, so that reading is fast. */
    LEXICAL,
    /** A sentence embedding beside the words: other words for the same are found too. */
    SENTENCE
  }

  /**
   * A place in a document's source.
   *
   * @param offset in bytes for plain text and Markdown, in UTF-16 units of the source for HTML
   * @param length in the same unit
   */
  public record Span(long offset, int length) {
    public Span {
      if (offset < 0 || length < 0) {
        throw new IllegalArgumentException(
            "offset and length must be at least 0: offset=" + offset + ", length=" + length);
      }
    }
  }

  public Excerpt {
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(date, "date");
    Objects.requireNonNull(keys, "keys");
    spans = List.copyOf(spans);
    if (document.isBlank()) {
      throw new IllegalArgumentException("a document's name must not be blank");
    }
    if (ordinal < 0) {
      throw new IllegalArgumentException("ordinal must be at least 0: ordinal=" + ordinal);
    }
    if (spans.isEmpty() || spans.size() > MAX_PASSAGES) {
      throw new IllegalArgumentException("passages must number 1 to " + MAX_PASSAGES + ": passages="
          + spans.size());
    }
  }
}
