package io.larimar.ledger;

import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import javax.crypto.Mac;

/** The secrets and payloads of facts: sealing, opening, destroying. Not thread-safe. */
final class Vault {
  private static final String SELECT = "SELECT secret.sealed, payload.sealed"
      + " FROM secret JOIN payload USING(id) ";

  private final Database database;
  private final KeyRing keys;
  // Not that of the keys: a cipher that keeps its key from call to call spares the key's schedule.
  private final Seal seal = new Seal(new SecureRandom());
  private final Mac mac = Hashes.mac();

  Vault(Database database, KeyRing keys) {
    this.database = database;
    this.keys = keys;
  }

  /** A secret and a payload as they are stored. */
  record Sealed(byte[] secret, byte[] payload) {}

  /** Seals and stores a draft under a fresh secret; gives its commitment. In a transaction. */
  String store(long id, String tenant, byte[] plain) throws SQLException {
    byte[] secret = keys.newSecret();
    byte[] key = Arrays.copyOf(secret, Seal.KEY_BYTES);
    try {
      database.update("INSERT INTO secret(id, sealed) VALUES (?, ?)", id,
          keys.sealSecret(id, tenant, secret));
      database.update("INSERT INTO payload(id, sealed) VALUES (?, ?)", id,
          seal.close(key, keys.payloadPlace(id, tenant), plain));
      return commitment(secret, plain);
    } finally {
      Seal.wipe(secret);
      Seal.wipe(key);
    }
  }

  /** {@code hex(HMAC-SHA-256(salt, plain))}: says nothing about the payload without the salt. */
  private String commitment(byte[] secret, byte[] plain) {
    byte[] salt = Arrays.copyOfRange(secret, Seal.KEY_BYTES, KeyRing.SECRET_BYTES);
    String commitment = Hashes.hex(Hashes.hmac(mac, salt, plain));
    Seal.wipe(salt);
    return commitment;
  }

  /** What is stored of a fact's secret and payload. */
  Optional<Sealed> sealed(long id) {
    return select("WHERE id = ?", id).stream().findFirst();
  }

  private List<Sealed> select(String where, Object... parameters) {
    List<Sealed> found = new ArrayList<>();
    return database.reading(() -> {
      database.query(SELECT + where, row -> new Sealed(row.getBytes(1), row.getBytes(2)),
          found::add, parameters);
      return found;
    });
  }

  /** The entries of a tenant's live rows in the order of their ids, as they come without a gap. */
  List<Entry> entries(List<FactRow> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    List<Sealed> sealed = select("JOIN fact USING(id) WHERE tenant = ? AND state = "
        + FactState.LIVE.ordinal() + " AND id BETWEEN ? AND ? ORDER BY id",
        rows.getFirst().tenant(), rows.getFirst().id(), rows.getLast().id());
    if (sealed.size() != rows.size()) { // one lacks its payload: found, and told, one by one
      return rows.stream().map(this::entry).toList();
    }
    return IntStream.range(0, rows.size()).mapToObj(i -> entry(rows.get(i), sealed.get(i)))
        .toList();
  }

  /** Makes cipher and MAC drop the keys that they used last. */
  void dropKeys() {
    seal.dropKey();
    Hashes.hmac(mac, new byte[Seal.KEY_BYTES], new byte[0]);
  }

  /** Opens what is stored, checked against the commitment of the audit; empty where it differs. */
  Optional<Draft> open(FactRow row, Sealed sealed) {
    Optional<byte[]> secret =
        database.reading(() -> keys.openSecret(row.id(), row.tenant(), sealed.secret()));
    if (secret.isEmpty()) {
      return Optional.empty();
    }
    byte[] key = Arrays.copyOf(secret.get(), Seal.KEY_BYTES);
    Optional<byte[]> plain =
        seal.open(key, keys.payloadPlace(row.id(), row.tenant()), sealed.payload());
    try {
      return plain.filter(bytes -> commitment(secret.get(), bytes).equals(row.commitment()))
          .map(PayloadCodec::decode);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    } finally {
      Seal.wipe(key);
      Seal.wipe(secret.get());
      plain.ifPresent(Seal::wipe);
    }
  }

  /** The entry of a row that has its payload. */
  Entry entry(FactRow row) {
    return entry(row, sealed(row.id()).orElseThrow(() -> damaged(row)));
  }

  /** The entry of a row and what is stored of it. */
  Entry entry(FactRow row, Sealed sealed) {
    Draft draft = open(row, sealed).orElseThrow(() -> damaged(row));
    return new Entry(row.id(), row.tenant(), draft.fact(), draft.derived(),
        Instant.ofEpochMilli(row.writtenAt()),
        row.expiresAt() == 0 ? Optional.empty()
            : Optional.of(Instant.ofEpochMilli(row.expiresAt())),
        row.supersedes() == 0 ? OptionalLong.empty() : OptionalLong.of(row.supersedes()),
        row.supersededBy() == 0 ? OptionalLong.empty() : OptionalLong.of(row.supersededBy()),
        row.held());
  }

  private static StoreException damaged(FactRow row) {
    return new StoreException(StoreException.Reason.CORRUPT, "fact " + row.id()
        + ": its key or payload was changed; `verify` lists what is damaged, then restore a"
        + " backup");
  }

  /** Overwrites secret and payload with zeros of the same length, in place. In a transaction. */
  void destroy(long id) throws SQLException {
    database.update("UPDATE secret SET sealed = zeroblob(length(sealed)) WHERE id = ?", id);
    database.update("UPDATE payload SET sealed = zeroblob(length(sealed)) WHERE id = ?", id);
  }

  /** Deletes the overwritten rows; a VACUUM must follow. In a transaction. */
  void dropDestroyed() throws SQLException {
    String erased = " WHERE id IN (SELECT id FROM fact WHERE state = "
        + FactState.ERASED.ordinal() + ")";
    database.update("DELETE FROM secret" + erased);
    database.update("DELETE FROM payload" + erased);
  }
}
