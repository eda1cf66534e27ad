package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptTest {
  @TempDir Path directory;
  private final byte[] before = new byte[32];
  private final byte[] after = new byte[32];

  @BeforeEach
  void distinctHashes() {
    Arrays.fill(before, (byte) 1);
    Arrays.fill(after, (byte) 2);
  }

  private Ledger open() {
    return Ledger.open(directory.resolve("store"), LedgerOptions.defaults());
  }

  private Receipt forgottenOne(Ledger ledger) {
    ledger.appendAll(OWNER, List.of(draft(1), draft(2), draft(3)));
    ledger.forget(OWNER, List.of(2L));
    return ledger.receipt(OWNER, List.of(2L), before, after, after);
  }

  @Test
  void aReceiptHoldsAfterMoreWritesAndReopening() {
    Receipt receipt;
    try (Ledger ledger = open()) {
      receipt = forgottenOne(ledger);
      assertTrue(receipt.rebuiltEqual());
      ledger.append(OWNER, draft(4));
      ledger.compact(OWNER);
    }
    try (Ledger ledger = open()) {
      Receipt read = Receipt.fromJson(receipt.toJson() + "\n");
      assertEquals(receipt, read);
      assertEquals(List.of(), ledger.verify(OWNER, read).findings());
      EarlierState then = ledger.asOfSequence(OWNER, read.chainSequence());
      assertEquals(List.of(1L, 3L), then.entries().stream().map(Entry::id).toList());
      assertEquals(List.of(), then.erasedSince());
    }
  }

  @Test
  void aNamedReceiptHasNoNumbersAndHoldsInItsStore() {
    Receipt receipt;
    try (Ledger ledger = open()) {
      forgottenOne(ledger);
      receipt = ledger.namedReceipt(OWNER, List.of(2L), before, after, after);
      ledger.append(OWNER, draft(4));
    }
    String json = receipt.toJson();
    Pseudonyms names;
    try (Ledger ledger = open()) {
      names = ledger.pseudonyms(OWNER);
      Receipt read = ledger.receipt(json);
      assertEquals(receipt, read);
      assertEquals(List.of(), ledger.verify(OWNER, read).findings());
      assertTrue(json.contains("\"facts\":[\"" + names.fact(2) + "\"]"), json);
      AuditRow end = ledger.audit(OWNER, read.chainSequence() - 1, 1).getFirst();
      assertFalse(json.contains(end.hash()), json);
      assertFalse(json.contains(Hashes.hex(before)) || json.contains(Hashes.hex(after)), json);
      assertEquals(names.sealed(Hashes.hex(after)), read.rebuilt());
      assertTrue(read.rebuiltEqual());
      for (String forged : List.of(json.replace(names.fact(2), names.fact(1)),
          json.replace(names.fact(2), UUID.randomUUID().toString()),
          json.replace(receipt.chainHash(), "00".repeat(32)),
          json.replace(receipt.rebuilt(), names.sealed("00".repeat(32))),
          json.replace(names.end(receipt.chainSequence()), names.end(1)),
          json.replace(names.end(receipt.chainSequence()), UUID.randomUUID().toString()))) {
        assertFalse(ledger.verify(OWNER, ledger.receipt(forged)).whole(), forged);
      }
    }
    assertThrows(IllegalArgumentException.class, () -> Receipt.fromJson(json));
    try (Ledger other = Ledger.open(directory.resolve("other"), LedgerOptions.defaults())) {
      assertFalse(other.verify(OWNER, other.receipt(json)).whole());
      assertNotEquals(names, other.pseudonyms(OWNER));
    }
  }

  @Test
  void namesHaveNoOrderAndLeadNowhereForOthers() {
    try (Ledger ledger = open()) {
      Pseudonyms ours = ledger.pseudonyms(OWNER);
      Pseudonyms theirs =
          ledger.pseudonyms(new Principal("guest", "guests", EnumSet.allOf(Role.class)));
      for (long id : new long[] {1, 2, 1_000_000_007L, Long.MAX_VALUE}) {
        String name = ours.fact(id);
        assertEquals(id, ours.factOf(name).orElseThrow());
        assertEquals(id, ours.rowOf(ours.row(id)).orElseThrow());
        for (String nobodys : List.of(ours.row(id), ours.group(id), ours.end(id),
            theirs.fact(id), name.toUpperCase(Locale.ROOT),
            name.substring(1), name + "0", "" + id, "")) {
          assertTrue(ours.factOf(nobodys).isEmpty(), nobodys);
        }
      }
      assertEquals("a fact of a row, 3 facts",
          Pseudonyms.withoutNumbers("fact 17 of row 4, 3 facts"));
    }
  }

  @Test
  void aReceiptOfAnotherStoreFails() {
    Receipt receipt;
    try (Ledger ledger = open()) {
      receipt = forgottenOne(ledger);
    }
    try (Ledger other = Ledger.open(directory.resolve("other"), LedgerOptions.defaults())) {
      forgottenOne(other);
      assertFalse(other.verify(OWNER, receipt).whole());
    }
  }

  @Test
  void aForgedReceiptFailsEvenWithTheStoresOwnKey() {
    try (Ledger ledger = open()) {
      Receipt genuine = forgottenOne(ledger);
      SigningKey key = SigningKey.open(new StoreFiles(ledger.directory()), ledger.publicKey());
      Receipt bare = new Receipt(genuine.storeId(), genuine.tenant(), genuine.principal(),
          genuine.issuedAt(), genuine.erasures(), genuine.stateAfter(), genuine.stateAfter(),
          genuine.rebuilt(), genuine.chainSequence(), genuine.chainHash(),
          genuine.publicKeyId(), "");
      Receipt forged = bare.signed(Hashes.hex(key.sign(bare.signedBytes())));
      assertEquals(List.of("receipt: the audit does not say that it was issued"),
          ledger.verify(OWNER, forged).findings());
    }
  }

  @Test
  void aPayloadThatComesBackBehindTheReceiptIsFound() throws SQLException {
    try (Ledger ledger = open()) {
      ledger.appendAll(OWNER, List.of(draft(1), draft(2), draft(3)));
      Vault.Sealed sealed = ledger.store().vault().sealed(2).orElseThrow();
      ledger.forget(OWNER, List.of(2L));
      Receipt receipt = ledger.receipt(OWNER, List.of(2L), before, after, after);
      Database database = ledger.store().database();
      database.update("UPDATE payload SET sealed = ? WHERE id = 2", sealed.payload());
      database.update("UPDATE secret SET sealed = ? WHERE id = 2", sealed.secret());
      assertEquals(3, ledger.verify(OWNER, receipt).findings().size());
    }
  }

  @Test
  void noReceiptIsHadForALivingFactNorInsideAnUndoWindow() {
    try (Ledger ledger = open()) {
      ledger.append(OWNER, draft(1));
      assertThrows(IllegalStateException.class,
          () -> ledger.receipt(OWNER, List.of(1L), before, after, after));
      assertThrows(IllegalStateException.class,
          () -> ledger.receipt(OWNER, List.of(9L), before, after, after));
    }
    Samples.SetClock clock = new Samples.SetClock();
    try (Ledger ledger = Ledger.open(directory.resolve("store"), LedgerOptions.defaults()
        .withClock(clock).withForgetUndoWindow(Duration.ofDays(1)))) {
      ledger.forget(OWNER, List.of(1L));
      assertThrows(IllegalStateException.class,
          () -> ledger.receipt(OWNER, List.of(1L), before, after, after));
      clock.advance(Duration.ofDays(1));
      ledger.expire(OWNER, clock.instant());
      Receipt receipt = ledger.receipt(OWNER, List.of(1L), before, after, after);
      assertEquals(Operation.ERASE, receipt.erasures().getFirst().operation());
      assertTrue(ledger.verify(OWNER, receipt).whole());
    }
  }

  /** The script of docs/FORMATS.md, which knows nothing of this code, comes to the same verdict. */
  @Test
  void aThirdPartysVerifierAgrees() throws IOException, InterruptedException {
    Path formats = Path.of("..", "..", "docs", "FORMATS.md");
    assumeTrue(Files.exists(formats) && runs("python3", "--version")
        && runs("openssl", "version"), "needs docs, python3 and openssl");
    String text = Files.readString(formats);
    int start = text.indexOf("```python\n") + "```python\n".length();
    Path script = Files.writeString(directory.resolve("verify.py"),
        text.substring(start, text.indexOf("```", start)));
    Receipt receipt;
    try (Ledger ledger = open()) {
      receipt = forgottenOne(ledger);
      ledger.append(OWNER, draft("東京", "東京 \"の\" is", "x"));
    }
    Path file = Files.writeString(directory.resolve("receipt.json"), receipt.toJson());
    String store = directory.resolve("store").toString();
    assertTrue(runs("python3", script.toString(), store, file.toString()));
    Files.writeString(file, receipt.toJson().replace("\"facts\":[2]", "\"facts\":[1]"));
    assertFalse(runs("python3", script.toString(), store, file.toString()));
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void otherFormsOfTheSameReceiptAreRefused() {
    try (Ledger ledger = open()) {
      String json = forgottenOne(ledger).toJson();
      for (String other : List.of(json + " ", " " + json, json.replace(",", ", "),
          json.replace("\"rebuilt\"", "\"REBUILT\""), json.substring(1), "{}", "",
          json.replace("larimar receipt 1", "larimar receipt 2"))) {
        assertThrows(IllegalArgumentException.class, () -> Receipt.fromJson(other), other);
      }
      assertThrows(IllegalArgumentException.class,
          () -> ledger.receipt(OWNER, List.of(2L), new byte[31], after, after));
    }
  }
}
