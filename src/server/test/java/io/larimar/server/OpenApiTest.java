package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The OpenAPI file says what the handlers do. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class OpenApiTest {
  @TempDir
  private Path folder;

  private LarimarServer server;
  private Client client;
  private JsonNode file;

  @BeforeEach
  void open(Larimar larimar) {
    server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0));
    client = new Client(server, Optional.empty());
    file = client.get("/openapi.json").expect(200).json();
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  private static boolean documented(Route route) {
    return !route.path().startsWith("/console") && !route.path().equals("/");
  }

  @Test
  void itHasEveryRouteWithItsRoleAndNoOther() {
    TreeMap<String, String> routes = new TreeMap<>();
    server.routes().stream().filter(OpenApiTest::documented)
        .forEach(route -> routes.put(route.method() + " " + route.path(),
            route.role().map(role -> "Takes the role " + role + ".").orElse("open")));
    TreeMap<String, String> described = new TreeMap<>();
    file.get("paths").forEachEntry((path, methods) -> methods.forEachEntry((method, operation) ->
        described.put(method.toUpperCase(Locale.ROOT) + " " + path,
            operation.has("security") ? "open" : operation.get("description").asString())));
    assertEquals(routes, described);
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    Set<String> missing = new TreeSet<>();
    file.findValuesAsString("$ref").forEach(reference -> {
      if (file.at(reference.substring(1)).isMissingNode()) {
        missing.add(reference);
      }
    });
    assertEquals(Set.of(), missing);
  }

  /** Readers of the file check each event of a stream by itself, as an object. */
  @Test
  void aStreamIsDescribedByItsEvents() {
    List<JsonNode> streams = file.findValues("text/event-stream");
    assertEquals(3, streams.size(), "chat, completions, documents");
    streams.forEach(stream -> assertEquals("#/components/schemas/Event",
        stream.get("schema").get("$ref").asString()));
    String events = client.post("/v1/completions",
        "{\"prompt\": \"x\", \"max_tokens\": 1, \"stream\": true}").expect(200).text();
    events.strip().lines().filter(line -> !line.isEmpty())
        .forEach(line -> check("Event", Json.tree(Json.text(Map.of(
            line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2))))));
  }

  @Test
  void whatHandlersSendHasTheFieldsThatItPromises() {
    JsonNode written = client.post("/memories",
        "{\"subject\": \"Orla gateway\", \"prompt\": \"The {} has\", \"target\": \"16 ports\","
            + " \"ttl\": \"P1D\", \"user_id\": \"u\"}").expect(201).json();
    check("WrittenAll", written);
    String id = written.get("results").get(0).get("id").asString();
    check("Memory", client.get("/memories/" + id).json());
    check("Page", client.get("/memories").json());
    check("Found", client.post("/memories/search", "{\"query\": \"ports\"}").json());
    check("Stats", client.get("/stats").json());
    check("Chat", client.post("/v1/chat/completions", "{\"messages\": [{\"role\": \"user\","
        + " \"content\": \"How many ports does the Orla gateway have?\"}], \"max_tokens\": 2}").json());
    check("Completion", client.post("/v1/completions",
        "{\"prompt\": \"x\", \"max_tokens\": 1}").json());
    check("Embeddings", client.post("/v1/embeddings", "{\"input\": \"x\"}").json());
    check("Models", client.get("/v1/models").json());
    check("History", client.get("/memories/" + id + "/history").json());
    check("Forgotten", client.delete("/memories/" + id).json());
    check("Verification", client.post("/verify", "").json());
    check("Problem", client.get("/memories/" + id).expect(410).json());
    check("DocumentList", client.get("/documents").json());
  }

  @Test
  void whatAdministratorsGetHasTheFieldsThatItPromises() {
    JsonNode backup = client.post("/backups", "").expect(201).json();
    check("Backup", backup);
    check("BackupList", client.get("/backups").json());
    String path = "/backups/" + backup.get("name").asString();
    check("Restored", client.post(path + "/restore", "").expect(201).json());
    check("Deleted", client.delete(path).json());
    check("TenantList", client.get("/tenants").json());
    JsonNode made = client.post("/keys", "{\"name\": \"admin\", \"roles\": [\"admin\"]}")
        .expect(201).json(); // From here on a key is wanted.
    check("NewKeyMade", made);
    Client admin = new Client(server, Optional.of(made.get("secret").asString()));
    check("KeyList", admin.get("/keys").expect(200).json());
    check("Revoked", admin.delete("/keys/" + made.get("id").asString()).json());
  }

  private void check(String schema, JsonNode value) {
    check(file.get("components").get("schemas").get(schema), value, schema);
  }

  /** As far as this file goes: references, objects with their required and known fields, lists. */
  private void check(JsonNode schema, JsonNode value, String where) {
    if (schema.has("$ref")) {
      check(file.at(schema.get("$ref").asString().substring(1)), value, where);
      return;
    }
    if (value.isArray() && schema.has("items")) {
      value.forEach(item -> check(schema.get("items"), item, where + "[]"));
    }
    if (!value.isObject() || !schema.has("properties")) {
      return;
    }
    schema.path("required").forEach(name ->
        assertTrue(value.has(name.asString()), where + " lacks " + name + ": " + value));
    value.forEachEntry((name, field) -> {
      JsonNode property = schema.get("properties").path(name);
      assertTrue(!property.isMissingNode() || !schema.has("additionalProperties"),
          where + " has " + name + ", which the file does not know");
      check(property, field, where + "." + name);
    });
  }
}
