package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A verifier that was written from docs/FORMATS.md alone, in Python's standard library, comes to the
 * ledger's own verdict about whole and about changed stores and receipts.
 */
class ThirdPartyTest {
  private static final long SEED = 20261124;
  private static final int FLIPS = 30;

  @TempDir Path directory;
  private Path script;
  private Path receipt;

  @BeforeEach
  void unpack() throws IOException, InterruptedException {
    boolean python = new Said("python3", "--version").code == 0;
    if (!python) {
      System.out.println("python3 is not here: the third party's verifier was NOT run");
    }
    assumeTrue(python, "needs python3");
    script = directory.resolve("verify_store.py");
    try (InputStream in = ThirdPartyTest.class.getResourceAsStream("verify_store.py")) {
      Files.write(script, in.readAllBytes());
    }
    receipt = directory.resolve("receipt.json");
  }

  /** What a process said, and how it ended. */
  private static final class Said {
    final int code;
    final String text;

    Said(String... command) throws IOException, InterruptedException {
      Process process;
      try {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
      } catch (IOException missing) {
        code = -1;
        text = missing.getMessage();
        return;
      }
      text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      code = process.waitFor();
    }
  }

  private Said verified(String... more) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", script.toString(),
        directory.resolve("store").toString(), receipt.toString()));
    command.addAll(List.of(more));
    return new Said(command.toArray(String[]::new));
  }

  /** Facts in every state, of two tenants, with every operation but a restore. */
  private void fill() throws IOException {
    Samples.SetClock clock = new Samples.SetClock();
    Principal guest = new Principal("guest", "guests", EnumSet.allOf(Role.class));
    LedgerOptions options = LedgerOptions.defaults().withClock(clock)
        .withForgetUndoWindow(Duration.ofHours(1));
    try (Ledger ledger = Ledger.open(directory.resolve("store"), options)) {
      for (int i = 0; i < 10; i++) {
        ledger.append(OWNER, draft(i));
      }
      ledger.append(guest, draft("東京", "東京 \"の\"\n高さ is", "x 😀"));
      ledger.append(OWNER, draft("subject 1", "The flow rate of subject 1 is", "changed"));
      ledger.append(OWNER, draft("subject 2", "The flow rate of subject 2 is", "taken back"));
      ledger.undo(OWNER);
      ledger.append(OWNER,
          Draft.of(draft(50).fact().withTimeToLive(Duration.ofMinutes(1))));
      ledger.forget(OWNER, List.of(4L));
      ledger.undo(OWNER);
      ledger.forget(OWNER, List.of(5L, 12L));
      ledger.hold(OWNER, 7, "case");
      ledger.hold(OWNER, 8, "case");
      ledger.release(OWNER, 8, "closed");
      clock.advance(Duration.ofHours(2));
      ledger.expireDue();
      Receipt proof =
          ledger.receipt(OWNER, List.of(5L, 12L), new byte[32], new byte[32], new byte[32]);
      Files.writeString(receipt, proof.toJson() + "\n");
      ledger.forget(OWNER, List.of(9L));
      ledger.forgetTenant(guest);
      ledger.append(guest, draft(3));
      ledger.entry(OWNER, 77);
      assertEquals(List.of(), ledger.verify(OWNER, proof).findings());
    }
  }

  @Test
  void aThirdPartyFindsAWholeStoreWhole() throws IOException, InterruptedException {
    fill();
    Said said = verified();
    assertEquals(0, said.code, said.text);
    assertTrue(said.text.startsWith("holds: "), said.text);
    if (new Said("openssl", "version").code == 0) {
      Said standard = verified("--no-cryptography");
      assertEquals(0, standard.code, standard.text);
    } else {
      System.out.println("openssl is not here: signatures were checked by `cryptography` alone");
    }
  }

  @Test
  void aThirdPartyFindsEveryBitThatWasChanged()
      throws IOException, InterruptedException, SQLException {
    fill();
    Random random = new Random(SEED);
    byte[] genuine = Files.readAllBytes(receipt);
    for (int i = 0; i < FLIPS; i++) {
      byte[] changed = genuine.clone();
      int bit = random.nextInt(8 * (changed.length - 1));
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(receipt, changed);
      assertNotEquals(0, verified().code, "bit " + bit + " of the receipt, seed " + SEED);
    }
    Files.write(receipt, genuine);
    byte[] whole = Files.readAllBytes(directory.resolve("store").resolve("ledger.db"));
    for (String change : List.of("UPDATE audit SET at = at + 1 WHERE sequence = 3",
        "UPDATE audit SET principal = 'x' WHERE sequence = 4",
        "DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)",
        "UPDATE fact SET held = 0 WHERE id = 7", "DELETE FROM fact WHERE id = 5",
        "UPDATE fact SET state = 0 WHERE id = 5", "DELETE FROM payload WHERE id = 3",
        "INSERT OR REPLACE INTO payload(id, sealed) VALUES (5, x'01')",
        "UPDATE store SET state = replace(state, '\"nextId\":', '\"nextId\":1')")) {
      try (Connection connection = DriverManager.getConnection(
          "jdbc:sqlite:" + directory.resolve("store").resolve("ledger.db"))) {
        assertEquals(1, connection.createStatement().executeUpdate(change), change);
      }
      assertNotEquals(0, verified().code, change);
      Files.write(directory.resolve("store").resolve("ledger.db"), whole);
      Files.deleteIfExists(directory.resolve("store").resolve("ledger.db-wal"));
      Files.deleteIfExists(directory.resolve("store").resolve("ledger.db-shm"));
    }
    Said again = verified();
    assertEquals(0, again.code, again.text);
  }
}
