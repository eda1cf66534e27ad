package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static io.larimar.ledger.Samples.content;
import static io.larimar.ledger.Samples.latin;
import static io.larimar.ledger.Samples.stands;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErasureTest {
  @TempDir Path directory;

  /** What must be found of a fact while it lives, and never after it is forgotten. */
  private record Traces(String secret, String payloadStart, String payloadEnd) {}

  private static Traces traces(Ledger ledger, long id) {
    Vault.Sealed sealed = ledger.store().vault().sealed(id).orElseThrow();
    byte[] payload = sealed.payload();
    return new Traces(latin(Arrays.copyOf(sealed.secret(), 24)),
        latin(Arrays.copyOf(payload, 24)),
        latin(Arrays.copyOfRange(payload, payload.length - 24, payload.length)));
  }

  @Test
  void noPlainTextEverStandsInAFile() {
    try (Ledger ledger = Ledger.open(directory, LedgerOptions.defaults())) {
      Draft first = Samples.draft("Canary-7731", "The Canary-7731 sings", "at noon");
      ledger.append(OWNER, new Draft(first.fact().withTags(List.of("Tagcanary")), List.of("Derivedcanary".getBytes())));
      ledger.append(OWNER, Samples.draft("Canary-7731", "The Canary-7731 sings", "at nine"));
      for (String canary : List.of("Canary-7731", "sings", "Tagcanary", "Derivedcanary")) {
        assertFalse(stands(directory, canary.getBytes(StandardCharsets.UTF_8)), canary);
      }
    }
  }

  /** The sizes reach from a cell on a leaf to chains of overflow pages. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void afterForgetNoFileHoldsKeyOrCiphertextEvenWithoutCompaction(long seed) {
    Random random = new Random(seed);
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      drafts.add(Samples.random(random, i));
    }
    List<Traces> traces = new ArrayList<>();
    List<Long> ids;
    try (Ledger ledger = Ledger.open(directory, LedgerOptions.defaults())) {
      ids = new ArrayList<>(ledger.appendAll(OWNER, drafts.subList(0, 100)).stream()
          .map(Written::id).toList());
      drafts.subList(100, 150).forEach(draft -> ids.add(ledger.append(OWNER, draft).id()));
      ids.forEach(id -> traces.add(traces(ledger, id)));
      String before = content(directory);
      for (Traces trace : traces) {
        assertTrue(before.contains(trace.secret()), "seed " + seed);
        assertTrue(before.contains(trace.payloadStart()), "seed " + seed);
        assertTrue(before.contains(trace.payloadEnd()), "seed " + seed);
      }
      List<Long> order = new ArrayList<>(ids);
      Collections.shuffle(order, random);
      for (int from = 0; from < 100; from += 25) {
        List<Long> gone = order.subList(from, from + 25);
        ledger.forget(OWNER, gone);
        assertNoTrace(gone.stream().map(id -> traces.get(ids.indexOf(id))).toList(), seed);
        if (from == 50) {
          ledger.compact(OWNER);
        }
      }
      assertEquals(50, Samples.liveIds(ledger).size());
      assertNoTrace(order.subList(0, 100).stream().map(id -> traces.get(ids.indexOf(id)))
          .toList(), seed);
    }
  }

  private void assertNoTrace(List<Traces> gone, long seed) {
    String files = content(directory);
    for (Traces trace : gone) {
      assertFalse(files.contains(trace.secret()), "key, seed " + seed);
      assertFalse(files.contains(trace.payloadStart()), "ciphertext, seed " + seed);
      assertFalse(files.contains(trace.payloadEnd()), "ciphertext, seed " + seed);
    }
  }

  @Test
  void afterForgetNoLivingObjectOfTheProcessHoldsTheText()
      throws IOException, InterruptedException {
    Path dump = directory.resolve("heap.hprof");
    Process child = LedgerChild.start(directory.resolve("store"), "canary", 40);
    try {
      assertEquals("forgotten", child.inputReader().readLine());
      Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
      assumeTrue(Files.isExecutable(jcmd), "a JDK with jcmd");
      // GC.heap_dump collects first and dumps what is reachable.
      assertEquals(0, new ProcessBuilder(jcmd.toString(), Long.toString(child.pid()),
          "GC.heap_dump", dump.toString()).redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start().waitFor());
    } finally {
      child.destroyForcibly().waitFor();
    }
    String heap = latin(Files.readAllBytes(dump));
    assertTrue(heap.contains(LedgerChild.canaryWord(40)), "the kept fact, held by the child");
    for (long word : new long[] {41, 1041}) {
      assertFalse(heap.contains(LedgerChild.canaryWord(word)));
      assertFalse(heap.contains(latin(LedgerChild.canaryWord(word)
          .getBytes(StandardCharsets.UTF_16LE))));
    }
  }

  @Test
  void withCompactionOnForgetNotEvenTheRowsOfZerosStay() {
    LedgerOptions options = LedgerOptions.defaults().withCompactOnForget(true);
    try (Ledger ledger = Ledger.open(directory, options)) {
      List<Draft> drafts = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        drafts.add(Samples.random(new Random(i), i));
      }
      ledger.appendAll(OWNER, drafts);
      Traces gone = traces(ledger, 7);
      Traces kept = traces(ledger, 8);
      ledger.forget(OWNER, List.of(7L));
      assertNoTrace(List.of(gone), 0);
      assertTrue(content(directory).contains(kept.payloadEnd()));
      assertEquals(Optional.empty(), ledger.store().vault().sealed(7));
      assertEquals(List.of(), ledger.verify(OWNER).findings());
    }
  }

  @Test
  void compactionGivesTheSpaceBack() {
    try (Ledger ledger = Ledger.open(directory, LedgerOptions.defaults())) {
      List<Draft> drafts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        drafts.add(Samples.random(new Random(i), i));
      }
      ledger.appendAll(OWNER, drafts);
      ledger.forget(OWNER, ledger.ids(OWNER));
      long before = ledger.stats(OWNER).bytes();
      ledger.compact(OWNER);
      assertTrue(ledger.stats(OWNER).bytes() < before / 3);
    }
  }

  @Test
  void twoFactsWithTheSameContentHaveNothingInCommonOnDisk() throws SQLException {
    try (Ledger ledger = Ledger.open(directory, LedgerOptions.defaults())) {
      ledger.append(OWNER, Samples.draft(1));
      ledger.append(OWNER, Samples.draft(1));
    }
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("ledger.db"));
        ResultSet count = connection.createStatement().executeQuery(
            "SELECT count(DISTINCT commitment) FROM fact")) {
      assertEquals(2, count.getInt(1));
    }
  }
}
