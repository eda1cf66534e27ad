package io.larimar.server;

import io.larimar.engine.WriteReceipt;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Does what a write with an Idempotency-Key asks for once, however often it is sent, also after the
 * server was started anew.
 *
 * <p>Kept in the file of the API keys are a hash of caller and key, ids and times: never content,
 * which a forget could not reach here. Whether a request has the same body is seen by an HMAC under
 * a key of this run, and after a start by the facts themselves, as far as they were not forgotten.
 */
final class Idempotency implements AutoCloseable {
  private static final int MAX_REQUESTS = 10_000;
  private static final int KEY_BYTES = 32;

  private record Done(byte[] fingerprint, CompletableFuture<List<WriteReceipt>> result) {}

  private final Map<String, Done> requests = new LinkedHashMap<>() {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Done> eldest) {
      return size() > MAX_REQUESTS;
    }
  };
  private final SecretKeySpec secret;
  private final Connection connection;

  private Idempotency(Connection connection) {
    this.connection = connection;
    byte[] bytes = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bytes);
    this.secret = new SecretKeySpec(bytes, "HmacSHA256");
  }

  /** Opens what is remembered in a file that {@link ApiKeys#open} has made. */
  static Idempotency open(Path file) {
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA busy_timeout=5000");
        statement.execute("PRAGMA synchronous=FULL");
        statement.execute("""
            CREATE TABLE IF NOT EXISTS idempotency(
              number INTEGER PRIMARY KEY AUTOINCREMENT, request BLOB NOT NULL UNIQUE,
              receipts TEXT NOT NULL)""");
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
      return new Idempotency(connection);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private static IllegalStateException failed(SQLException e) {
    return new IllegalStateException("the file of the API keys cannot be used for the requests with"
        + " an Idempotency-Key: " + e.getMessage(), e);
  }

  /**
   * The work's result, or what it gave when the same request came before.
   *
   * @param who whose keys they are, and what is done: the same key of another caller is another
   * @param same whether what was written earlier is what this request asks for
   * @throws Problem 422 where the key came with another body
   */
  List<WriteReceipt> once(String who, Optional<String> key, byte[] body,
      Predicate<List<WriteReceipt>> same, Supplier<List<WriteReceipt>> work) {
    if (key.isEmpty()) {
      return work.get();
    }
    byte[] fingerprint = fingerprint(body);
    String name = who + " " + key.get();
    CompletableFuture<List<WriteReceipt>> mine = new CompletableFuture<>();
    Done earlier;
    synchronized (requests) {
      earlier = requests.putIfAbsent(name, new Done(fingerprint, mine));
    }
    if (earlier != null) {
      return repeated(earlier, fingerprint);
    }
    try {
      mine.complete(first(name, same, work));
    } catch (RuntimeException | Error e) {
      synchronized (requests) {
        requests.remove(name);
      }
      mine.completeExceptionally(e);
      throw e;
    }
    return mine.join();
  }

  private static Problem used() {
    return Problem.of(422, "Idempotency key used",
        "This Idempotency-Key came with another body before: draw a new one for each request.");
  }

  private static List<WriteReceipt> repeated(Done earlier, byte[] fingerprint) {
    if (!MessageDigest.isEqual(earlier.fingerprint(), fingerprint)) {
      throw used();
    }
    try {
      return earlier.result().join();
    } catch (CompletionException e) {
      throw Problem.of(409, "Failed before", "The same request failed a moment ago: send it again.");
    }
  }

  /** For this run's first request of a name; an earlier run may have done it. */
  private List<WriteReceipt> first(
      String name, Predicate<List<WriteReceipt>> same, Supplier<List<WriteReceipt>> work) {
    byte[] request = hash(name);
    Optional<List<WriteReceipt>> kept = find(request);
    if (kept.isPresent()) {
      if (!same.test(kept.get())) {
        throw used();
      }
      return kept.get();
    }
    List<WriteReceipt> receipts = work.get();
    keep(request, receipts);
    return receipts;
  }

  private Optional<List<WriteReceipt>> find(byte[] request) {
    synchronized (connection) {
      try (PreparedStatement query = connection.prepareStatement(
          "SELECT receipts FROM idempotency WHERE request = ?")) {
        query.setBytes(1, request);
        try (ResultSet row = query.executeQuery()) {
          return row.next() ? Optional.of(read(row.getString(1))) : Optional.empty();
        }
      } catch (SQLException e) {
        throw failed(e);
      }
    }
  }

  private void keep(byte[] request, List<WriteReceipt> receipts) {
    synchronized (connection) {
      try (PreparedStatement insert = connection.prepareStatement(
              "INSERT INTO idempotency(request, receipts) VALUES(?, ?)");
          Statement prune = connection.createStatement()) {
        insert.setBytes(1, request);
        insert.setString(2, receipts.stream().map(Idempotency::line)
            .collect(Collectors.joining("\n")));
        insert.executeUpdate();
        prune.executeUpdate("DELETE FROM idempotency WHERE number <= "
            + "(SELECT max(number) FROM idempotency) - " + MAX_REQUESTS);
      } catch (SQLException e) {
        throw failed(e);
      }
    }
  }

  /** Id, the id that it supersedes or 0, milliseconds of its time. */
  private static String line(WriteReceipt receipt) {
    return receipt.id() + " " + receipt.superseded().orElse(0) + " " + receipt.at().toEpochMilli();
  }

  private static List<WriteReceipt> read(String lines) {
    List<WriteReceipt> receipts = new ArrayList<>();
    for (String line : lines.split("\n")) {
      long[] parts = Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
      receipts.add(new WriteReceipt(parts[0],
          parts[1] == 0 ? OptionalLong.empty() : OptionalLong.of(parts[1]),
          Instant.ofEpochMilli(parts[2]), 0, 0, 0));
    }
    return receipts;
  }

  private byte[] fingerprint(byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HmacSHA256", e);
    }
  }

  private static byte[] hash(String name) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public void close() {
    synchronized (connection) {
      try {
        connection.close();
      } catch (SQLException e) {
        throw failed(e);
      }
    }
  }
}
