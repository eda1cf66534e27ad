package io.larimar.engine;

/** Is told how far the reading of a document has come. */
@FunctionalInterface
public interface DocumentProgress {
  /** For callers who do not want to know. */
  DocumentProgress NONE = (bytes, passages) -> { };

  /**
   * Called after each batch.
   *
   * @param bytes bytes of the source read so far
   * @param passages passages that are durable, those kept from an earlier reading included
   */
  void update(long bytes, int passages);
}
