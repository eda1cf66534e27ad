package io.larimar.server;

/**
 * What one server allows; whatever is above is refused with 413, 429 or 503.
 *
 * @param bodyBytes most bytes of a request's body, documents and imports apart
 * @param documentBytes most bytes of a document or an import
 * @param facts most facts in one request, a batch or an import
 * @param requestsPerSecond requests of one key in the long run; as many again in a burst
 * @param generationQueue generations that may wait for the model; further ones are refused
 * @param searchQueue searches, reads and embeddings that may wait for the encoder
 * @param answerTokens most tokens of one answer
 * @param connections most connections at a time
 */
public record Limits(int bodyBytes, int documentBytes, int facts, int requestsPerSecond,
    int generationQueue, int searchQueue, int answerTokens, int connections) {

  /** 1 MiB a body, 16 MiB a document, 10,000 facts, 200 requests a second, short queues. */
  public static final Limits DEFAULT =
      new Limits(1 << 20, 16 << 20, 10_000, 200, 32, 4, 2_048, 1_024);

  public Limits {
    requirePositive("limit.body", bodyBytes);
    requirePositive("limit.document", documentBytes);
    requirePositive("limit.facts", facts);
    requirePositive("limit.rate", requestsPerSecond);
    requirePositive("limit.generations", generationQueue);
    requirePositive("limit.searches", searchQueue);
    requirePositive("limit.tokens", answerTokens);
    requirePositive("limit.connections", connections);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive: " + name + "=" + value);
    }
  }
}
