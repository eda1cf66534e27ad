package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static io.larimar.ledger.Samples.principal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  @TempDir Path directory;

  private Ledger open() {
    return Ledger.open(directory.resolve("store"), LedgerOptions.defaults());
  }

  @Test
  void eachDeedNeedsItsRoleAndEachRefusalStandsInTheAudit() {
    Principal nobody = new Principal("nobody", "default", EnumSet.noneOf(Role.class));
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft(1));
      List<Executable> deeds = List.of(
          () -> ledger.append(nobody, draft(2)), () -> ledger.entry(nobody, 1),
          () -> ledger.live(nobody, 0, 1), () -> ledger.ids(nobody),
          () -> ledger.idsBySubject(nobody, "a"), () -> ledger.idsByTag(nobody, "a"),
          () -> ledger.history(nobody, 1), () -> ledger.tombstone(nobody, 1),
          () -> ledger.asOf(nobody, Instant.now()), () -> ledger.asOfSequence(nobody, 1),
          () -> ledger.forget(nobody, List.of(1L)), () -> ledger.undo(nobody),
          () -> ledger.forgetTenant(nobody), () -> ledger.expire(nobody, Instant.now()),
          () -> ledger.hold(nobody, 1, "x"), () -> ledger.release(nobody, 1, "x"),
          () -> ledger.recordRead(nobody, OptionalLong.empty(), "x"),
          () -> ledger.audit(nobody, 0, 1), () -> ledger.verify(nobody),
          () -> ledger.exportAudit(nobody, directory.resolve("x")),
          () -> ledger.receipt(nobody, List.of(1L), new byte[32], new byte[32], new byte[32]),
          () -> ledger.compact(nobody), () -> ledger.backup(nobody, directory.resolve("x")),
          () -> ledger.stats(nobody), () -> ledger.tenants(nobody));
      for (Executable deed : deeds) {
        assertEquals(RefusedException.Reason.ROLE,
            assertThrows(RefusedException.class, deed).reason());
      }
      List<AuditRow> refused = ledger.audit(OWNER, 0, 1000).stream()
          .filter(row -> row.operation() == Operation.REFUSE).toList();
      assertEquals(deeds.size(), refused.size());
      assertTrue(refused.stream().allMatch(row -> row.principal().equals("nobody")));
      assertEquals(1, Samples.liveIds(ledger).size());
      assertTrue(ledger.verify(OWNER).whole());
    }
  }

  @Test
  void aTenantNeitherSeesNorTouchesAnothersFacts() {
    Principal guest = new Principal("guest", "guests", EnumSet.allOf(Role.class));
    try (Ledger ledger = open()) {
      long mine = ledger.append(OWNER, draft(1)).id();
      Written theirs = ledger.append(guest, draft(1));
      assertEquals(OptionalLong.empty(), theirs.superseded());
      assertEquals(Optional.empty(), ledger.entry(guest, mine));
      assertEquals(Optional.empty(), ledger.tombstone(guest, mine));
      assertEquals(List.of(), ledger.history(guest, mine));
      assertEquals(List.of(theirs.id()), ledger.ids(guest));
      assertEquals(List.of(theirs.id()), ledger.idsBySubject(guest, "subject 1"));
      assertEquals(List.of(), ledger.forget(guest, List.of(mine)));
      assertFalse(ledger.hold(guest, mine, "x"));
      assertEquals(List.of(theirs.id()), ledger.undo(guest).orElseThrow().erased());
      assertEquals(Optional.empty(), ledger.undo(guest));
      assertTrue(ledger.entry(OWNER, mine).isPresent());
      assertThrows(IllegalStateException.class, () -> ledger.receipt(OWNER,
          List.of(theirs.id()), new byte[32], new byte[32], new byte[32]));
    }
  }

  @Test
  void eachReadingOfContentStandsInTheAuditAndOfAnothersFactOnlyThatItWasAskedFor() {
    Principal guest = new Principal("guest", "guests", EnumSet.allOf(Role.class));
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft(1));
      ledger.entry(OWNER, 1);
      ledger.entry(guest, 1);
      ledger.entry(guest, 77);
      ledger.forEachLive(OWNER, entry -> { });
      ledger.live(OWNER, 0, 5);
      ledger.asOf(OWNER, Instant.now());
      ledger.asOfSequence(OWNER, 2);
      List<String> reads = ledger.audit(OWNER, 0, 100).stream()
          .filter(row -> row.operation() == Operation.READ)
          .map(row -> row.principal() + " " + row.fact() + " " + row.related() + " "
              + row.detail()).toList();
      assertEquals(List.of("owner 1 0 entry", "guest 0 1 no entry", "guest 0 77 no entry",
          "owner 0 0 list", "owner 0 0 list", "owner 0 0 as-of", "owner 0 0 as-of"), reads);
      assertTrue(ledger.verify(OWNER).whole());
    }
  }

  /** Whatever a tenant with every role in its own tenant asks for, it says nothing of another. */
  @Test
  void noRoleWithinATenantReachesBeyondIt() throws IOException {
    Principal guest = new Principal("guest", "guests", EnumSet.allOf(Role.class));
    try (Ledger ledger = open()) {
      ledger.append(guest, draft(1));
      long before = ledger.stats(guest).bytes();
      for (int i = 2; i < 40; i++) {
        ledger.append(OWNER, draft(i));
      }
      ledger.hold(OWNER, 5, "Canaryreason");
      ledger.forget(OWNER, List.of(6L));
      Receipt theirs = ledger.receipt(OWNER, List.of(6L), new byte[32], new byte[32], new byte[32]);
      Path backup = directory.resolve("backup");
      List<Executable> beyond = List.of(() -> ledger.tenants(guest), () -> ledger.compact(guest),
          () -> ledger.expire(guest, Instant.MAX), () -> ledger.backup(guest, backup),
          () -> Ledger.restore(guest, backup, backup, directory, LedgerOptions.defaults()));
      for (Executable deed : beyond) {
        String said = assertThrows(RefusedException.class, deed).getMessage();
        assertFalse(said.contains("owner"), said);
      }
      Stats stats = ledger.stats(guest);
      assertEquals(List.of(1L, 0L, 0L, 0L, 0L, 1L), List.of(stats.live(), stats.superseded(),
          stats.forgotten(), stats.erased(), stats.held(), stats.tenants()));
      assertEquals(before, stats.bytes());
      assertTrue(ledger.audit(guest, 0, 1000).stream()
          .allMatch(row -> row.tenant().equals("guests")));
      assertEquals(stats.auditRows(), ledger.audit(guest, 0, 1000).size());
      ledger.exportAudit(guest, directory.resolve("guest.jsonl"));
      String export = Files.readString(directory.resolve("guest.jsonl"));
      assertFalse(export.contains("owner") || export.contains("default")
          || export.contains("Canaryreason"), export);
      assertEquals(List.of("receipt: it is another store's"),
          ledger.verify(guest, theirs).findings());
      assertEquals(1, ledger.verify(guest).facts());
      assertThrows(IllegalStateException.class, () -> ledger.receipt(guest, List.of(6L),
          new byte[32], new byte[32], new byte[32]));
      assertEquals(List.of(), ledger.idsBySubject(guest, "subject 7"));
      assertEquals(List.of(), ledger.asOf(guest, Instant.now()).erasedSince());
      assertEquals(List.of(1L), ledger.asOf(guest, Instant.now()).entries().stream()
          .map(Entry::id).toList());
    }
  }

  @Test
  void aTenantsAuditorLearnsOfDamageElsewhereOnlyThatItIsThere() throws SQLException {
    Principal guest = new Principal("guest", "guests", EnumSet.allOf(Role.class));
    try (Ledger ledger = open()) {
      ledger.append(guest, draft(1));
      ledger.append(OWNER, draft(2));
      ledger.store().database().update("UPDATE fact SET held = 1 WHERE id = 2");
      assertEquals(List.of("fact 2: its row differs from what the audit says"),
          ledger.verify(OWNER).findings());
      assertEquals(List.of("the store is damaged: ask an auditor of the store to verify it"),
          ledger.verify(guest).findings());
    }
  }

  @Test
  void aForgottenTenantLeavesTombstonesAndNoKey() {
    Principal guest = new Principal("guest", "guests", EnumSet.allOf(Role.class));
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft(1));
      ledger.appendAll(guest, List.of(draft(1), draft(1), draft(2)));
      assertEquals(List.of("default", "guests"), ledger.tenants(OWNER));
      assertEquals(3, ledger.forgetTenant(guest).size());
      assertEquals(List.of("default"), ledger.tenants(OWNER));
      assertEquals(List.of(), ledger.ids(guest));
      assertEquals(List.of(1L), ledger.ids(OWNER));
      assertTrue(ledger.verify(OWNER).whole());
      assertEquals(5, ledger.append(guest, draft(1)).id());
      assertTrue(ledger.verify(OWNER).whole());
    }
  }

  @Test
  void theAuditNamesWhoWhatAndWhenAndNeverTheContent() throws IOException {
    Principal clerk = principal("clerk", "default", Role.READ, Role.WRITE);
    Path export = directory.resolve("audit.jsonl");
    try (Ledger ledger = open()) {
      ledger.append(clerk, new Draft(Fact.of("Canarysubject", "Canaryprompt", "Canarytarget")
          .withTags(List.of("Canarytag")), List.of("Canarybytes".getBytes())));
      ledger.recordRead(clerk, OptionalLong.of(1), "in scope 0.9");
      assertThrows(RefusedException.class, () -> ledger.forget(clerk, List.of(1L)));
      ledger.forget(OWNER, List.of(1L));
      ledger.exportAudit(OWNER, export);
      List<String> lines = Files.readAllLines(export);
      assertEquals(List.of(Operation.CREATE, Operation.WRITE, Operation.READ, Operation.REFUSE,
          Operation.FORGET), lines.stream().map(line -> AuditRow.fromJson(line).operation())
          .toList());
      assertFalse(String.join("", lines).contains("Canary"));
      String previous = AuditRow.GENESIS;
      for (String line : lines) {
        AuditRow row = AuditRow.fromJson(line);
        assertEquals(previous, row.previous());
        assertEquals(row.hash(), row.computedHash());
        assertEquals(line, row.toJson());
        previous = row.hash();
      }
    }
  }

  @Test
  void bufferedReadsAreWrittenByTheNextChangeAndByClose() {
    LedgerOptions options = LedgerOptions.defaults().withAuditBatch(100);
    try (Ledger ledger = Ledger.open(directory.resolve("store"), options)) {
      ledger.recordRead(OWNER, OptionalLong.empty(), "out of scope");
      ledger.append(OWNER, draft(1));
      ledger.recordRead(OWNER, OptionalLong.of(1), "in scope");
    }
    try (Ledger ledger = open()) {
      assertEquals(List.of(Operation.CREATE, Operation.READ, Operation.WRITE, Operation.READ),
          ledger.audit(OWNER, 0, 100).stream().map(AuditRow::operation).toList());
      assertTrue(ledger.verify(OWNER).whole());
      assertThrows(IllegalArgumentException.class,
          () -> ledger.recordRead(OWNER, OptionalLong.empty(), "x".repeat(257)));
    }
  }

  @Test
  void aReadWaitsForNoOtherCallAndTheRowsOfManyReadsAreWrittenBesideThem() throws Exception {
    LedgerOptions options = LedgerOptions.defaults().withAuditBatch(10);
    Path store = directory.resolve("store");
    try (Ledger ledger = Ledger.open(store, options)) {
      ledger.append(OWNER, draft(1));
      synchronized (ledger) { // as a change that is being written holds it
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
          for (int i = 0; i < 19; i++) {
            ledger.recordRead(OWNER, OptionalLong.of(1), "in scope " + i);
          }
        });
      }
      for (int i = 19; i < 500; i++) { // some of them find twice as many waiting
        ledger.recordRead(OWNER, OptionalLong.of(1), "in scope " + i);
      }
    }
    try (Ledger ledger = open()) {
      List<String> reads = ledger.audit(OWNER, 0, 1_000).stream()
          .filter(row -> row.operation() == Operation.READ).map(AuditRow::detail).toList();
      assertEquals(IntStream.range(0, 500).mapToObj(i -> "in scope " + i).toList(), reads);
      assertTrue(ledger.verify(OWNER).whole());
    }
  }

  @Test
  void noReadIsLostBesideAClose() throws Exception {
    Path store = directory.resolve("store");
    int total = 0;
    for (int round = 0; round < 20; round++) {
      Ledger ledger = Ledger.open(store, LedgerOptions.defaults().withAuditBatch(3));
      AtomicInteger noted = new AtomicInteger();
      List<Thread> readers = IntStream.range(0, 4).mapToObj(i -> Thread.ofPlatform().start(() -> {
        try {
          while (true) {
            ledger.recordRead(OWNER, OptionalLong.empty(), "read");
            noted.incrementAndGet();
          }
        } catch (IllegalStateException closed) {
          return;
        }
      })).toList();
      Thread.sleep(round);
      ledger.close();
      for (Thread reader : readers) {
        reader.join();
      }
      total += noted.get();
    }
    try (Ledger ledger = open()) {
      assertEquals(total, ledger.store().database()
          .queryLong("SELECT count(*) FROM audit WHERE operation = 'READ'"));
    }
  }
}
