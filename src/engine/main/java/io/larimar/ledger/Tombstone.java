package io.larimar.ledger;

import java.time.Instant;
import java.util.Optional;

/**
 * What is left of a forgotten fact: numbers and times, no content.
 *
 * @param id the fact's number
 * @param tenant whose it was
 * @param operation what forgot it: FORGET, ERASE, EXPIRE, UNDO_WRITE or LOST
 * @param writtenAt when it was written
 * @param forgottenAt when it was forgotten, or erased where nothing had forgotten it before
 * @param erasedAt when its key and payload were destroyed; empty while it may still be undone
 * @param erasureDue when the undo window ends; empty once erased
 * @param commitment the salted commitment of the payload, in hex; its salt went with the key
 * @param sequence the row of the audit that says so
 */
public record Tombstone(long id, String tenant, Operation operation, Instant writtenAt,
    Instant forgottenAt, Optional<Instant> erasedAt, Optional<Instant> erasureDue,
    String commitment, long sequence) {

  /** Whether key and payload are destroyed. */
  public boolean erased() {
    return erasedAt.isPresent();
  }
}
