package io.larimar.ledger;

import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The keys of a store: master key, a wrapping key per tenant, a secret per fact.
 *
 * <p>master.key (a file) seals tenant keys; a tenant key seals the secrets of its facts; a fact's
 * secret is 64 random bytes: its AES key (32) and the salt (32) of its commitment. Destroying the
 * secret makes the payload unreadable and the commitment unguessable. Not thread-safe.
 */
final class KeyRing {
  static final int SECRET_BYTES = 64;
  private static final String HEADER = "larimar master key 1";

  private final Database database;
  private final Seal seal;
  private final String storeId;
  private final byte[] tenantsKey;
  private final byte[] stateKey;
  private final Map<String, byte[]> tenantKeys = new HashMap<>();

  private KeyRing(Database database, Seal seal, String storeId, byte[] master) {
    this.database = database;
    this.seal = seal;
    this.storeId = storeId;
    this.tenantsKey = Hashes.derivedKey(master, "larimar tenant keys 1");
    this.stateKey = Hashes.derivedKey(master, "larimar store state 1");
    Seal.wipe(master);
  }

  /** Makes a master key and writes its file. */
  static void createMaster(StoreFiles files, SecureRandom random) {
    byte[] master = new byte[Seal.KEY_BYTES];
    random.nextBytes(master);
    files.write(StoreFiles.MASTER_KEY, masterText(master));
    Seal.wipe(master);
  }

  /** Reads the master key; a missing or changed file is refused. */
  static KeyRing open(Database database, StoreFiles files, Seal seal, String storeId) {
    return new KeyRing(database, seal, storeId, master(files));
  }

  private static byte[] master(StoreFiles files) {
    String text = files.read(StoreFiles.MASTER_KEY).orElseThrow(() -> new StoreException(
        StoreException.Reason.CORRUPT, files.path(StoreFiles.MASTER_KEY)
            + " is missing: without it no fact can be read; put it back from a backup"));
    String[] lines = text.split("\n", -1);
    try {
      byte[] master = Hashes.bytes(lines.length > 1 ? lines[1] : "");
      if (master.length == Seal.KEY_BYTES && masterText(master).equals(text)) {
        return master;
      }
    } catch (IllegalArgumentException e) {
      // Not hex: the same trouble as a wrong checksum, told below.
    }
    throw new StoreException(StoreException.Reason.CORRUPT, files.path(StoreFiles.MASTER_KEY)
        + " is damaged: its checksum does not fit; put it back from a backup");
  }

  private static String masterText(byte[] master) {
    return HEADER + "\n" + Hashes.hex(master) + "\n"
        + Hashes.hex(Hashes.derivedKey(master, "checksum")) + "\n";
  }

  /** The keyed checksum of the store's state. */
  byte[] stateMac(byte[] state) {
    return Hashes.hmac(stateKey, state);
  }

  /** The tenant's key, made and stored where it is missing; inside a transaction. */
  private byte[] tenantKeyOrNew(String tenant) throws SQLException {
    Optional<byte[]> known = tenantKey(tenant);
    if (known.isPresent()) {
      return known.get();
    }
    byte[] key = seal.randomBytes(Seal.KEY_BYTES);
    database.update("INSERT INTO tenant(name, sealed) VALUES (?, ?)", tenant,
        seal.close(tenantsKey, tenantPlace(tenant), key));
    tenantKeys.put(tenant, key);
    return key;
  }

  private Optional<byte[]> tenantKey(String tenant) throws SQLException {
    byte[] cached = tenantKeys.get(tenant);
    if (cached != null) {
      return Optional.of(cached);
    }
    Map<String, byte[]> sealed = new TreeMap<>();
    database.<byte[]>query("SELECT sealed FROM tenant WHERE name = ?", row -> row.getBytes(1),
        bytes -> sealed.put(tenant, bytes), tenant);
    Optional<byte[]> key = Optional.ofNullable(sealed.get(tenant))
        .flatMap(bytes -> seal.open(tenantsKey, tenantPlace(tenant), bytes));
    key.ifPresent(bytes -> tenantKeys.put(tenant, bytes));
    return key;
  }

  /** Whether the stored form of a tenant's key is whole. */
  boolean opensTenant(String tenant, byte[] sealed) {
    return seal.open(tenantsKey, tenantPlace(tenant), sealed).isPresent();
  }

  /** A fact's fresh secret; the caller wipes it. */
  byte[] newSecret() {
    return seal.randomBytes(SECRET_BYTES);
  }

  /** The stored form of a fact's secret. */
  byte[] sealSecret(long id, String tenant, byte[] secret) throws SQLException {
    return seal.close(tenantKeyOrNew(tenant), secretPlace(id, tenant), secret);
  }

  /** A fact's secret; empty where a single bit of it, of its key or its place differs. */
  Optional<byte[]> openSecret(long id, String tenant, byte[] sealed) throws SQLException {
    return tenantKey(tenant).flatMap(key -> seal.open(key, secretPlace(id, tenant), sealed))
        .filter(secret -> secret.length == SECRET_BYTES);
  }

  /** Destroys a tenant's key: every secret under it is lost for good; inside a transaction. */
  void destroyTenant(String tenant) throws SQLException {
    database.update("UPDATE tenant SET sealed = zeroblob(length(sealed)) WHERE name = ?", tenant);
    database.update("DELETE FROM tenant WHERE name = ?", tenant);
    forgetCached();
  }

  /** Drops and wipes the opened tenant keys; they are opened again when needed. */
  void forgetCached() {
    tenantKeys.values().forEach(Seal::wipe);
    tenantKeys.clear();
  }

  private String tenantPlace(String tenant) {
    return "larimar tenant 1|" + storeId + "|" + tenant;
  }

  private String secretPlace(long id, String tenant) {
    return "larimar secret 1|" + storeId + "|" + tenant + "|" + id;
  }

  /** The place of a fact's payload. */
  String payloadPlace(long id, String tenant) {
    return "larimar payload 1|" + storeId + "|" + tenant + "|" + id;
  }
}
