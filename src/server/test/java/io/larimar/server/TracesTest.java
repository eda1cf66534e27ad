package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.webserver.WebServer;
import io.larimar.engine.Larimar;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a collector gets: spans below the caller's own, and nothing of what was said. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class TracesTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @TempDir
  private Path folder;

  @Test
  void aCollectorGetsSpansWithoutContent(Larimar larimar) throws Exception {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    WebServer collector = WebServer.builder().shutdownHook(false)
        .routing(routing -> routing.post("/v1/traces", (request, response) -> {
          synchronized (got) {
            request.content().inputStream().transferTo(got);
          }
          response.send();
        })).build().start();
    URI address = URI.create("http://127.0.0.1:" + collector.port() + "/");
    try (LarimarServer server = LarimarServer.open(larimar, ServerOptions
        .of(folder.resolve("keys.db"), "the-model").withPort(0).withTraces(address))) {
      Client client = new Client(server, Optional.empty());
      client.post("/memories", "{\"text\": \"The Zorvex weighs canary grams.\", \"user_id\":"
          + " \"alice\"}").expect(201);
      client.post("/memories/search", "{\"query\": \"canary\"}", "traceparent",
          "00-" + TRACE + "-00f067aa0ba902b7-01").expect(200);
      client.post("/v1/completions", "{\"prompt\": \"The Zorvex weighs\", \"max_tokens\": 3}")
          .expect(200);
      client.delete("/memories?all=true").expect(200);
    } finally {
      collector.stop();
    }
    String text = got.toString(StandardCharsets.ISO_8859_1);
    for (String name : List.of("larimar", "POST /memories/search", "search", "write",
        "text_completion the-model", "http.route", "gen_ai.usage.output_tokens")) {
      assertTrue(text.contains(name), name);
    }
    String trace = new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1);
    assertEquals(3, text.split(trace, -1).length, "the search and its request are the caller's");
    for (String secret : List.of("canary", "Zorvex", "alice", "lk-")) {
      assertFalse(text.contains(secret), secret);
    }
  }
}
