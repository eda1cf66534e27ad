package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that schemathesis makes up from the OpenAPI file: no failure of the server, and no
 * answer but those that the file promises.
 *
 * <p>{@code -Dlarimar.fuzz.requests=50000 -Dlarimar.fuzz.examples=200 -Dlarimar.fuzz.seconds=3600
 * -Dlarimar.fuzz.report=FILE} makes a long run of it: rounds with a seed each until so many requests
 * were made or another round may not end in time, and writes what came back. {@code
 * -Dlarimar.fuzz.seed=N} begins with another seed. Left out are backups, as each takes room on the
 * disk, and the revoking of keys, as it finds its own.
 */
@Tag("model")
@ExtendWith(SharedEngine.class)
class FuzzTest {
  private static final int EXAMPLES = Integer.getInteger("larimar.fuzz.examples", 3);
  private static final int SECONDS = Integer.getInteger("larimar.fuzz.seconds", 240);
  private static final int REQUESTS = Integer.getInteger("larimar.fuzz.requests", 1);
  private static final int FIRST_SEED = Integer.getInteger("larimar.fuzz.seed", 7);
  private static final String CHECKS = "not_a_server_error,status_code_conformance,"
      + "content_type_conformance,response_schema_conformance";
  private static final String PHASES =
      EXAMPLES < 10 ? "examples,fuzzing" : "examples,coverage,fuzzing";
  private static final Pattern COUNT = Pattern.compile(
      "http_server_requests_seconds_count\\{.*status=\"(\\d+)\".*\\} (\\d+)");

  @TempDir
  private Path folder;

  @Test
  void noRequestMakesTheServerFailOrBreakItsPromises(Larimar larimar) throws Exception {
    Path python = ForeignTools.python("schemathesis", "schemathesis==4.32.5");
    Limits usual = Limits.DEFAULT;
    Limits limits = new Limits(usual.bodyBytes(), usual.documentBytes(), usual.facts(), 1_000_000,
        usual.generationQueue(), usual.searchQueue(), 4, usual.connections());
    try (LarimarServer server = LarimarServer.open(larimar, ServerOptions
        .of(folder.resolve("keys.db"), "m").withPort(0).withLimits(limits))) {
      String key = server.keys().create("fuzz", "default", EnumSet.allOf(Role.class)).secret();
      Client client = new Client(server, Optional.of(key));
      long begun = System.nanoTime();
      long longest = 0;
      int round = 0;
      Map<String, Long> statuses;
      do {
        long before = System.nanoTime();
        ForeignTools.Outcome outcome = ForeignTools.run(SECONDS, folder,
            command(python, server, key, FIRST_SEED + round++));
        longest = Math.max(longest, System.nanoTime() - before);
        statuses = statuses(client.get("/metrics").expect(200).text());
        assertEquals(0, outcome.status(), outcome.said() + statuses);
        assertTrue(statuses.keySet().stream().noneMatch("500"::equals), "" + statuses);
        client.get("/health/live").expect(200);
        report(round, statuses);
      } while (requests(statuses) < REQUESTS
          && System.nanoTime() - begun + longest < SECONDS * 1_000_000_000L);
    } finally {
      larimar.forgetAll();
    }
  }

  private static List<String> command(Path python, LarimarServer server, String key, int seed) {
    return List.of(python.resolve("schemathesis").toString(), "run",
        server.address() + "/openapi.json", "-H", "Authorization: Bearer " + key,
        "--checks", CHECKS, "--phases", PHASES, "-n", "" + EXAMPLES, "--seed", "" + seed,
        "--request-timeout", "60", "--exclude-path", "/backups",
        "--exclude-path", "/keys/{id}", "--no-color");
  }

  private static long requests(Map<String, Long> statuses) {
    return statuses.values().stream().mapToLong(Long::longValue).sum();
  }

  private static Map<String, Long> statuses(String metrics) {
    Map<String, Long> statuses = new LinkedHashMap<>();
    COUNT.matcher(metrics).results().forEach(
        line -> statuses.merge(line.group(1), Long.valueOf(line.group(2)), Long::sum));
    return statuses;
  }

  private static void report(int rounds, Map<String, Long> statuses) throws Exception {
    Optional<String> file = Optional.ofNullable(System.getProperty("larimar.fuzz.report"));
    if (file.isPresent()) {
      Files.writeString(Path.of(file.get()), Json.line(Map.of("examples", EXAMPLES,
          "rounds", rounds, "requests", requests(statuses), "statuses", statuses)));
    }
  }
}
