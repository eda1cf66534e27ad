package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single-bit changes, seeded; the counts can be raised by system properties. */
class TamperTest {
  private static final int ROW_FLIPS = Integer.getInteger("larimar.tamper.rows", 1000);
  private static final int FILE_FLIPS = Integer.getInteger("larimar.tamper.files", 60);
  private static final long SEED = Long.getLong("larimar.tamper.seed", 20261123L);

  private static final Map<String, List<String>> COLUMNS = new TreeMap<>(Map.of(
      "audit", List.of("sequence", "grp", "at", "principal", "tenant", "operation", "fact",
          "related", "until", "detail", "commitment", "previous", "hash"),
      "fact", List.of("id", "tenant", "state", "write_group", "forget_group", "written_at",
          "expires_at", "supersedes", "superseded_by", "held", "forgotten_at", "erasure_due",
          "erased_at", "erased_by", "erase_sequence", "commitment"),
      "payload", List.of("id", "sealed"),
      "secret", List.of("id", "sealed"),
      "store", List.of("id", "state", "mac"),
      "tenant", List.of("name", "sealed")));

  @TempDir Path directory;

  /** Facts in every state, two tenants, and the receipt of a forgotten one. */
  private Receipt fill(Ledger ledger, Samples.SetClock clock) {
    Principal other = new Principal("other", "guest", EnumSet.allOf(Role.class));
    for (int i = 0; i < 12; i++) {
      ledger.append(OWNER, draft(i));
    }
    ledger.append(other, draft(1));
    ledger.append(OWNER, draft("subject 1", "The flow rate of subject 1 is", "unknown"));
    ledger.append(OWNER, Draft.of(draft(50).fact().withTimeToLive(Duration.ofMinutes(1))));
    ledger.append(OWNER, Draft.of(draft(51).fact().withTimeToLive(Duration.ofDays(1))));
    ledger.forget(OWNER, List.of(3L, 4L));
    ledger.undo(OWNER);
    ledger.forget(OWNER, List.of(5L));
    ledger.hold(OWNER, 6, "case");
    clock.advance(Duration.ofHours(2));
    ledger.expire(OWNER, clock.instant());
    ledger.compact(OWNER);
    ledger.forget(OWNER, List.of(7L));
    clock.advance(Duration.ofHours(2));
    ledger.expire(OWNER, clock.instant());
    ledger.append(OWNER, draft(60));
    ledger.undo(OWNER);
    ledger.forget(OWNER, List.of(8L));
    ledger.recordRead(OWNER, OptionalLong.of(9), "in scope 0.93");
    return ledger.receipt(OWNER, List.of(5L, 7L), new byte[32], new byte[32], new byte[32]);
  }

  @Test
  void everySingleBitChangeToLedgerAuditOrReceiptIsFound() throws SQLException {
    Samples.SetClock clock = new Samples.SetClock();
    LedgerOptions options = LedgerOptions.defaults().withClock(clock)
        .withForgetUndoWindow(Duration.ofHours(1));
    try (Ledger ledger = Ledger.open(directory, options)) {
      Receipt receipt = fill(ledger, clock);
      assertEquals(List.of(), ledger.verify(OWNER, receipt).findings());
      Random random = new Random(SEED);
      Map<String, Integer> flips = new TreeMap<>();
      for (int i = 0; i < ROW_FLIPS; i++) {
        String place = i % 5 == 0 ? flipReceipt(ledger, receipt, random)
            : flipCell(ledger, random);
        flips.merge(place, 1, Integer::sum);
      }
      assertEquals(List.of(), ledger.verify(OWNER, receipt).findings());
      TestEvidence.write("tampering", "mvn -pl src/engine -am test -Dtest=TamperTest"
          + " -Dlarimar.tamper.rows=" + ROW_FLIPS + " -Dlarimar.tamper.seed=" + SEED,
          Map.of("tamperingChanges", (long) ROW_FLIPS, "tamperingFound",
              flips.values().stream().mapToLong(Integer::longValue).sum(),
              "places", flips.toString()));
      System.out.println("tampering found in " + ROW_FLIPS + " of " + ROW_FLIPS
          + " single-bit changes, seed " + SEED + ": " + flips);
    }
  }

  private String flipReceipt(Ledger ledger, Receipt receipt, Random random) {
    byte[] json = receipt.toJson().getBytes(StandardCharsets.UTF_8);
    int bit = random.nextInt(8 * json.length);
    json[bit / 8] ^= (byte) (1 << bit % 8);
    boolean found;
    try {
      Receipt changed = Receipt.fromJson(new String(json, StandardCharsets.UTF_8));
      found = !ledger.verify(OWNER, changed).whole();
    } catch (IllegalArgumentException e) {
      found = true;
    }
    assertTrue(found, "bit " + bit + " of the receipt, seed " + SEED);
    return "receipt";
  }

