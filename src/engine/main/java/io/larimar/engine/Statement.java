package io.larimar.engine;

import io.larimar.passages.Found;
import java.util.Optional;

/**
 * One thing that memory holds on a topic: a fact that was told, or a passage of a document.
 *
 * @param id the fact, or the episode that holds the passage
 * @param text what it says
 * @param excerpt the document that a passage is of
 * @param span where the passage stands in it
 * @param coverage how much of the topic's words it has, 0 to 1
 * @param cosine of its address with the topic's
 */
public record Statement(long id, String text, Optional<Excerpt> excerpt,
    Optional<Excerpt.Span> span, double coverage, double cosine) {
  static Statement of(Found found) {
    return new Statement(found.episode(), found.text(), Optional.of(found.excerpt()),
        Optional.of(found.span()), found.coverage(), found.cosine());
  }
}
