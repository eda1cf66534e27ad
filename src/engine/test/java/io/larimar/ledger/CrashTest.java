package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process (SIGKILL) at seeded points while it writes, forgets and compacts, again and again
 * on one store. {@code -Dlarimar.crash.points=500} runs the full count.
 */
class CrashTest {
  private static final int POINTS = Integer.getInteger("larimar.crash.points", 10);
  private static final long SEED = Long.getLong("larimar.crash.seed", 7L);

  @TempDir Path directory;

  /** What the killed processes said was durable. */
  private final Map<Long, Long> written = new HashMap<>();
  private final Set<Long> forgetting = new HashSet<>();
  private final Set<Long> forgotten = new HashSet<>();

  @Test
  void noAcknowledgedWriteIsLostAndNoAcknowledgedForgetUndone()
      throws IOException, InterruptedException {
    Path store = directory.resolve("store");
    Random random = new Random(SEED);
    Map<String, Integer> killedAfter = new TreeMap<>();
    for (int point = 0; point < POINTS; point++) {
      String last = runAndKill(store, random);
      killedAfter.merge(last, 1, Integer::sum);
      check(store, "seed " + SEED + ", point " + point);
      if (point % 50 == 49) {
        System.out.println("killed at " + (point + 1) + " points so far");
      }
    }
    System.out.println("killed at " + POINTS + " points, seed " + SEED + ": " + written.size()
        + " acknowledged writes, " + forgotten.size() + " acknowledged forgets, none lost, none"
        + " undone; the last word before the kill was " + killedAfter);
  }

  /** Lets a child do a seeded number of deeds and a seeded time more, and kills it. */
  private String runAndKill(Path store, Random random) throws IOException, InterruptedException {
    Process child = LedgerChild.start(store, "work", random.nextLong());
    int deeds = random.nextInt(40);
    long moreNanos = random.nextInt(12_000_000);
    String last = "";
    try (BufferedReader lines = child.inputReader()) {
      for (int i = 0; i <= deeds; i++) {
        last = note(Optional.ofNullable(lines.readLine())
            .orElseThrow(() -> new AssertionError("the child ended by itself, seed " + SEED)));
      }
      long until = System.nanoTime() + moreNanos;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      // By its handle: Process.destroyForcibly would close the pipe with the last words in it.
      child.toHandle().destroyForcibly();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        last = note(line);
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
    return last;
  }

  private String note(String line) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "written" -> written.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
      case "forgetting" -> forgetting.add(Long.parseLong(words[1]));
      case "forgotten" -> forgotten.add(Long.parseLong(words[1]));
      default -> { }
    }
    return words[0];
  }

  private void check(Path store, String where) throws IOException {
    try (Ledger ledger = Ledger.open(store, LedgerOptions.defaults())) {
      assertEquals(0, Files.size(store.resolve("ledger.db-wal")), where);
      assertTrue(ledger.verify(OWNER).whole(), () -> where + ": " + ledger.verify(OWNER));
      for (var deed : written.entrySet()) {
        Optional<Entry> entry = ledger.entry(OWNER, deed.getKey());
        if (forgotten.contains(deed.getKey())) {
          assertTrue(entry.isEmpty(), where + ": fact " + deed.getKey() + " is back");
        } else if (!forgetting.contains(deed.getKey())) {
          assertTrue(entry.isPresent(), where + ": fact " + deed.getKey() + " is lost");
          assertTrue(Samples.same(entry.get(), LedgerChild.draft(deed.getValue())), where);
        }
      }
      for (long id : forgotten) {
        assertTrue(ledger.tombstone(OWNER, id).orElseThrow().erased(), where);
        ledger.store().vault().sealed(id).ifPresent(left -> {
          assertEquals(-1, firstNonZero(left.secret()), where);
          assertEquals(-1, firstNonZero(left.payload()), where);
        });
      }
    }
  }

  private static int firstNonZero(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return i;
      }
    }
    return -1;
  }
}
