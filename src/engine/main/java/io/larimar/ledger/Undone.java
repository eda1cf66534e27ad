package io.larimar.ledger;

import java.util.List;

/**
 * What an undo did.
 *
 * @param operation UNDO_WRITE or UNDO_FORGET
 * @param erased facts that are live no more: take them out of the memory
 * @param revived facts that are live again: write them into the memory
 */
public record Undone(Operation operation, List<Long> erased, List<Long> revived) {
  public Undone {
    erased = List.copyOf(erased);
    revived = List.copyOf(revived);
  }
}
