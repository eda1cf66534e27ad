package io.larimar.ledger;

import java.util.List;

/**
 * What a restore did.
 *
 * @param replayedRows rows of the audit that the backup lacked
 * @param erasedAgain facts of the backup that had been forgotten after it was made
 * @param lost facts written after the backup was made, whose payload is gone
 */
public record Restored(long replayedRows, List<Long> erasedAgain, List<Long> lost) {
  public Restored {
    erasedAgain = List.copyOf(erasedAgain);
    lost = List.copyOf(lost);
  }
}
