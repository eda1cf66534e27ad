package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import io.larimar.ledger.Draft;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Principal;
import io.larimar.ledger.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The store's copies from the command line; no model is needed. */
class BackupCommandTest {
  private static final int FACTS = 40;

  @TempDir
  private Path folder;

  private String out = "";
  private String err = "";

  @BeforeEach
  void fill() {
    try (Ledger ledger = ledger("store")) {
      ledger.appendAll(Principal.OWNER, IntStream.range(0, FACTS)
          .mapToObj(i -> Draft.of(Fact.of("Gateway " + i + " has " + (i + 3) + " ports.")))
          .toList());
    }
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private Ledger ledger(String name) {
    return Ledger.open(folder.resolve(name), LedgerOptions.defaults());
  }

  private int larimar(String... arguments) {
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
      return Main.run(arguments);
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
      out = printed.toString(StandardCharsets.UTF_8);
      err = said.toString(StandardCharsets.UTF_8);
    }
  }

  private void backUp() {
    assertEquals(0, larimar("backup", "--store", at("store"), "--to", at("copy"), "--json"), err);
  }

  private List<Long> live(String name) {
    List<Long> ids = new ArrayList<>();
    try (Ledger ledger = ledger(name)) {
      ledger.forEachLive(Principal.OWNER, entry -> ids.add(entry.id()));
    }
    return ids;
  }

  @Test
  void whatWasForgottenSinceTheBackupIsErasedAgainAndWhatWasWrittenIsLost() {
    backUp();
    assertEquals(FACTS, Output.mapper().readTree(out).get("live").asInt());
    try (Ledger ledger = ledger("store")) {
      ledger.forget(Principal.OWNER, List.of(2L, 3L));
      ledger.append(Principal.OWNER, Draft.of(Fact.of("Pump 7 weighs 9 kilograms.")));
    }
    List<Long> kept = live("store").stream().filter(id -> id <= FACTS).toList();
    assertEquals(0, larimar("restore", at("copy"), "--store", at("store"), "--to", at("back"),
        "--json"), err);
    JsonNode told = Output.mapper().readTree(out);
    assertEquals("[2,3]", told.get("erasedAgain").toString());
    assertEquals("[" + (FACTS + 1) + "]", told.get("lost").toString());
    assertTrue(told.get("verified").asBoolean(), out);
    assertEquals(kept, live("back"));
    assertEquals(0, larimar("restore", at("copy"), "--store", at("store"), "--to", at("again")));
    assertTrue(out.contains("2 facts erased again, 1 lost"), out);
  }

  @Test
  void aLostStoreIsRestoredByAJournalOrExplicitlyWithoutOne() throws IOException {
    backUp();
    try (Ledger ledger = ledger("store")) {
      ledger.forget(Principal.OWNER, List.of(5L));
    }
    assertEquals(0, larimar("audit", "--store", at("store"), "--out", at("journal")), err);
    assertEquals(2, larimar("restore", at("copy"), "--store", at("lost"), "--to", at("back")));
    assertTrue(err.contains("--no-journal"), err);
    assertFalse(Files.exists(folder.resolve("lost")), "none is made");
    assertEquals(0, larimar("restore", at("copy"), "--journal", at("journal"), "--to", at("back")),
        err);
    assertEquals(FACTS - 1, live("back").size());
    assertEquals(0, larimar("restore", at("copy"), "--no-journal", "--to", at("old")), err);
    assertEquals(FACTS, live("old").size());
    assertEquals(2, larimar("restore", at("copy"), "--journal", at("no"), "--to", at("new")));
    assertEquals(2, larimar("restore", at("copy"), "--journal", at("journal"), "--no-journal",
        "--to", at("new")));
    Files.writeString(folder.resolve("garbage"), "no journal\n");
    assertEquals(3, larimar("restore", at("copy"), "--journal", at("garbage"), "--to", at("new")));
    assertTrue(err.contains("no audit journal"), err);
    assertFalse(Files.exists(folder.resolve("new")));
  }

