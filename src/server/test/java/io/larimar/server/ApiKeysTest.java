package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.ledger.Role;
import io.larimar.ledger.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
  @TempDir
  private Path folder;

  @Test
  void aKeyIsFoundByItsSecretUntilItIsRevoked() {
    try (ApiKeys keys = ApiKeys.open(folder.resolve("keys.db"));
        ApiKeys commandLine = ApiKeys.open(folder.resolve("keys.db"))) {
      assertTrue(keys.none());
      ApiKeys.Created created =
          commandLine.create("alice", "acme", EnumSet.of(Role.READ, Role.WRITE));
      assertFalse(keys.none());
      assertEquals(Optional.of(created.key()), keys.find(created.secret()));
      assertEquals("acme", keys.find(created.secret()).orElseThrow().principal().tenant());
      assertEquals(Optional.empty(), keys.find(created.secret() + "x"));
      assertEquals(Optional.empty(), keys.find(""));
      assertTrue(commandLine.revoke(created.key().id()));
      assertEquals(Optional.empty(), keys.find(created.secret()));
      assertFalse(commandLine.revoke("alice"), "revoked already");
      assertFalse(keys.none(), "a server with revoked keys is not open");
      assertTrue(keys.list().getFirst().revokedAt().isPresent());
    }
  }

  @Test
  void theFileHoldsNoSecretAndIsItsOwnersAlone() throws IOException {
    Path file = folder.resolve("keys.db");
    try (ApiKeys keys = ApiKeys.open(file)) {
      String secret = keys.create("alice", "acme", EnumSet.of(Role.READ)).secret();
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertTrue(bytes.contains("alice"));
      assertFalse(bytes.contains(secret.substring(3)));
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
  }

  @Test
  void aNameIsGivenOnceAsTheAuditKnowsKeysByIt() {
    try (ApiKeys keys = ApiKeys.open(folder.resolve("keys.db"))) {
      keys.create("alice", "acme", EnumSet.of(Role.READ));
      keys.revoke("alice");
      assertThrows(IllegalArgumentException.class,
          () -> keys.create("alice", "acme", EnumSet.of(Role.READ)));
      assertThrows(IllegalArgumentException.class,
          () -> keys.create("bob", "no tenant", EnumSet.of(Role.READ)));
      assertThrows(IllegalArgumentException.class,
          () -> keys.create("bob", "acme", EnumSet.noneOf(Role.class)));
    }
  }

  @Test
  void aFileThatIsSomethingElseIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("keys.db"), "not a database at all".repeat(100));
    StoreException refused = assertThrows(StoreException.class, () -> ApiKeys.open(file));
    assertEquals(StoreException.Reason.CORRUPT, refused.reason());
  }

  @Test
  void aFailureOfTheFileIsAnswered() {
    ApiKeys keys = ApiKeys.open(folder.resolve("keys.db"));
    keys.close();
    StoreException failed = assertThrows(StoreException.class, keys::list);
    assertEquals(503, Problem.of(failed).status());
  }
}
