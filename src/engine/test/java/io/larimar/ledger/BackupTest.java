package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static io.larimar.ledger.Samples.liveIds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupTest {
  @TempDir Path directory;

  private Path at(String name) {
    return directory.resolve(name);
  }

  private LedgerOptions options() {
    return LedgerOptions.defaults().withAuditJournal(at("journal.jsonl"));
  }

  /** Five facts, a backup, then a forget, an overwrite and a new fact; then the store is lost. */
  private Receipt backedUpAndLost() throws IOException {
    Receipt receipt;
    try (Ledger ledger = Ledger.open(at("store"), options())) {
      for (int i = 1; i <= 5; i++) {
        ledger.append(OWNER, draft(i));
      }
      ledger.forget(OWNER, List.of(5L));
      ledger.backup(OWNER, at("backup"));
      ledger.forget(OWNER, List.of(2L));
      receipt = ledger.receipt(OWNER, List.of(2L), new byte[32], new byte[32], new byte[32]);
      ledger.append(OWNER, draft("subject 3", "The flow rate of subject 3 is", "changed"));
      ledger.append(OWNER, draft(7));
      ledger.hold(OWNER, 4, "case");
    }
    for (String name : List.of("ledger.db", "master.key", "signing.key")) {
      Files.delete(at("store").resolve(name));
    }
    return receipt;
  }

  @Test
  void aRestoredBackupDoesNotBringAForgottenFactBack() throws IOException {
    Receipt receipt = backedUpAndLost();
    String sealed;
    // In a copy: to read a store adds rows to its audit, and a backup's must stay the journal's.
    Files.createDirectories(at("copy"));
    for (String name : List.of("ledger.db", "master.key", "signing.key")) {
      Files.copy(at("backup").resolve(name), at("copy").resolve(name));
    }
    try (Ledger backup = Ledger.open(at("copy"), LedgerOptions.defaults())) {
      assertEquals(List.of(1L, 2L, 3L, 4L), liveIds(backup));
      byte[] payload = backup.store().vault().sealed(2).orElseThrow().payload();
      sealed = Samples.latin(Arrays.copyOf(payload, 24));
    }
    assertTrue(Samples.content(at("backup")).contains(sealed));
    Restored restored = Ledger.restore(OWNER, at("backup"), at("journal.jsonl"), at("store"),
        options());
    assertEquals(new Restored(5, List.of(2L), List.of(6L, 7L)), restored);
    assertFalse(Samples.content(at("store")).contains(sealed));
    try (Ledger ledger = Ledger.open(at("store"), options())) {
      assertEquals(List.of(1L, 4L), liveIds(ledger));
      assertEquals(Optional.empty(), ledger.entry(OWNER, 2));
      assertEquals(Operation.FORGET, ledger.tombstone(OWNER, 2).orElseThrow().operation());
      assertEquals(Operation.LOST, ledger.tombstone(OWNER, 7).orElseThrow().operation());
      assertTrue(ledger.entry(OWNER, 4).orElseThrow().held());
      assertEquals(List.of(), ledger.verify(OWNER, receipt).findings());
      assertEquals(8, ledger.append(OWNER, draft(7)).id());
    }
  }

  @Test
  void aStoreRefusesAnOlderStateOfItselfPutBackByHand() throws IOException {
    backedUpAndLost();
    for (String name : List.of("ledger.db", "master.key", "signing.key")) {
      Files.copy(at("backup").resolve(name), at("store").resolve(name));
    }
    StoreException refused = assertThrows(StoreException.class,
        () -> Ledger.open(at("store"), options()));
    assertEquals(StoreException.Reason.CORRUPT, refused.reason());
    assertTrue(refused.getMessage().contains("Ledger.restore"));
  }

  @Test
  void anUndoWindowThatEndedAfterTheBackupIsReplayedToo() {
    Samples.SetClock clock = new Samples.SetClock();
    LedgerOptions windowed = options().withClock(clock).withForgetUndoWindow(Duration.ofHours(1));
    try (Ledger ledger = Ledger.open(at("store"), windowed)) {
      ledger.appendAll(OWNER, List.of(draft(1), draft(2)));
      ledger.forget(OWNER, List.of(1L));
      ledger.backup(OWNER, at("backup"));
      clock.advance(Duration.ofHours(2));
      assertEquals(1, ledger.expire(OWNER, clock.instant()).size());
      ledger.exportAudit(OWNER, at("export.jsonl"));
    }
    Restored restored = Ledger.restore(OWNER, at("backup"), at("export.jsonl"), at("restored"),
        windowed.withoutAuditJournal());
    assertEquals(new Restored(1, List.of(1L), List.of()), restored);
    try (Ledger ledger = Ledger.open(at("restored"), LedgerOptions.defaults())) {
      assertEquals(List.of(2L), liveIds(ledger));
      assertTrue(ledger.verify(OWNER).whole());
    }
  }

  @Test
  void aJournalThatIsDamagedForeignOrTooShortIsRefusedAndNothingIsLeft() throws IOException {
    backedUpAndLost();
    List<String> lines = Files.readAllLines(at("journal.jsonl"));
    Files.write(at("short"), lines.subList(0, 3));
    Files.write(at("gap"), lines.stream().filter(line -> !line.contains("HOLD")
        && !line.contains("RECEIPT")).toList());
    Files.writeString(at("damaged"), Files.readString(at("journal.jsonl"))
        .replace("\"operation\":\"FORGET\"", "\"operation\":\"READ\""));
    Files.writeString(at("garbage"), "no journal\n");
    for (String journal : List.of("short", "gap", "damaged", "garbage")) {
      StoreException refused = assertThrows(StoreException.class, () -> Ledger.restore(OWNER,
          at("backup"), at(journal), at("restored"), LedgerOptions.defaults()));
      assertEquals(StoreException.Reason.CORRUPT, refused.reason(), journal);
      assertFalse(Files.exists(at("restored")), journal);
      assertFalse(Files.exists(at("restored.restoring")), journal);
    }
    assertThrows(IllegalArgumentException.class, () -> Ledger.restore(OWNER, at("backup"),
        at("journal.jsonl"), at("backup"), LedgerOptions.defaults()));
  }

  @Test
  void aJournalCutByACrashIsMendedFromTheAudit() throws IOException {
    try (Ledger ledger = Ledger.open(at("store"), options())) {
      ledger.append(OWNER, draft(1));
    }
    String whole = Files.readString(at("journal.jsonl"));
    Files.writeString(at("journal.jsonl"), whole.substring(0, whole.length() - 40));
    Ledger.open(at("store"), options()).close();
    assertEquals(whole, Files.readString(at("journal.jsonl")));
    Files.writeString(at("journal.jsonl"), "", StandardOpenOption.TRUNCATE_EXISTING);
    Ledger.open(at("store"), options()).close();
    assertEquals(whole, Files.readString(at("journal.jsonl")));
    try (Ledger other = Ledger.open(at("other"), LedgerOptions.defaults())) {
      other.append(OWNER, draft(1));
    }
    assertThrows(StoreException.class, () -> Ledger.open(at("other"), options()));
  }
}
