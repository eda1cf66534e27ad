package io.larimar.engine;

/**
 * A text as the sentence encoder sees it.
 *
 * @param vector of length 1
 * @param tokens tokens that were encoded; what is beyond the encoder's limit is left out
 */
public record Embedding(float[] vector, int tokens) {}
