package io.larimar.passages;

import io.larimar.engine.Excerpt;

/**
 * What the memory needs of an episode, made once.
 *
 * @param excerpt where its passages stand
 * @param tokens (n)(tokens) of each passage
 * @param keys (n)(K) unit key of each, K after the excerpt's keys
 * @param terms which features the passages have
 */
public record Episode(Excerpt excerpt, int[][] tokens, float[][] keys, TermSummary terms) {
  public Episode {
    if (tokens.length != excerpt.spans().size() || keys.length != tokens.length) {
      throw new IllegalArgumentException("tokens and keys must be one for each passage: passages="
          + excerpt.spans().size() + ", tokens=" + tokens.length + ", keys=" + keys.length);
    }
  }
}
