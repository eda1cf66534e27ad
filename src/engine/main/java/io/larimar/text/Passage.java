package io.larimar.text;

import java.util.Objects;
import java.util.Optional;

/**
 * One chunk of a text: a sentence, list item or table row.
 *
 * @param text a single line; the heading stands before it as "Heading: ..." where the chunk does
 *     not name it
 * @param offset where its own words begin in the source: in bytes for text and Markdown, in UTF-16
 *     units of the decoded source for HTML (after an entity in the same text node a little before)
 * @param length how far its own words reach from there, in the same unit
 */
public record Passage(String text, Optional<String> heading, long offset, int length) {
  /** Refuses what is no place in a source. */
  public Passage {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(heading, "heading");
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException(
          "offset and length must be at least 0: offset=" + offset + ", length=" + length);
    }
  }
}
