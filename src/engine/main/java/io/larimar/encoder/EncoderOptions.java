package io.larimar.encoder;

/**
 * How texts are encoded.
 *
 * @param threads sentences encoded at the same time, 1 to 64; the result does not depend on it
 * @param maxTokens tokens of a sentence that the sentence encoder sees, 8 to 512; the lexical part
 *     always sees the whole text
 * @param lexicalWidth floats of the lexical part, a multiple of 16 from 64 to 8,192; another value
 *     makes other addresses, so a store keeps the one it was made with
 */
public record EncoderOptions(int threads, int maxTokens, int lexicalWidth) {
  /** Two threads, 256 tokens, and the lexical width that was chosen by measuring. */
  public static final EncoderOptions DEFAULT = new EncoderOptions(2, 256, 1024);

  public EncoderOptions {
    require("threads", threads, 1, 64);
    require("maxTokens", maxTokens, 8, 512);
    require("lexicalWidth", lexicalWidth, 64, 8192);
    if (lexicalWidth % 16 != 0) {
      throw new IllegalArgumentException(
          "lexicalWidth must be a multiple of 16: " + lexicalWidth);
    }
  }

  /** The same options with this many threads. */
  public EncoderOptions withThreads(int threads) {
    return new EncoderOptions(threads, maxTokens, lexicalWidth);
  }

  private static void require(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          name + " must be from " + low + " to " + high + ": " + value);
    }
  }
}
