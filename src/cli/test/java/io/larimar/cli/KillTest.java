package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A server that is killed under load: what it acknowledged as written is there when it is started
 * again, what it acknowledged as forgotten is gone.
 *
 * <p>{@code -Dlarimar.kill.rounds=100 -Dlarimar.kill.facts=10000 -Dlarimar.kill.report=FILE} makes
 * a long run of it; {@code -Dlarimar.kill.launcher=PATH} starts the server by {@code ./larimar}, as
 * users do. No time is asserted.
 */
@Tag("model")
class KillTest {
  private static final int ROUNDS = Integer.getInteger("larimar.kill.rounds", 2);
  private static final int FACTS = Integer.getInteger("larimar.kill.facts", 20);
  private static final int CLIENTS = 4;
  private static final int MORE_MILLIS = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir
  private Path folder;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> written = new ConcurrentHashMap<>(); // acknowledged, and kept
  private final Map<String, String> forgotten = new ConcurrentHashMap<>(); // acknowledged
  private final List<Double> startMillis = new ArrayList<>();
  private URI address = URI.create("http://127.0.0.1:0");

  private Process start() throws IOException {
    List<String> command = new ArrayList<>();
    Optional<String> launcher = Optional.ofNullable(System.getProperty("larimar.kill.launcher"));
    if (launcher.isPresent()) {
      command.add(launcher.get());
    } else {
      command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
          System.getProperty("java.class.path"), Main.class.getName()));
    }
    command.addAll(List.of("serve", "--port", "0", "--json", "--threads", "1", "--set",
        "limit.rate=100000", "--store", folder.resolve("store").toString()));
    long begun = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    BufferedReader out = process.inputReader();
    Optional<String> line = out.lines().filter(text -> text.startsWith("{")).findFirst();
    assertTrue(line.isPresent(), "the server did not start: " + command);
    address = URI.create(Output.mapper().readTree(line.get()).get("address").asString());
    assertEquals(200, send("GET", "/health/ready", "").statusCode());
    startMillis.add((System.nanoTime() - begun) / 1e6);
    return process;
  }

  private HttpResponse<String> send(String method, String path, String body) throws IOException {
    try {
      return http.send(HttpRequest.newBuilder(address.resolve(path))
          .method(method, BodyPublishers.ofString(body)).header("Content-Type",
              path.equals("/import") ? "application/x-ndjson" : "application/json").build(),
          BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes, and forgets every third of what it wrote, until the server is gone. */
  private void client(int round, int number, AtomicBoolean over) {
    for (int i = 0; !over.get(); i++) {
      String text = "Pump " + round + "-" + number + "-" + i + " weighs " + (i + 7) + " kilograms.";
      try {
        HttpResponse<String> reply = send("POST", "/memories", "{\"text\": \"" + text + "\"}");
        if (reply.statusCode() != 201) {
          continue;
        }
        String id = Output.mapper().readTree(reply.body()).get("results").get(0).get("id")
            .asString();
        if (i % 3 != 0) {
          written.put(id, text);
        } else if (send("DELETE", "/memories/" + id + "?receipt=false", "").statusCode() == 200) {
          forgotten.put(id, text);
        }
      } catch (IOException e) {
        return; // The server was killed; what it did not acknowledge may be there or not.
      }
    }
  }

  /** By SIGKILL, with what a launcher may have started. */
  private static void kill(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  private void load(Process process, int round, Random random) throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> clients = IntStream.range(0, CLIENTS)
        .mapToObj(number -> Thread.ofVirtual().start(() -> client(round, number, over))).toList();
    int before = written.size() + forgotten.size();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (written.size() + forgotten.size() < before + 2 * CLIENTS && System.nanoTime() < end) {
      Thread.sleep(20); // A machine that is busy with other work acknowledges little in a second.
    }
    Thread.sleep(random.nextInt(MORE_MILLIS));
    kill(process);
    over.set(true);
    for (Thread thread : clients) {
      thread.join();
    }
  }

  /** Every live fact's text by its id. */
  private Map<String, String> live() throws IOException {
    Map<String, String> live = new TreeMap<>();
    Optional<String> cursor = Optional.of("");
    while (cursor.isPresent()) {
      JsonNode page = Output.mapper().readTree(send("GET", "/memories?limit=1000"
          + (cursor.get().isEmpty() ? "" : "&cursor=" + cursor.get()), "").body());
      page.get("results").forEach(
          fact -> live.put(fact.get("id").asString(), fact.get("memory").asString()));
      cursor = Optional.of(page.get("next_cursor")).filter(JsonNode::isString)
          .map(JsonNode::asString);
    }
    return live;
  }

  @Test
  void whatWasAcknowledgedIsThereAndWhatWasForgottenIsGoneAfterAKill() throws Exception {
    Assumptions.assumeTrue(System.getenv("LARIMAR_NATIVES") != null
        && System.getenv("LARIMAR_MODEL") != null,
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    long seed = Long.getLong("larimar.kill.seed", 7);
    Random random = new Random(seed);
    Process process = start();
    try {
      assertEquals(201, send("POST", "/import", IntStream.range(0, FACTS).mapToObj(i ->
          "{\"text\": \"Gateway " + i + " has " + (i + 3) + " ports.\"}")
          .collect(Collectors.joining("\n"))).statusCode());
      for (int round = 0; round < ROUNDS; round++) {
        load(process, round, random);
        process = start();
        Map<String, String> live = live();
        String where = "seed " + seed + ", round " + round;
        written.forEach((id, text) -> assertEquals(text, live.get(id), where));
        forgotten.forEach((id, text) -> {
          assertTrue(!live.containsKey(id) && !live.containsValue(text), where + ": " + text);
        });
        assertTrue(live.size() >= FACTS + written.size(), where);
      }
      assertTrue(!written.isEmpty() && !forgotten.isEmpty(), "nothing was acknowledged");
      JsonNode checked = Output.mapper().readTree(send("POST", "/verify", "").body());
      assertTrue(checked.get("verified").asBoolean(), checked.toString());
    } finally {
      kill(process);
    }
    report();
  }

  private void report() throws IOException {
    Optional<String> file = Optional.ofNullable(System.getProperty("larimar.kill.report"));
    if (file.isPresent()) {
      List<Double> sorted = startMillis.stream().skip(1).sorted().toList();
      Files.writeString(Path.of(file.get()), Output.mapper().writeValueAsString(Map.of(
          "kills", ROUNDS, "facts", FACTS, "acknowledgedWrites", written.size(),
          "acknowledgedForgets", forgotten.size(), "lost", 0, "undone", 0, "startMillis",
          List.of(sorted.get(sorted.size() / 2), sorted.getLast()))));
    }
  }
}
