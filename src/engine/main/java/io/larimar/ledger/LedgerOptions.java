package io.larimar.ledger;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a store is kept.
 *
 * @param clock where times come from; kept in milliseconds
 * @param forgetUndoWindow how long a forget may be taken back. <b>Its cost:</b> for so long the
 *     fact's key and ciphertext stay in the store, the forget is not complete and no receipt can be
 *     had; it ends at the first write, forget, undo, open or expire after its time. Zero, the
 *     default, erases at once and for good
 * @param compactOnForget whether each forget ends with {@link Ledger#compact}. Not needed for
 *     erasure, which overwrites in place and empties the write-ahead log either way; it gives the
 *     space back, at a cost that grows with the store
 * @param auditJournal a file, best on another disk, to which every row of the audit is added before
 *     a change is acknowledged: what {@link Ledger#restore} replays on an older backup
 * @param auditBatch how many rows about reads wait in memory before a thread of the ledger's own
 *     writes them, as many again at most coming meanwhile; 1 writes each before
 *     {@link Ledger#recordRead} returns. Every change, close and flush writes them too
 * @param maxBytes the most bytes that the database file may have
 */
public record LedgerOptions(Clock clock, Duration forgetUndoWindow, boolean compactOnForget,
    Optional<Path> auditJournal, int auditBatch, long maxBytes) {

  /** The longest undo window. */
  public static final Duration MAX_UNDO_WINDOW = Duration.ofDays(366);

  /** The least bytes that a store needs. */
  public static final long MIN_BYTES = 1 << 20;

  public LedgerOptions {
    Objects.requireNonNull(clock, "clock");
    Objects.requireNonNull(auditJournal, "auditJournal");
    if (forgetUndoWindow.isNegative() || forgetUndoWindow.compareTo(MAX_UNDO_WINDOW) > 0) {
      throw new IllegalArgumentException("forgetUndoWindow must be between 0 and "
          + MAX_UNDO_WINDOW + ": " + forgetUndoWindow);
    }
    if (auditBatch < 1 || auditBatch > 65_536) {
      throw new IllegalArgumentException(
          "auditBatch must be between 1 and 65536: " + auditBatch);
    }
    if (maxBytes < MIN_BYTES) {
      throw new IllegalArgumentException(
          "maxBytes must be at least " + MIN_BYTES + ": " + maxBytes);
    }
  }

  /** System clock, no undo window, no journal, each read durable, at most 1 TiB. */
  public static LedgerOptions defaults() {
    return new LedgerOptions(Clock.systemUTC(), Duration.ZERO, false, Optional.empty(), 1,
        1L << 40);
  }

  /** The same with this clock. */
  public LedgerOptions withClock(Clock clock) {
    return new LedgerOptions(clock, forgetUndoWindow, compactOnForget, auditJournal, auditBatch,
        maxBytes);
  }

  /** The same with this undo window; mind its cost. */
  public LedgerOptions withForgetUndoWindow(Duration window) {
    return new LedgerOptions(clock, window, compactOnForget, auditJournal, auditBatch, maxBytes);
  }

  /** The same with or without compaction after each forget. */
  public LedgerOptions withCompactOnForget(boolean compact) {
    return new LedgerOptions(clock, forgetUndoWindow, compact, auditJournal, auditBatch, maxBytes);
  }

  /** The same with this journal. */
  public LedgerOptions withAuditJournal(Path journal) {
    return new LedgerOptions(clock, forgetUndoWindow, compactOnForget, Optional.of(journal),
        auditBatch, maxBytes);
  }

  /** The same without a journal. */
  LedgerOptions withoutAuditJournal() {
    return new LedgerOptions(clock, forgetUndoWindow, compactOnForget, Optional.empty(),
        auditBatch, maxBytes);
  }

  /** The same with so many reads to a write of the audit. */
  public LedgerOptions withAuditBatch(int rows) {
    return new LedgerOptions(clock, forgetUndoWindow, compactOnForget, auditJournal, rows,
        maxBytes);
  }

  /** The same with this limit of the database file. */
  public LedgerOptions withMaxBytes(long bytes) {
    return new LedgerOptions(clock, forgetUndoWindow, compactOnForget, auditJournal, auditBatch,
        bytes);
  }
}
