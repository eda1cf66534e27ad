package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static io.larimar.ledger.Samples.liveIds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larimar.engine.Fact;
import io.larimar.ledger.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreErrorsTest {
  @TempDir Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private StoreException refused(Reason reason) {
    StoreException refused = assertThrows(StoreException.class,
        () -> Ledger.open(store(), LedgerOptions.defaults()).close());
    assertEquals(reason, refused.reason(), refused.getMessage());
    return refused;
  }

  private void sql(String... statements) throws SQLException {
    try (Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + store().resolve("ledger.db"))) {
      for (String statement : statements) {
        connection.createStatement().execute(statement);
      }
    }
  }

  private void makeStore() {
    try (Ledger ledger = Ledger.open(store(), LedgerOptions.defaults())) {
      ledger.append(OWNER, draft(1));
    }
  }

  @Test
  void aStoreOpenedTwiceNamesTheHolder() {
    try (Ledger ledger = Ledger.open(store(), LedgerOptions.defaults())) {
      assertTrue(refused(Reason.ALREADY_OPEN).getMessage()
          .contains("pid " + ProcessHandle.current().pid()));
      assertEquals(1, ledger.append(OWNER, draft(1)).id());
    }
    Ledger.open(store(), LedgerOptions.defaults()).close();
  }

  @Test
  void aStoreHeldByAnotherProcessNamesIt() throws IOException, InterruptedException {
    Process other = LedgerChild.start(store(), "hold", 0);
    try {
      assertEquals("ready", other.inputReader().readLine());
      assertTrue(refused(Reason.ALREADY_OPEN).getMessage().contains("pid " + other.pid()));
    } finally {
      other.destroyForcibly().waitFor();
    }
    Ledger.open(store(), LedgerOptions.defaults()).close();
  }

  @Test
  void aStoreOfANewerVersionIsRefusedUntouched() throws SQLException {
    makeStore();
    sql("PRAGMA user_version=2");
    refused(Reason.NEWER_VERSION);
    sql("PRAGMA user_version=1");
    try (Ledger ledger = Ledger.open(store(), LedgerOptions.defaults())) {
      assertEquals(List.of(1L), liveIds(ledger));
    }
  }

  @Test
  void aDirectoryOfOtherThingsIsNoStore() throws IOException, SQLException {
    Files.createDirectories(store());
    Files.writeString(store().resolve("thesis.txt"), "mine");
    refused(Reason.NOT_A_STORE);
    assertEquals(List.of("thesis.txt"), names());
    Files.delete(store().resolve("thesis.txt"));
    sql("CREATE TABLE theirs(x)");
    refused(Reason.NOT_A_STORE);
    Files.delete(store().resolve("ledger.db"));
    Files.delete(store());
    Files.writeString(store(), "a file");
    refused(Reason.NOT_A_STORE);
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(store())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aDatabaseOfGarbageIsCorrupt() throws IOException {
    makeStore();
    Files.writeString(store().resolve("ledger.db"), "no database at all".repeat(1000));
    refused(Reason.CORRUPT);
  }

  @Test
  void missingOrChangedKeyFilesAreCorrupt() throws IOException {
    makeStore();
    for (String name : List.of("master.key", "signing.key")) {
      Path file = store().resolve(name);
      byte[] whole = Files.readAllBytes(file);
      for (int bit = 0; bit < 8 * whole.length; bit += 31) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        Files.write(file, flipped);
        refused(Reason.CORRUPT);
      }
      Files.delete(file);
      assertTrue(refused(Reason.CORRUPT).getMessage().contains(name));
      Files.write(file, whole);
    }
    Ledger.open(store(), LedgerOptions.defaults()).close();
  }

  @Test
  void aFullDiskLosesNothingAndWorksAgainWithSpace() {
    LedgerOptions small = LedgerOptions.defaults().withMaxBytes(LedgerOptions.MIN_BYTES);
    List<Long> written = new ArrayList<>();
    Draft large = Draft.of(Fact.of("large"), new byte[100_000]);
    try (Ledger ledger = Ledger.open(store(), small)) {
      StoreException full = assertThrows(StoreException.class, () -> {
        for (int i = 0; i < 100; i++) {
          written.add(ledger.append(OWNER,
              Draft.of(Fact.of("large " + written.size()), large.derived().getFirst())).id());
        }
      });
      assertEquals(Reason.DISK_FULL, full.reason());
      assertTrue(written.size() > 3);
      assertEquals(written, liveIds(ledger));
      ledger.forget(OWNER, written.subList(0, 3));
      ledger.compact(OWNER);
      ledger.append(OWNER, large);
    }
    try (Ledger ledger = Ledger.open(store(), LedgerOptions.defaults())) {
      assertEquals(written.size() - 3 + 1, liveIds(ledger).size());
    }
  }

  @Test
  void aFullDiskIsToldToReadersAndNoMoreOfThemWaitThanSaid() {
    LedgerOptions small =
        LedgerOptions.defaults().withMaxBytes(LedgerOptions.MIN_BYTES).withAuditBatch(10);
    String detail = "x".repeat(AuditRow.MAX_DETAIL_LENGTH);
    Ledger ledger = Ledger.open(store(), small);
    StoreException full = assertThrows(StoreException.class, () -> {
      for (int i = 0; i < 100_000; i++) {
        ledger.recordRead(OWNER, OptionalLong.empty(), detail);
      }
    });
    assertEquals(Reason.DISK_FULL, full.reason());
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      try {
        ledger.recordRead(OWNER, OptionalLong.empty(), detail);
      } catch (StoreException e) {
        assertEquals(Reason.DISK_FULL, e.reason());
        refused++;
      }
    }
    assertTrue(refused >= 80, "refused: " + refused);
    assertTrue(ledger.store().waitingReads() <= 20, "waiting: " + ledger.store().waitingReads());
    assertEquals(Reason.DISK_FULL, assertThrows(StoreException.class, ledger::close).reason());
    assertThrows(IllegalStateException.class,
        () -> ledger.recordRead(OWNER, OptionalLong.empty(), "late"));
    try (Ledger whole = Ledger.open(store(), LedgerOptions.defaults())) {
      assertTrue(whole.verify(OWNER).whole());
      assertTrue(whole.audit(OWNER, 0, 100).size() > 10);
    }
  }

  @Test
  void aReadOnlyStoreIsRefused() throws IOException, InterruptedException {
    makeStore();
    // Root writes whatever the bits say: there the other way to say no is the immutable flag.
    boolean root = "root".equals(System.getProperty("user.name"));
    Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.setPosixFilePermissions(store().resolve("ledger.db"),
        PosixFilePermissions.fromString("r--r--r--"));
    boolean immutable = root && flag("+i");
    assumeTrue(!root || immutable,
        "as root, on a file system without the immutable flag");
    try {
      refused(Reason.READ_ONLY);
    } finally {
      if (immutable) {
        flag("-i");
      }
      Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("rwx------"));
      Files.setPosixFilePermissions(store().resolve("ledger.db"),
          PosixFilePermissions.fromString("rw-------"));
    }
    Ledger.open(store(), LedgerOptions.defaults()).close();
  }

  private boolean flag(String flag) throws InterruptedException {
    try {
      return new ProcessBuilder("chattr", flag, store().toString(),
          store().resolve("ledger.db").toString()).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void keyFilesAreTheOwnersAlone() throws IOException {
    makeStore();
    for (String name : List.of("master.key", "signing.key")) {
      assertEquals("rw-------", PosixFilePermissions.toString(
          Files.getPosixFilePermissions(store().resolve(name))));
    }
    assertEquals("rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(store())));
    assertFalse(Files.exists(store().resolve("store.pid")));
  }

  @Test
  void badArgumentsAreNamedWithTheirBounds() {
    assertThrows(IllegalArgumentException.class,
        () -> LedgerOptions.defaults().withAuditBatch(0));
    assertThrows(IllegalArgumentException.class,
        () -> LedgerOptions.defaults().withMaxBytes(4096));
    assertThrows(IllegalArgumentException.class, () -> Draft.of(Fact.of("x"), new byte[17 << 20]));
    assertThrows(IllegalArgumentException.class,
        () -> Samples.principal("a\nb", "default", Role.READ));
    assertThrows(IllegalArgumentException.class,
        () -> Samples.principal("a", "../default", Role.READ));
  }
}
