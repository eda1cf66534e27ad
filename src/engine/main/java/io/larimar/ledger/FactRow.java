package io.larimar.ledger;

import java.time.Instant;
import java.util.Optional;

/**
 * What the ledger knows of a fact without its payload; a function of the audit ({@link Life}).
 *
 * <p>Zero stands for none in every number, so that two rows compare field by field.
 */
record FactRow(long id, String tenant, FactState state, long writeGroup, long forgetGroup,
    long writtenAt, long expiresAt, long supersedes, long supersededBy, boolean held,
    long forgottenAt, long erasureDue, long erasedAt, String erasedBy, long eraseSequence,
    String commitment) {

  static FactRow written(AuditRow row) {
    return new FactRow(row.fact(), row.tenant(), FactState.LIVE, row.group(), 0, row.atMillis(),
        row.untilMillis(), row.related(), 0, false, 0, 0, 0, "", 0, row.commitment());
  }

  FactRow superseded(long by) {
    return new FactRow(id, tenant, state == FactState.LIVE ? FactState.SUPERSEDED : state,
        writeGroup, forgetGroup, writtenAt, expiresAt, supersedes, by, held, forgottenAt,
        erasureDue, erasedAt, erasedBy, eraseSequence, commitment);
  }

  FactRow supersededNoMore() {
    return new FactRow(id, tenant, state == FactState.SUPERSEDED ? FactState.LIVE : state,
        writeGroup, forgetGroup, writtenAt, expiresAt, supersedes, 0, held, forgottenAt,
        erasureDue, erasedAt, erasedBy, eraseSequence, commitment);
  }

  FactRow forgotten(AuditRow row) {
    return new FactRow(id, tenant, FactState.FORGOTTEN, writeGroup, row.group(), writtenAt,
        expiresAt, supersedes, supersededBy, held, row.atMillis(), row.untilMillis(), 0, "",
        row.sequence(), commitment);
  }

  FactRow forgottenNoMore() {
    return new FactRow(id, tenant, supersededBy == 0 ? FactState.LIVE : FactState.SUPERSEDED,
        writeGroup, 0, writtenAt, expiresAt, supersedes, supersededBy, held, 0, 0, 0, "", 0,
        commitment);
  }

  FactRow erased(AuditRow row) {
    long forgotten = forgottenAt == 0 ? row.atMillis() : forgottenAt;
    return new FactRow(id, tenant, FactState.ERASED, writeGroup, 0, writtenAt, expiresAt,
        supersedes, supersededBy, false, forgotten, 0, row.atMillis(), row.operation().name(),
        row.sequence(), commitment);
  }

  FactRow held(boolean hold) {
    return new FactRow(id, tenant, state, writeGroup, forgetGroup, writtenAt, expiresAt,
        supersedes, supersededBy, hold, forgottenAt, erasureDue, erasedAt, erasedBy,
        eraseSequence, commitment);
  }

  /** What is left of it to show; only for FORGOTTEN and ERASED. */
  Tombstone tombstone() {
    boolean erased = state == FactState.ERASED;
    return new Tombstone(id, tenant, erased ? Operation.valueOf(erasedBy) : Operation.FORGET,
        Instant.ofEpochMilli(writtenAt), Instant.ofEpochMilli(forgottenAt),
        erased ? Optional.of(Instant.ofEpochMilli(erasedAt)) : Optional.empty(),
        erased ? Optional.empty() : Optional.of(Instant.ofEpochMilli(erasureDue)), commitment,
        eraseSequence);
  }
}
