package io.larimar.passages;

import io.larimar.encoder.Feature;
import java.util.Arrays;
import java.util.Collection;

/**
 * Which features an episode's passages have, as a Bloom filter of {@value #BITS} bits (Bloom 1970): one
 * that is in is never missed, one that is not is seen in by chance (about 2 % for 32 sentences). Each
 * word is in with its stem too.
 */
public final class TermSummary {
  private static final int BITS = 8_192;

  private final long[] bits = new long[BITS / 64];

  /** A summary of these features. */
  TermSummary(Collection<Feature> features) {
    for (Feature feature : features) {
      set(feature.hash());
      if (feature.word()) {
        set(feature.stemHash());
      }
    }
  }

  private void set(long hash) {
    bits[word(hash)] |= 1L << hash;
    bits[word(hash >>> 32)] |= 1L << (hash >>> 32);
  }

  /** Whether a feature of this hash may be in. */
  boolean holds(long hash) {
    return (bits[word(hash)] >>> hash & 1) != 0
        && (bits[word(hash >>> 32)] >>> (hash >>> 32) & 1) != 0;
  }

  private static int word(long hash) {
    return (int) (hash & BITS - 1) >>> 6;
  }

  /** Overwrites the summary of a forgotten episode. */
  void erase() {
    Arrays.fill(bits, 0);
  }
}
