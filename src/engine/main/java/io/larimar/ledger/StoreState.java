package io.larimar.ledger;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The one row that pins the store: its identity, its public key and the end of its chain.
 *
 * <p>It is rewritten with every change and carries an HMAC under the master key, so that neither a
 * changed nor a cut audit passes.
 *
 * @param storeId 32 hex digits, random
 * @param publicKey X.509 DER in hex
 * @param nextId the id of the next fact
 * @param head the end of the audit
 * @param compacting whether a compaction was begun and not ended
 */
record StoreState(String storeId, String publicKey, long nextId, AuditLog.Head head,
    boolean compacting) {

  String toJson() {
    TreeMap<String, Object> fields = new TreeMap<>();
    fields.put("storeId", storeId);
    fields.put("publicKey", publicKey);
    fields.put("nextId", nextId);
    fields.put("sequence", head.sequence());
    fields.put("hash", head.hash());
    fields.put("compacting", compacting ? 1L : 0L);
    return CanonicalJson.write(fields);
  }

  static StoreState fromJson(String text) {
    Fields fields = new Fields(CanonicalJson.read(text));
    fields.requireNoOther(6);
    return new StoreState(fields.string("storeId"), fields.string("publicKey"),
        fields.integer("nextId"),
        new AuditLog.Head(fields.integer("sequence"), fields.string("hash")),
        fields.integer("compacting") == 1);
  }

  StoreState with(long nextId, AuditLog.Head head) {
    return new StoreState(storeId, publicKey, nextId, head, compacting);
  }

  StoreState withCompacting(boolean compacting) {
    return new StoreState(storeId, publicKey, nextId, head, compacting);
  }

  /** A stored state and its keyed checksum. */
  record Stored(String json, byte[] mac) {
    /**
     * The state, its checksum verified.
     *
     * @throws StoreException CORRUPT where text or checksum were changed
     */
    StoreState verified(KeyRing keys) {
      try {
        if (MessageDigest.isEqual(keys.stateMac(json.getBytes(StandardCharsets.UTF_8)), mac)) {
          return fromJson(json);
        }
      } catch (IllegalArgumentException e) {
        throw changed(e);
      }
      throw changed(new IllegalArgumentException("checksum differs"));
    }

    /** The identity alone, unverified: needed to open the keys that verify it. */
    String storeId() {
      try {
        return fromJson(json).storeId();
      } catch (IllegalArgumentException e) {
        throw changed(e);
      }
    }

    private static StoreException changed(Exception cause) {
      return new StoreException(StoreException.Reason.CORRUPT,
          "the store's state was changed outside the ledger; restore a backup", cause);
    }
  }

  static Stored load(Database database) {
    List<Stored> rows = new ArrayList<>();
    return database.reading(() -> {
      database.query("SELECT state, mac FROM store WHERE id = 1",
          row -> new Stored(row.getString(1), row.getBytes(2)), rows::add);
      if (rows.size() != 1) {
        throw new StoreException(StoreException.Reason.CORRUPT,
            "the store has no state row; restore a backup");
      }
      return rows.getFirst();
    });
  }

  void save(Database database, KeyRing keys) throws SQLException {
    String json = toJson();
    database.update("INSERT INTO store(id, state, mac) VALUES (1, ?, ?) ON CONFLICT(id)"
            + " DO UPDATE SET state = excluded.state, mac = excluded.mac",
        json, keys.stateMac(json.getBytes(StandardCharsets.UTF_8)));
  }
}
