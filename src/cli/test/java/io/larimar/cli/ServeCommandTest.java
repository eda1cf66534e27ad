package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.server.ApiKeys;
import io.larimar.server.ServerOptions;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The server and its keys, from the command line. */
class ServeCommandTest {
  @TempDir
  private Path folder;

  private String printed = "";

  private int larimar(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
      return Main.run(arguments);
    } finally {
      System.setOut(out);
      System.setErr(err);
      printed = said.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  void keysAreMadeListedAndRevoked() {
    String store = folder.resolve("store").toString();
    assertEquals(0, larimar("keys", "create", "alice", "--tenant", "acme", "--roles",
        "read,write", "--store", store, "--json"));
    JsonNode made = Output.mapper().readTree(printed);
    String secret = made.get("secret").asString();
    try (ApiKeys keys = ApiKeys.open(ServerOptions.keysBeside(folder.resolve("store")))) {
      assertEquals("acme", keys.find(secret).orElseThrow().tenant());
      assertEquals(2, keys.find(secret).orElseThrow().roles().size());
      assertEquals(0, larimar("keys", "list", "--store", store));
      assertTrue(printed.contains("alice") && !printed.contains(secret), printed);
      assertEquals(2, larimar("keys", "create", "alice", "--store", store));
      assertEquals(0, larimar("keys", "revoke", made.get("id").asString(), "--store", store));
      assertFalse(keys.find(secret).isPresent());
      assertEquals(1, larimar("keys", "revoke", "alice", "--store", store));
      assertEquals(2, larimar("keys", "create", "--store", store));
      assertEquals(2, larimar("keys", "list", "bob", "--store", store));
    }
  }

  @Test
  void aWrongSettingEndsItBeforeAModelIsLoaded() {
    assertEquals(2, larimar("serve", "--set", "prot=1"));
    assertEquals(2, larimar("serve", "--port", "99999"));
    assertEquals(2, larimar("serve", "--config", folder.resolve("none").toString()));
  }

  private Process start(String... arguments) throws IOException {
    Assumptions.assumeTrue(System.getenv("LARIMAR_NATIVES") != null
        && System.getenv("LARIMAR_MODEL") != null,
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-cp", System.getProperty("java.class.path"), Main.class.getName(), "serve",
        "--store", folder.resolve("store").toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** The launcher rehearses with the arguments of the start that follows. */
  @Test
  @Tag("model")
  void aRehearsalEndsByItselfAndTouchesNeitherStoreNorKeysNorPort() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      Process process = start("--port", "" + taken.getLocalPort(), "--json", "--rehearse",
          "--set", "keys=" + folder.resolve("keys.db"));
      assertEquals("rehearsed", new String(
          process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
      try (Stream<Path> left = Files.list(folder)) {
        assertEquals(List.of(), left.toList());
      }
    }
  }

  @Test
  @Tag("model")
  void itServesUntilItIsTerminated() throws Exception {
    Process process = start("--port", "0", "--json");
    try (BufferedReader out = process.inputReader();
        HttpClient http = HttpClient.newHttpClient()) {
      JsonNode started = Output.mapper().readTree(out.readLine());
      assertTrue(started.get("openToLoopback").asBoolean());
      URI ready = URI.create(started.get("address").asString() + "/health/ready");
      assertEquals(200, http.send(HttpRequest.newBuilder(ready).build(), BodyHandlers.ofString())
          .statusCode());
      process.destroy(); // SIGTERM
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on after SIGTERM");
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }
}
