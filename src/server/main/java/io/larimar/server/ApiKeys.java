package io.larimar.server;

import io.larimar.ledger.Principal;
import io.larimar.ledger.Role;
import io.larimar.ledger.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The API keys of a server, in a SQLite file of their own beside the store.
 *
 * <p>Of a secret only its SHA-256 is kept: the secret has 256 random bits, so no slow hash is
 * needed. A key counts from the request after it was made or revoked, also where the command line
 * did it while the server runs. Thread-safe.
 */
public final class ApiKeys implements AutoCloseable {
  private static final String PREFIX = "lk-";
  private static final int SECRET_BYTES = 32;
  private static final int ID_BYTES = 5;
  private static final String COLUMNS = "id, name, tenant, roles, created_at, revoked_at";

  private final SecureRandom random = new SecureRandom();
  private final Path file;
  private final Connection connection;
  private volatile boolean made; // whether a key is known to have been made

  /**
   * A key that was just made.
   *
   * @param key what is kept of it
   * @param secret what its holder sends; it is shown once and nowhere kept
   */
  public record Created(ApiKey key, String secret) {}

  private ApiKeys(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
  }

  /**
   * Opens the file, or makes it, readable by its owner alone.
   *
   * @throws StoreException where it cannot be made or is something else
   */
  public static ApiKeys open(Path file) {
    try {
      Path absolute = file.toAbsolutePath();
      Files.createDirectories(absolute.getParent());
      if (!Files.exists(absolute)) {
        Files.createFile(absolute);
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
          Files.setPosixFilePermissions(absolute, PosixFilePermissions.fromString("rw-------"));
        }
      }
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + absolute);
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA busy_timeout=5000");
        statement.execute("PRAGMA synchronous=FULL");
        statement.execute("""
            CREATE TABLE IF NOT EXISTS api_key(
              id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash BLOB NOT NULL UNIQUE,
              tenant TEXT NOT NULL, roles TEXT NOT NULL,
              created_at INTEGER NOT NULL, revoked_at INTEGER NOT NULL)""");
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
      return new ApiKeys(absolute, connection);
    } catch (SQLException e) {
      throw failed(file, e);
    } catch (IOException e) {
      throw StoreException.of(e, "making the file of the API keys", file);
    }
  }

  private static StoreException failed(Path file, SQLException e) {
    return StoreException.of(e, "using the file of the API keys", file);
  }

  /**
   * Makes a key.
   *
   * @param name 1 to 128 characters; no other key may have had it, as the audit names it
   * @throws IllegalArgumentException for a name that is taken, a wrong tenant or no roles
   */
  public synchronized Created create(String name, String tenant, Set<Role> roles) {
    Principal principal = new Principal(name, tenant, roles);
    if (roles.isEmpty()) {
      throw new IllegalArgumentException(
          "a key needs a role: read, write, forget, audit or admin");
    }
    if (list().stream().anyMatch(key -> key.name().equals(name))) {
      throw new IllegalArgumentException("there was a key named \"" + name
          + "\" already, and the audit tells keys apart by name: take another name");
    }
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    byte[] idBytes = new byte[ID_BYTES];
    random.nextBytes(idBytes);
    Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
    ApiKey key = new ApiKey("key-" + HexFormat.of().formatHex(idBytes), name, tenant,
        principal.roles(), now, Optional.empty());
    try (PreparedStatement insert = connection.prepareStatement(
        "INSERT INTO api_key(id, name, hash, tenant, roles, created_at, revoked_at)"
            + " VALUES(?, ?, ?, ?, ?, ?, 0)")) {
      insert.setString(1, key.id());
      insert.setString(2, name);
      insert.setBytes(3, hash(secret));
      insert.setString(4, tenant);
      insert.setString(5,
          key.roles().stream().sorted().map(Role::name).collect(Collectors.joining(",")));
      insert.setLong(6, now.toEpochMilli());
      insert.executeUpdate();
    } catch (SQLException e) {
      throw failed(file, e);
    }
    return new Created(key, secret);
  }

  /** The keys, revoked ones too, in the order of their making. */
  public List<ApiKey> list() {
    return select("ORDER BY created_at, rowid", Optional.empty());
  }

  /** Whether no key was ever made; a revoked one counts, so that a server never falls open again. */
  public boolean none() {
    made = made || !select("LIMIT 1", Optional.empty()).isEmpty(); // For good: no row is deleted.
    return !made;
  }

  /** The key of a secret; empty for one that is unknown or revoked. */
  public Optional<ApiKey> find(String secret) {
    return select("WHERE hash = ? AND revoked_at = 0", Optional.of(hash(secret))).stream()
        .findFirst();
  }

  /** Revokes a key by id or name, for good; false where there is none that is not revoked. */
  public synchronized boolean revoke(String idOrName) {
    try (PreparedStatement update = connection.prepareStatement("UPDATE api_key SET revoked_at = ?"
        + " WHERE (id = ? OR name = ?) AND revoked_at = 0")) {
      update.setLong(1, System.currentTimeMillis());
      update.setString(2, idOrName);
      update.setString(3, idOrName);
      return update.executeUpdate() > 0;
    } catch (SQLException e) {
      throw failed(file, e);
    }
  }

  private synchronized List<ApiKey> select(String rest, Optional<byte[]> hash) {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT " + COLUMNS + " FROM api_key " + rest)) {
      if (hash.isPresent()) {
        query.setBytes(1, hash.get());
      }
      List<ApiKey> keys = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          keys.add(key(row));
        }
      }
      return keys;
    } catch (SQLException e) {
      throw failed(file, e);
    }
  }

  private static ApiKey key(ResultSet row) throws SQLException {
    long revoked = row.getLong(6);
    Set<Role> roles =
        Arrays.stream(row.getString(4).split(",")).map(Role::valueOf).collect(Collectors.toSet());
    return new ApiKey(row.getString(1), row.getString(2), row.getString(3), roles,
        Instant.ofEpochMilli(row.getLong(5)),
        revoked == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(revoked)));
  }

  private static byte[] hash(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed(file, e);
    }
  }
}