  @Test
  void aTargetThatHoldsSomethingIsRefusedAndLeftAsItIs() throws IOException {
    backUp();
    Files.createDirectories(folder.resolve("full"));
    Files.writeString(folder.resolve("full").resolve("mine"), "mine");
    for (String[] command : new String[][] {
        {"backup", "--store", at("store")}, {"restore", at("copy"), "--store", at("store")}}) {
      List<String> to = new ArrayList<>(List.of(command));
      to.addAll(List.of("--to", at("full")));
      assertEquals(2, larimar(to.toArray(String[]::new)));
      assertTrue(err.contains("must be missing or empty"), err);
      to.set(to.size() - 1, at("full/mine"));
      assertEquals(3, larimar(to.toArray(String[]::new)));
      assertTrue(err.contains("is a file"), err);
    }
    assertEquals("mine", Files.readString(folder.resolve("full").resolve("mine")));
  }

  @Test
  void whatIsNoStoreIsNotCopiedAndWhatIsNoBackupIsNotRestored() throws IOException {
    assertEquals(2, larimar("backup", "--store", at("none"), "--to", at("copy")));
    assertTrue(err.contains("no store at"), err);
    assertFalse(Files.exists(folder.resolve("none")), "none is made");
    Files.createDirectories(folder.resolve("empty"));
    for (String wrong : List.of("none", "empty")) {
      assertEquals(3, larimar("restore", at(wrong), "--no-journal", "--to", at("back")));
      assertTrue(err.contains("no backup of one"), err);
    }
    backUp();
    Files.delete(folder.resolve("copy").resolve("ledger.db"));
    assertEquals(3, larimar("restore", at("copy"), "--no-journal", "--to", at("back")));
    assertTrue(err.contains("ledger.db"), err);
    assertFalse(Files.exists(folder.resolve("back")));
  }

  @Test
  void aStoreInUseIsSaidAndHowItIsCopiedAllTheSame() {
    try (Ledger ledger = ledger("store")) {
      assertEquals(3, larimar("backup", "--store", at("store"), "--to", at("copy")));
      assertTrue(err.contains("already open") && err.contains("POST /backups"), err);
    }
    assertFalse(Files.exists(folder.resolve("copy")));
  }

  @Test
  void aDamagedBackupIsFound() throws Exception {
    backUp();
    Path key = folder.resolve("copy").resolve("master.key");
    String text = Files.readString(key);
    int digit = text.indexOf('\n') + 1; // the first of the key itself
    String damaged = text.substring(0, digit) + (text.charAt(digit) == '0' ? '1' : '0')
        + text.substring(digit + 1);
    Files.writeString(key, damaged);
    assertEquals(3, larimar("restore", at("copy"), "--no-journal", "--to", at("back")));
    assertTrue(err.contains("checksum"), err);
    assertFalse(Files.exists(folder.resolve("back")));
    Files.writeString(key, text);
    try (Connection copy =
            DriverManager.getConnection("jdbc:sqlite:" + at("copy") + "/ledger.db");
        Statement change = copy.createStatement()) {
      assertEquals(1, change.executeUpdate(
          "UPDATE payload SET sealed = zeroblob(length(sealed)) WHERE id = 7"));
    }
    assertEquals(1, larimar("restore", at("copy"), "--no-journal", "--to", at("back")), err);
    assertTrue(out.contains("FAULT") && out.contains("fact 7"), out);
    assertTrue(out.contains("take another one"), out);
  }

  @Test
  void aCopyThatFailsHalfwayLeavesNothingThatPassesForOne() throws IOException {
    try (Ledger ledger = ledger("store")) {
      Files.delete(folder.resolve("store").resolve("signing.key")); // copied after the other key
      assertThrows(StoreException.class,
          () -> ledger.backup(Principal.OWNER, folder.resolve("copy")));
    }
    assertFalse(Files.exists(folder.resolve("copy")));
  }
}
