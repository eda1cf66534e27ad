package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process (SIGKILL) at seeded points while it writes, forgets and compacts in eight stores at
 * once, again and again. A point is one store at one kill. {@code -Dlarimar.crash.points=500} runs
 * the full count.
 */
class CrashTest {
  private static final int POINTS = Integer.getInteger("larimar.crash.points", 32);
  private static final long SEED = Long.getLong("larimar.crash.seed", 7L);

  @TempDir Path directory;

  /** What the killed processes said of one store. */
  private static final class Said {
    final Map<Long, Long> written = new HashMap<>();
    final Set<Long> forgetting = new HashSet<>();
    final Set<Long> forgotten = new HashSet<>();
    String last = "nothing";

    void note(String[] words) {
      last = words[1];
      switch (words[1]) {
        case "written" -> written.put(Long.parseLong(words[2]), Long.parseLong(words[3]));
        case "forgetting" -> forgetting.add(Long.parseLong(words[2]));
        case "forgotten" -> forgotten.add(Long.parseLong(words[2]));
        default -> { }
      }
    }
  }

  private long lost; // acknowledged writes that are not there, or not whole
  private long undone; // acknowledged forgets of facts that are there

  private final List<Said> stores = Stream.generate(Said::new).limit(LedgerChild.STORES).toList();

  @Test
  void noAcknowledgedWriteIsLostAndNoAcknowledgedForgetUndone()
      throws IOException, InterruptedException {
    Random random = new Random(SEED);
    Map<String, Integer> killedAfter = new TreeMap<>();
    int points = 0;
    while (points < POINTS) {
      runAndKill(random);
      for (int i = 0; i < stores.size(); i++) {
        killedAfter.merge(stores.get(i).last, 1, Integer::sum);
        check(directory.resolve("store" + i), stores.get(i),
            "seed " + SEED + ", point " + points + ", store " + i);
        points++;
      }
      System.out.println("killed at " + points + " points, seed " + SEED + ": "
          + stores.stream().mapToInt(said -> said.written.size()).sum()
          + " acknowledged writes, "
          + stores.stream().mapToInt(said -> said.forgotten.size()).sum()
          + " acknowledged forgets, none lost, none undone; last words " + killedAfter);
    }
    TestEvidence.write("crash", "mvn -pl src/engine -am test -Dtest=CrashTest -Dlarimar.crash.points="
        + POINTS + " -Dlarimar.crash.seed=" + SEED, Map.of("crashPoints", (long) points,
        "crashAcknowledgedWrites", stores.stream().mapToLong(said -> said.written.size()).sum(),
        "crashAcknowledgedForgets", stores.stream().mapToLong(said -> said.forgotten.size()).sum(),
        "crashWritesLost", lost, "crashForgetsUndone", undone, "killed after", killedAfter.toString()));
  }

  /** Lets a child do a seeded number of deeds and a seeded time more, and kills it. */
  private void runAndKill(Random random) throws IOException, InterruptedException {
    stores.forEach(said -> said.last = "nothing");
    Process child = LedgerChild.start(directory, "work", random.nextLong());
    int lineCount = 60 + random.nextInt(200);
    long moreNanos = random.nextInt(12_000_000);
    try (BufferedReader lines = child.inputReader()) {
      for (int i = 0; i < lineCount; i++) {
        note(Optional.ofNullable(lines.readLine())
            .orElseThrow(() -> new AssertionError("the child ended by itself, seed " + SEED)));
      }
      long until = System.nanoTime() + moreNanos;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      // By its handle: Process.destroyForcibly would close the pipe with the last words in it.
      child.toHandle().destroyForcibly();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        note(line);
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private void note(String line) {
    String[] words = line.split(" ");
    stores.get(Integer.parseInt(words[0])).note(words);
  }

  private void check(Path store, Said said, String where) throws IOException {
    // Each entry that is read here stands in the audit: many to a commit.
    LedgerOptions options = LedgerOptions.defaults().withAuditBatch(1 << 16);
    try (Ledger ledger = Ledger.open(store, options)) {
      assertEquals(0, Files.size(store.resolve("ledger.db-wal")), where);
      assertTrue(ledger.verify(OWNER).whole(), () -> where + ": " + ledger.verify(OWNER));
      for (var deed : said.written.entrySet()) {
        Optional<Entry> entry = ledger.entry(OWNER, deed.getKey());
        if (said.forgotten.contains(deed.getKey())) {
          undone += entry.isPresent() ? 1 : 0;
          assertEquals(0, undone, where + ": fact " + deed.getKey() + " is back");
        } else if (!said.forgetting.contains(deed.getKey())) {
          boolean whole = entry.isPresent()
              && Samples.same(entry.get(), LedgerChild.draft(deed.getValue()));
          lost += whole ? 0 : 1;
          assertEquals(0, lost, where + ": fact " + deed.getKey() + " is lost");
        }
      }
      for (long id : said.forgotten) {
        assertTrue(ledger.tombstone(OWNER, id).orElseThrow().erased(), where);
        ledger.store().vault().sealed(id).ifPresent(left -> {
          assertArrayEquals(new byte[left.secret().length], left.secret(), where);
          assertArrayEquals(new byte[left.payload().length], left.payload(), where);
        });
      }
    }
  }
}
