package io.larimar.ledger;

import io.larimar.engine.Fact;
import java.util.List;
import java.util.Objects;

/**
 * A fact to be written, with what the engine derived from it.
 *
 * <p>The derived parts (address, latents, token ids) are opaque to the ledger: it gives them back
 * byte for byte, so that the memory can be rebuilt without the model. They are encrypted and erased
 * together with the text. The arrays are not copied: do not change them afterwards.
 *
 * @param fact the fact
 * @param derived at most 16 parts, together at most 16 MiB
 */
public record Draft(Fact fact, List<byte[]> derived) {
  /** The most derived parts of one fact. */
  public static final int MAX_PARTS = 16;

  /** The most bytes that the derived parts of one fact may have together. */
  public static final int MAX_DERIVED_BYTES = 16 << 20;

  public Draft {
    Objects.requireNonNull(fact, "fact");
    derived = List.copyOf(derived);
    if (derived.size() > MAX_PARTS) {
      throw new IllegalArgumentException(
          "derived parts: size=" + derived.size() + ", at most " + MAX_PARTS);
    }
    long bytes = 0;
    for (byte[] part : derived) {
      bytes += part.length;
    }
    if (bytes > MAX_DERIVED_BYTES) {
      throw new IllegalArgumentException(
          "derived parts: bytes=" + bytes + ", at most " + MAX_DERIVED_BYTES);
    }
  }

  /** A fact with its derived parts, in an order that the caller chooses and keeps. */
  public static Draft of(Fact fact, byte[]... derived) {
    return new Draft(fact, List.of(derived));
  }
}
