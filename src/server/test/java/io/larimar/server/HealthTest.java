package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Health, metrics, and who is let in; on the real model. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class HealthTest {
  @TempDir
  private Path folder;

  private Larimar larimar;
  private LarimarServer server;
  private Client local;

  @BeforeEach
  void open(Larimar larimar) {
    this.larimar = larimar;
    server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0));
    local = new Client(server, Optional.empty());
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void itLivesIsReadyAndCounts() {
    assertEquals("UP", local.get("/health/live").expect(200).json().get("status").asString());
    assertEquals("smollm2-135m",
        local.get("/health/ready").expect(200).json().get("model").asString());
    local.get("/metrics").expect(200);
    String metrics = local.get("/metrics").expect(200).text();
    for (String name : new String[] {"llamacpp:requests_processing 0", "jvm_memory_used_bytes",
        "llamacpp:tokens_predicted_total", "uri=\"/health/live\""}) {
      assertTrue(metrics.contains(name), name + "\n" + metrics);
    }
  }

  @Test
  void whatIsNotThereIsAProblemThatSaysWhatToDo() {
    Client.Reply missing = local.get("/nothing").expect(404);
    assertEquals("application/problem+json", missing.header("Content-Type"));
    assertTrue(missing.json().get("detail").asString().contains("/openapi.json"));
    assertEquals("GET", local.post("/metrics", "{}").expect(405).header("Allow"));
  }

  @Test
  void withoutKeysPagesOfOtherSitesAndProxiesAreKeptOut() {
    local.get("/metrics", "Origin", server.address().toString()).expect(200);
    local.get("/metrics", "Origin", "http://evil.example").expect(403);
    local.get("/metrics", "Origin", "null").expect(403);
    local.get("/metrics", "X-Forwarded-For", "10.0.0.7").expect(403);
    local.get("/metrics", "Forwarded", "for=10.0.0.7").expect(403);
  }

  @Test
  void withoutKeysOtherMachinesAreToldToMakeOne() throws IOException {
    Optional<InetAddress> outside = NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
    Assumptions.assumeTrue(outside.isPresent(), "this machine has no address but loopback");
    ServerOptions usual = ServerOptions.of(folder.resolve("outside.db"), "m").withPort(0);
    ServerOptions options = new ServerOptions(outside.get().getHostAddress(), 0,
        usual.certificate(), usual.privateKey(), usual.keys(), "m", usual.grace(), usual.limits(),
        usual.backups(), usual.traces());
    try (LarimarServer other = LarimarServer.open(larimar, options)) {
      Client outsider = new Client(other, Optional.empty());
      assertTrue(outsider.get("/memories").expect(403).json().get("detail").asString()
          .contains("keys create"));
      outsider.get("/health/live").expect(200);
      String secret = other.keys().create("reader", "default", EnumSet.of(Role.READ)).secret();
      new Client(other, Optional.of(secret)).get("/memories").expect(200);
      outsider.get("/memories").expect(401);
    }
  }

  @Test
  void aKeyIsWantedFromTheMomentItIsMade() {
    local.get("/metrics").expect(200);
    String auditor = server.keys().create("auditor", "default", EnumSet.of(Role.AUDIT)).secret();
    String reader = server.keys().create("reader", "default", EnumSet.of(Role.READ)).secret();
    String tenant = server.keys().create("tenant", "acme", EnumSet.of(Role.AUDIT)).secret();
    assertEquals("Bearer", local.get("/metrics").expect(401).header("WWW-Authenticate"));
    new Client(server, Optional.of("lk-wrong")).get("/metrics").expect(401);
    local.get("/metrics", "X-Api-Key", auditor).expect(200);
    new Client(server, Optional.of(auditor)).get("/metrics").expect(200);
    new Client(server, Optional.of(reader)).get("/metrics").expect(403);
    new Client(server, Optional.of(tenant)).get("/metrics").expect(403);
    local.get("/health/live").expect(200);
    server.keys().revoke("auditor");
    new Client(server, Optional.of(auditor)).get("/metrics").expect(401);
  }

  @Test
  void tooManyRequestsAreToldWhenToComeBack() {
    Limits usual = Limits.DEFAULT;
    Limits slow = new Limits(usual.bodyBytes(), usual.documentBytes(), usual.facts(), 1,
        usual.generationQueue(), usual.searchQueue(), usual.answerTokens(), usual.connections());
    try (LarimarServer other = LarimarServer.open(larimar, ServerOptions
        .of(folder.resolve("other.db"), "m").withPort(0).withLimits(slow))) {
      Client client = new Client(other, Optional.empty());
      boolean refused = false;
      for (int i = 0; i < 100 && !refused; i++) {
        Client.Reply reply = client.get("/metrics");
        refused = reply.status() == 429;
        assertTrue(!refused || Integer.parseInt(reply.header("Retry-After")) >= 1);
      }
      assertTrue(refused);
      client.get("/health/live").expect(200);
    }
  }

  @Test
  void aPortThatIsTakenIsSaid() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> LarimarServer.open(larimar, ServerOptions.of(folder.resolve("k.db"), "m")
            .withPort(server.address().getPort())));
    assertTrue(e.getMessage().contains("--port"), e.getMessage());
  }
}
