package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.Larimar;
import io.larimar.passages.Strategy;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * More clients than the machine can serve: they are served or told to come back, and nothing grows.
 *
 * <p>{@code -Dlarimar.load.seconds=120 -Dlarimar.load.connections=256 -Dlarimar.load.facts=1000
 * -Dlarimar.load.calm=1000} makes a run of it whose times mean something, and
 * {@code -Dlarimar.load.report=FILE} writes them. No time is asserted.
 */
@Tag("model")
@ExtendWith(SharedEngine.class)
class ServerLoadTest {
  private static final int FACTS = Integer.getInteger("larimar.load.facts", 100);
  private static final int CALM = Integer.getInteger("larimar.load.calm", 20);
  private static final int CONNECTIONS = Integer.getInteger("larimar.load.connections", 48);
  private static final long SECONDS = Long.getLong("larimar.load.seconds", 2);
  private static final long GROWTH = 32L << 20; // what a collection leaves by chance

  @TempDir
  private Path folder;

  private static double millis(List<Long> nanos, double share) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    return Math.round(sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e3) / 1e3;
  }

  /** What a search over HTTP asks of the engine. */
  private static long engineSearch(Larimar larimar, int i) {
    long start = System.nanoTime();
    FactMemory.Match match =
        larimar.search("flow rate of pump number " + i % FACTS, 1).getFirst();
    larimar.show(match.id()).orElseThrow();
    larimar.searchDocuments("flow rate of pump number " + i % FACTS, Strategy.PRUNED, 1);
    return System.nanoTime() - start;
  }

  /** A storm by clients in a process of their own. */
  private static List<Storm.Sample> storm(LarimarServer server, long seconds) throws Exception {
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
        "-Xmx256m", "-cp", System.getProperty("java.class.path"), Storm.class.getName(),
        "" + server.address().getPort(), "" + CONNECTIONS, "" + seconds, "" + FACTS)
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader out = process.inputReader()) {
      List<Storm.Sample> samples = out.lines().map(Storm.Sample::read).toList();
      assertEquals(0, process.waitFor());
      return samples;
    } finally {
      process.destroyForcibly();
    }
  }

  /** What may not grow; bytes of the heap after a collection, and of the process. */
  private record Size(long heapBytes, long residentBytes, List<String> threads) {
    static Size now() throws IOException {
      System.gc();
      long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      Path status = Path.of("/proc/self/status");
      long resident = !Files.exists(status) ? 0 : 1024 * Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
      return new Size(heap, resident, ServerLoadTest.threads());
    }
  }

  /** The platform threads. */
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
        .sorted().toList();
  }

  @Test
  void beyondCapacityEachIsServedOrToldToComeBackAndNothingGrows(Larimar larimar) throws Exception {
    larimar.writeAll(IntStream.range(0, FACTS).mapToObj(i -> Fact.of("pump number " + i,
        "The flow rate of {} is", 10 + i + " litres per minute")).toList());
    Limits usual = Limits.DEFAULT;
    Limits limits = new Limits(usual.bodyBytes(), usual.documentBytes(), usual.facts(), 1_000_000,
        usual.generationQueue(), usual.searchQueue(), usual.answerTokens(), usual.connections());
    try (LarimarServer server = LarimarServer.open(larimar, ServerOptions
        .of(folder.resolve("keys.db"), "m").withPort(0).withLimits(limits))) {
      List<Long> engine = new ArrayList<>();
      List<Long> http = new ArrayList<>();
      try (Storm.Connection client = new Storm.Connection(server.address().getPort())) {
        for (int i = -CALM / 2; i < CALM; i++) { // In turn: what else runs here falls on both.
          long nanos = engineSearch(larimar, i + CALM);
          Storm.Sample sample = client.search("flow rate of pump number " + (i + CALM) % FACTS);
          assertEquals(200, sample.status());
          if (i >= 0) { // Before, the JVM is warming up.
            engine.add(nanos);
            http.add(sample.nanos());
          }
        }
      }
      storm(server, Math.min(SECONDS, 10)); // What a server makes once: buffers, pools, code.
      Size before = Size.now();
      List<Storm.Sample> samples = storm(server, SECONDS);
      Size after = Size.now();
      TreeMap<Integer, Long> statuses = new TreeMap<>();
      samples.forEach(sample -> statuses.merge(sample.status(), 1L, Long::sum));
      assertTrue(statuses.containsKey(200) && List.of(200, 429, 503).containsAll(statuses.keySet()),
          "" + statuses);
      assertTrue(after.threads().size() <= before.threads().size() + 4,
          before.threads() + " to " + after.threads());
      assertTrue(after.heapBytes() <= before.heapBytes() + GROWTH, before + " to " + after);
      assertTrue(after.residentBytes() <= before.residentBytes() + 4 * GROWTH,
          before + " to " + after);
      try (Storm.Connection client = new Storm.Connection(server.address().getPort())) {
        assertEquals(200, client.search("pump").status(), "it serves when the storm is over");
      }
      report(engine, http, samples, statuses, before, after);
    } finally {
      larimar.forgetAll();
    }
  }

  private static void report(List<Long> engine, List<Long> http, List<Storm.Sample> samples,
      Map<Integer, Long> statuses, Size before, Size after) throws Exception {
    Optional<String> file = Optional.ofNullable(System.getProperty("larimar.load.report"));
    if (file.isEmpty()) {
      return;
    }
    List<Long> served = samples.stream().filter(sample -> sample.status() == 200)
        .map(Storm.Sample::nanos).toList();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("facts", FACTS);
    map.put("engineSearchMillis", Arrays.asList(millis(engine, .5), millis(engine, .99)));
    map.put("httpSearchMillis", Arrays.asList(millis(http, .5), millis(http, .99)));
    map.put("connections", CONNECTIONS);
    map.put("seconds", SECONDS);
    map.put("statuses", statuses);
    map.put("servedMillis", Arrays.asList(millis(served, .5), millis(served, .99)));
    map.put("heapBytes", List.of(before.heapBytes(), after.heapBytes()));
    map.put("residentBytes", List.of(before.residentBytes(), after.residentBytes()));
    map.put("threads", List.of(before.threads().size(), after.threads().size()));
    Files.writeString(Path.of(file.get()), Json.line(map));
  }
}
