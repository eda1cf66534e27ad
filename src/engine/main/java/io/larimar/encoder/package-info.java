/**
 * Text to address: the sentence encoder, the lexical part, and the hybrid key w that joins them.
 *
 * <p>Everything here is a function of the text alone, so that a replayed ledger writes the same
 * bytes.
 */
package io.larimar.encoder;
