package io.larimar.ledger;

import java.time.Instant;
import java.util.List;

/**
 * The facts that were live at an earlier instant, as far as they still exist.
 *
 * @param at the instant
 * @param entries those whose payload still exists, in id order
 * @param erasedSince ids of those that were live then and have been erased since
 */
public record EarlierState(Instant at, List<Entry> entries, List<Long> erasedSince) {
  public EarlierState {
    entries = List.copyOf(entries);
    erasedSince = List.copyOf(erasedSince);
  }
}