  /** Flips one bit of one cell, sees that it is found, and puts the cell back. */
  private String flipCell(Ledger ledger, Random random) throws SQLException {
    List<String> tables = List.copyOf(COLUMNS.keySet());
    while (true) {
      String table = tables.get(random.nextInt(tables.size()));
      List<String> columns = COLUMNS.get(table);
      String column = columns.get(random.nextInt(columns.size()));
      List<Cell> cells = cells(ledger, table, column);
      Cell cell = cells.get(random.nextInt(cells.size()));
      if (cell.bytes().length == 0) {
        continue;
      }
      int bit = random.nextInt(8 * cell.bytes().length);
      byte[] flipped = cell.bytes().clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      long rowid = cell.rowid();
      boolean isRowid = cell.type().equals("integer")
          && (column.equals("id") || column.equals("sequence"));
      if (isRowid && cells.stream().anyMatch(o -> Arrays.equals(o.bytes(), flipped))) {
        continue;
      }
      set(ledger, table, column, rowid, cell.type(), flipped);
      boolean whole = ledger.verify(new Principal("auditor", "default", EnumSet.of(Role.AUDIT)))
          .whole();
      set(ledger, table, column, isRowid ? ByteBuffer.wrap(flipped).getLong() : rowid,
          cell.type(), cell.bytes());
      assertFalse(whole, table + "." + column + " row " + rowid + " bit " + bit + ", seed " + SEED);
      return table;
    }
  }

  private record Cell(long rowid, String type, byte[] bytes) {}

  private static List<Cell> cells(Ledger ledger, String table, String column)
      throws SQLException {
    List<Cell> cells = new ArrayList<>();
    ledger.store().database().query(
        "SELECT rowid, typeof(" + column + "), " + column + " FROM " + table,
        row -> new Cell(row.getLong(1), row.getString(2), switch (row.getString(2)) {
          case "integer" -> ByteBuffer.allocate(8).putLong(row.getLong(3)).array();
          case "text" -> row.getString(3).getBytes(StandardCharsets.UTF_8);
          default -> row.getBytes(3);
        }), cells::add);
    return cells;
  }

  private static void set(Ledger ledger, String table, String column, long rowid, String type,
      byte[] bytes) throws SQLException {
    String value = type.equals("text") ? "CAST(? AS TEXT)" : "?";
    Object parameter = type.equals("integer") ? ByteBuffer.wrap(bytes).getLong() : bytes;
    assertEquals(1, ledger.store().database().update("UPDATE " + table + " SET " + column + " = "
        + value + " WHERE rowid = ?", parameter, rowid));
  }

  @Test
  void noBitFlippedInTheDatabaseFileChangesTheContentUnseen() throws IOException {
    Path store = directory.resolve("store");
    Samples.SetClock clock = new Samples.SetClock();
    try (Ledger ledger = Ledger.open(store, LedgerOptions.defaults().withClock(clock))) {
      for (int i = 0; i < 20; i++) {
        ledger.append(OWNER, draft(i));
      }
      ledger.forget(OWNER, List.of(2L, 11L));
    }
    Path file = store.resolve("ledger.db");
    byte[] whole = Files.readAllBytes(file);
    String content = content(store, clock);
    Random random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < FILE_FLIPS; i++) {
      byte[] flipped = whole.clone();
      int bit = random.nextInt(8 * flipped.length);
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, flipped);
      String now = content(store, clock);
      refused += now.isEmpty() ? 1 : 0;
      assertTrue(now.isEmpty() || now.equals(content), "bit " + bit + ", seed " + SEED);
    }
    System.out.println("of " + FILE_FLIPS + " bits flipped in the database file " + refused
        + " were found, the others stand in bytes that hold nothing; seed " + SEED);
  }

  /** Everything that the store says, or nothing where it is refused or found damaged. */
  private static String content(Path store, Samples.SetClock clock) {
    try (Ledger ledger = Ledger.open(store, LedgerOptions.defaults().withClock(clock))) {
      if (!ledger.verify(OWNER).whole()) {
        return "";
      }
      StringBuilder all = new StringBuilder();
      ledger.forEachLive(OWNER, entry -> all.append(entry.id()).append(entry.fact()));
      ledger.audit(OWNER, 0, 1000).forEach(row -> all.append(row.toJson()));
      return all.toString();
    } catch (StoreException e) {
      return "";
    }
  }
}
