package io.larimar.engine;

/**
 * What the reading of a document did.
 *
 * @param tag the label of its facts: {@code forgetTag(tag)} forgets the document
 * @param written passages that were taught
 * @param kept passages that were in memory already, from an earlier reading
 * @param stale passages of an earlier reading that the document no longer says; still in memory
 * @param forgotten the same, forgotten because the reading was to replace them
 * @param tokens tokens of the passages that were taught, in the model's vocabulary
 * @param bytes bytes read
 * @param nanos time of the whole reading
 */
public record DocumentReceipt(String tag, int written, int kept, int stale, int forgotten,
    long tokens, long bytes, long nanos) {}
