package io.larimar.engine;

import io.larimar.ledger.Tombstone;
import java.util.List;

/**
 * What one forget did.
 *
 * @param tombstones what is left of the facts: numbers and times, no content
 * @param refusals ids of the refusals that were written in their place, if any
 * @param stateBefore SHA-256 of the memory before
 * @param stateAfter SHA-256 of the memory after: that of a memory which never held the facts
 *     (and holds the refusals)
 * @param ledgerNanos time until key and payload were destroyed on disk
 * @param memoryNanos time to rebuild the blocks and to erase the decoder's cache
 */
public record ForgetReceipt(List<Tombstone> tombstones, List<Long> refusals, byte[] stateBefore, byte[] stateAfter,
    long ledgerNanos, long memoryNanos) {
  public ForgetReceipt {
    tombstones = List.copyOf(tombstones);
    refusals = List.copyOf(refusals);
  }
}
