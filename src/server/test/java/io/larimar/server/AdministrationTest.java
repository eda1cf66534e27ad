package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Entry;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Principal;
import io.larimar.ledger.Pseudonyms;
import io.larimar.ledger.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Keys and backups over HTTP: for an administrator of the store and nobody else. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class AdministrationTest {
  @TempDir
  private Path folder;

  private LarimarServer server;
  private Client admin;

  @BeforeEach
  void open(Larimar larimar) {
    server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("store.keys.db"), "m").withPort(0));
    admin = client("admin", Principal.DEFAULT_TENANT, EnumSet.allOf(Role.class));
  }

  @AfterEach
  void close() {
    if (server != null) {
      admin.delete("/memories?all=true&receipt=false").expect(200);
      server.close();
    }
  }

  private Client client(String name, String tenant, Set<Role> roles) {
    return new Client(server, Optional.of(server.keys().create(name, tenant, roles).secret()));
  }

  @Test
  void aKeyIsMadeUsedListedAndRevoked() {
    JsonNode made = admin.post("/keys",
        "{\"name\": \"alice\", \"tenant\": \"acme\", \"roles\": [\"read\", \"write\"]}")
        .expect(201).json();
    String secret = made.get("secret").asString();
    Client alice = new Client(server, Optional.of(secret));
    alice.get("/memories").expect(200);
    String list = admin.get("/keys").expect(200).text();
    assertTrue(list.contains("\"alice\"") && !list.contains(secret), list);
    write("The Orla gateway has 16 ports.");
    assertTrue(admin.get("/tenants").expect(200).text().contains("default"));
    admin.post("/keys", "{\"name\": \"alice\", \"roles\": [\"read\"]}").expect(400);
    admin.post("/keys", "{\"name\": \"bob\", \"roles\": [\"king\"]}").expect(400);
    admin.post("/keys", "{\"name\": \"bob\"}").expect(400);
    admin.delete("/keys/" + made.get("id").asString()).expect(200);
    alice.get("/memories").expect(401);
    admin.delete("/keys/" + made.get("id").asString()).expect(404);
  }

  @Test
  void aRestoredBackupHoldsWhatWasThereAndNotWhatWasForgottenSince(Larimar larimar) {
    Pseudonyms names = larimar.ledger().pseudonyms(larimar.principal());
    String kept = write("The Orla gateway has 16 ports.");
    String gone = write("The Vantor valve has the code 7731.");
    JsonNode backup = admin.post("/backups", "").expect(201).json();
    String name = backup.get("name").asString();
    assertTrue(admin.get("/backups").expect(200).text().contains(name));
    admin.delete("/memories/" + gone).expect(200);
    String later = write("The Orla gateway runs on 24 volts.");
    JsonNode restored = admin.post("/backups/" + name + "/restore", "").expect(201).json();
    assertTrue(restored.get("erased_again").toString()
        .contains("" + names.factOf(gone).orElseThrow()), restored.toString());
    assertTrue(restored.get("lost").toString().contains("" + names.factOf(later).orElseThrow()),
        restored.toString());
    try (Ledger ledger = Ledger.open(
        Path.of(restored.get("directory").asString()), LedgerOptions.defaults())) {
      List<String> texts = new ArrayList<>();
      ledger.forEachLive(larimar.principal(), (Entry entry) -> texts.add(entry.fact().text()));
      assertEquals(List.of("The Orla gateway has 16 ports."), texts);
      assertTrue(ledger.entry(larimar.principal(),
          ledger.pseudonyms(larimar.principal()).factOf(kept).orElseThrow()).isPresent());
    }
    admin.delete("/backups/" + name).expect(200);
    assertFalse(Files.exists(Path.of(backup.get("directory").asString())));
    admin.post("/backups/" + name + "/restore", "").expect(404);
    admin.delete("/backups/..%2F..").expect(404);
  }

  private String write(String text) {
    return admin.post("/memories", "{\"text\": \"" + text + "\"}").expect(201).json()
        .get("results").get(0).get("id").asString();
  }

  @Test
  void nobodyElseSeesOrMakesKeysAndBackups() {
    Client tenant = client("tenant", "acme", EnumSet.allOf(Role.class));
    Client user = client("user", Principal.DEFAULT_TENANT,
        EnumSet.complementOf(EnumSet.of(Role.ADMIN)));
    for (Client other : List.of(tenant, user)) {
      other.get("/keys").expect(403);
      other.post("/keys", "{\"name\": \"x\", \"roles\": [\"read\"]}").expect(403);
      other.delete("/keys/admin").expect(403);
      other.get("/tenants").expect(403);
      other.get("/backups").expect(403);
      other.post("/backups", "").expect(403);
      other.delete("/backups/backup-20260101T000000000Z").expect(403);
      other.post("/backups/backup-20260101T000000000Z/restore", "").expect(403);
    }
    assertFalse(Files.exists(folder.resolve("store.backups")));
  }
}
