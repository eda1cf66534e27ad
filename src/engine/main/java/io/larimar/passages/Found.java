package io.larimar.passages;

import io.larimar.engine.Excerpt;

/**
 * A passage that a question found, read back from the memory.
 *
 * @param episode id of the fact that holds it
 * @param index its number in the episode
 * @param excerpt the episode's place
 * @param text the passage
 * @param tokens its tokens after clean-up
 * @param margin the smallest clean-up margin, a confidence in [0, 2]
 * @param coverage how much of the question's rare terms stands in it, 0 to 1
 * @param names share of the question's names and numbers that stand in it, by weight; 1 where it
 *     has none
 * @param cosine of its address with the question's; 0 where it was not compared
 */
public record Found(long episode, int index, Excerpt excerpt, String text, int[] tokens,
    double margin, double coverage, double names, double cosine) {
  /** Where it stands in its document. */
  public Excerpt.Span span() {
    return excerpt.spans().get(index);
  }

  Found withCosine(double cosine) {
    return new Found(
        episode, index, excerpt, text, tokens, margin, coverage, names, cosine);
  }

  double score() {
    return coverage + cosine;
  }
}
