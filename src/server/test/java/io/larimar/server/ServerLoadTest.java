package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.Larimar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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
  private static final String SEARCH = "{\"query\": \"flow rate of pump number %d\", \"limit\": 1}";

  @TempDir
  private Path folder;

  private record Sample(int status, long nanos) {}

  private static double millis(List<Long> nanos, double share) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    return Math.round(sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e3) / 1e3;
  }

  private static Sample search(Client client, int i) {
    long start = System.nanoTime();
    int status = client.post("/memories/search", SEARCH.formatted(i % FACTS)).status();
    return new Sample(status, System.nanoTime() - start);
  }

  private static long engineSearch(Larimar larimar, int i) {
    long start = System.nanoTime();
    FactMemory.Match match =
        larimar.search("flow rate of pump number " + i % FACTS, 1).getFirst();
    larimar.show(match.id()).orElseThrow();
    return System.nanoTime() - start;
  }

  private static List<Sample> storm(Client client, int connections, Duration length) {
    ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
    long end = System.nanoTime() + length.toNanos();
    List<Thread> threads = new ArrayList<>();
    for (int c = 0; c < connections; c++) {
      int first = c * 7;
      threads.add(Thread.ofVirtual().start(() -> {
        for (int i = first; System.nanoTime() < end; i++) {
          Sample sample = search(client, i);
          samples.add(sample);
          if (sample.status() != 200) {
            sleep(Duration.ofSeconds(1)); // As Retry-After says.
          }
        }
      }));
    }
    for (Thread thread : threads) {
      join(thread);
    }
    return List.copyOf(samples);
  }

  /** Platform threads but those of the client, which the JDK's HttpClient makes as it likes. */
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
        .filter(name -> !name.startsWith("HttpClient")).sorted().toList();
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
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
      Client client = new Client(server, Optional.empty());
      List<Long> engine = new ArrayList<>();
      List<Long> http = new ArrayList<>();
      for (int i = 0; i < CALM; i++) { // In turn, so that what else the machine does falls on both.
        engine.add(engineSearch(larimar, i));
        Sample sample = search(client, i);
        assertEquals(200, sample.status());
        http.add(sample.nanos());
      }
      int connections = Integer.getInteger("larimar.load.connections", 48);
      Duration length = Duration.ofSeconds(Long.getLong("larimar.load.seconds", 2));
      List<String> threadsBefore = threads();
      List<Sample> samples = storm(client, connections, length);
      TreeMap<Integer, Long> statuses = new TreeMap<>();
      samples.forEach(sample -> statuses.merge(sample.status(), 1L, Long::sum));
      assertTrue(statuses.containsKey(200) && List.of(200, 429, 503).containsAll(statuses.keySet()),
          "" + statuses);
      List<String> threadsAfter = threads();
      assertTrue(threadsAfter.size() <= threadsBefore.size() + 16,
          threadsBefore + " to " + threadsAfter);
      assertEquals(200, search(client, 1).status(), "it serves when the storm is over");
      report(connections, length, engine, http, samples, statuses);
    } finally {
      larimar.forgetAll();
    }
  }

  private static void report(int connections, Duration length, List<Long> engine, List<Long> http,
      List<Sample> samples, Map<Integer, Long> statuses) throws Exception {
    Optional<String> file = Optional.ofNullable(System.getProperty("larimar.load.report"));
    if (file.isEmpty()) {
      return;
    }
    List<Long> served = samples.stream().filter(sample -> sample.status() == 200)
        .map(Sample::nanos).toList();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("facts", FACTS);
    map.put("engineSearchMillis", Arrays.asList(millis(engine, .5), millis(engine, .99)));
    map.put("httpSearchMillis", Arrays.asList(millis(http, .5), millis(http, .99)));
    map.put("connections", connections);
    map.put("seconds", length.toSeconds());
    map.put("statuses", statuses);
    map.put("servedMillis", Arrays.asList(millis(served, .5), millis(served, .99)));
    Files.writeString(Path.of(file.get()), Json.line(map));
  }
}
