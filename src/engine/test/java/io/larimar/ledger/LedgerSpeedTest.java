package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promises about time, on facts with 1.5 KB and 0.5 KB of derived bytes. What is printed is
 * wall time; what is asserted is processor time and ratios, which a busy neighbour changes least.
 */
class LedgerSpeedTest {
  private static final int COUNT = 10_000;

  @TempDir Path directory;

  @Test
  void batchesStreamsAndForgetsKeepTheirPromises() {
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      drafts.add(new Draft(Samples.draft(i).fact().withTags(List.of("tag" + i % 100)),
          List.of(new byte[1536], new byte[512])));
    }
    try (Ledger ledger = Ledger.open(directory, LedgerOptions.defaults())) {
      // Warm-up: the compiler's time is not the ledger's.
      for (int i = 0; i < 4; i++) {
        ledger.appendAll(OWNER, drafts.subList(0, 1000));
      }
      ledger.forget(OWNER, ledger.ids(OWNER));
      ledger.append(OWNER, Samples.draft(-1));
      long start = System.nanoTime();
      double cpuStart = processorSeconds();
      ledger.appendAll(OWNER, drafts);
      double batchSeconds = secondsSince(start);
      double batchCpu = processorSeconds() - cpuStart;

      List<Long> ids = new ArrayList<>();
      start = System.nanoTime();
      cpuStart = processorSeconds();
      ledger.forEachLive(OWNER, entry -> ids.add(entry.id()));
      double streamSeconds = secondsSince(start);
      double streamCpu = processorSeconds() - cpuStart;
      assertEquals(COUNT + 1, ids.size());

      double[] append = new double[100];
      double[] forget = new double[100];
      for (int i = 0; i < append.length; i++) {
        start = System.nanoTime();
        ledger.append(OWNER, Samples.draft(COUNT + i));
        append[i] = 1e3 * secondsSince(start);
        start = System.nanoTime();
        ledger.forget(OWNER, List.of(ids.get(i)));
        forget[i] = 1e3 * secondsSince(start);
      }
      start = System.nanoTime();
      assertEquals(1000, ledger.forget(OWNER, ids.subList(1000, 2000)).size());
      double thousandSeconds = secondsSince(start);
      start = System.nanoTime();
      ledger.compact(OWNER);
      double compactSeconds = secondsSince(start);
      Arrays.sort(append);
      Arrays.sort(forget);
      System.out.printf("ledger: %,.0f facts/s in a batch of %,d (%,.0f by processor time); %,d"
          + " streamed in %.3f s;"
          + " append p50 %.2f p99 %.2f ms; forget p50 %.2f p99 %.2f ms; 1,000 forgotten in"
          + " %.3f s; compacted in %.3f s%n", COUNT / batchSeconds, COUNT, COUNT / batchCpu,
          ids.size(), streamSeconds, append[50], append[98], forget[50], forget[98], thousandSeconds,
          compactSeconds);
      // Half of the 5,000 promised: processor time, too, stretches on a shared core.
      assertTrue(COUNT / batchCpu >= 2_500, "facts a second: " + COUNT / batchCpu);
      assertTrue(streamCpu < 1, "seconds to stream: " + streamCpu);
      // A forget syncs the log, the database and the emptied log, an append the log alone: the ratio
      // holds on any disk. On a quiet machine the p50 of a forget is below its promise of 20 ms.
      assertTrue(forget[50] <= 8 * append[50], "ms a forget: " + forget[50]);
      assertTrue(thousandSeconds <= 5, "seconds for 1,000: " + thousandSeconds);
    }
  }

  /** Of the whole process, so that the compiler and the collector are charged too. */
  private static double processorSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
