package io.larimar.passages;

import io.larimar.encoder.Feature;
import java.util.Arrays;
import java.util.List;

/**
 * Which features an episode has, and which each of its passages, as Bloom filters (Bloom 1970)
 * of {@value #BITS} bits, and of {@value #PASSAGE_BITS} a passage: a feature that is in is never
 * missed, one that is not is seen in by chance (2 % for 32 sentences, 5 % for one). Each word is in
 * with its stem too.
 */
public final class TermSummary {
  private static final int BITS = 8_192;
  private static final int PASSAGE_BITS = 512;

  private final long[] bits = new long[BITS / 64];
  private final long[] passageBits;

  /** A summary of passages with these features. */
  TermSummary(List<List<Feature>> passages) {
    passageBits = new long[passages.size() * PASSAGE_BITS / 64];
    for (int i = 0; i < passages.size(); i++) {
      for (Feature feature : passages.get(i)) {
        set(i, feature.hash());
        if (feature.word()) {
          set(i, feature.stemHash());
        }
      }
    }
  }

  private void set(int passage, long hash) {
    bits[word(hash)] |= 1L << hash;
    bits[word(hash >>> 32)] |= 1L << (hash >>> 32);
    passageBits[word(passage, hash)] |= 1L << hash;
    passageBits[word(passage, hash >>> 32)] |= 1L << (hash >>> 32);
  }

  /** Passages of the episode. */
  int passages() {
    return passageBits.length / (PASSAGE_BITS / 64);
  }

  /** Whether a feature of this hash may be in the episode. */
  boolean holds(long hash) {
    return (bits[word(hash)] >>> hash & 1) != 0
        && (bits[word(hash >>> 32)] >>> (hash >>> 32) & 1) != 0;
  }

  /** Whether a feature of this hash may be in a passage, from 0. */
  boolean holds(int passage, long hash) {
    return (passageBits[word(passage, hash)] >>> hash & 1) != 0
        && (passageBits[word(passage, hash >>> 32)] >>> (hash >>> 32) & 1) != 0;
  }

  private static int word(long hash) {
    return (int) (hash & BITS - 1) >>> 6;
  }

  private static int word(int passage, long hash) {
    return passage * (PASSAGE_BITS / 64) + ((int) (hash & PASSAGE_BITS - 1) >>> 6);
  }

  /** Overwrites the summary of a forgotten episode. */
  void erase() {
    Arrays.fill(bits, 0);
    Arrays.fill(passageBits, 0);
  }
}
