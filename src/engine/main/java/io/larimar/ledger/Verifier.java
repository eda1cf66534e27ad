package io.larimar.ledger;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Checks a store from what is on disk alone: it believes no value that another does not confirm.
 *
 * <p>The chain of hashes is recomputed and must end where the store's keyed state says; the fact
 * rows are recomputed from it and must equal the table; each payload must open under its key and
 * fit its commitment; of erased facts nothing but zeros may be left. So a single changed bit in any row
 * of any table shows.
 */
final class Verifier {
  /** How a finding about the receipt begins. */
  static final String RECEIPT = "receipt: ";

  /** The finding that a receipt is another store's, or for this reader might as well be. */
  static final String FOREIGN_RECEIPT = RECEIPT + "it is another store's";

  private static final int PAGE_ROWS = 1_000;

  private final Database database;
  private final KeyRing keys;
  private final Vault vault;
  private final FactTable facts;
  private final AuditLog log;
  private final StoreFiles files;
  private final List<String> findings = new ArrayList<>();
  private final ReplayedRows replayed = new ReplayedRows();
  private long rows;

  Verifier(Database database, KeyRing keys, Vault vault, FactTable facts, AuditLog log,
      StoreFiles files) {
    this.database = database;
    this.keys = keys;
    this.vault = vault;
    this.facts = facts;
    this.log = log;
    this.files = files;
  }

  /** Checks everything. */
  Verification verify() {
    attempt("file", this::checkFile);
    Optional<StoreState> state = checkState();
    state.ifPresent(found -> attempt("audit", () -> checkChain(found)));
    attempt("facts", this::checkFacts);
    attempt("payloads", this::checkPayloads);
    attempt("tenants", this::checkTenants);
    return new Verification(rows, replayed.all().size(), findings);
  }

  /** Checks a receipt, and the store that it speaks of. */
  Verification verify(Receipt receipt) {
    verify();
    checkState().ifPresent(state -> attempt("receipt", () -> checkReceipt(receipt, state)));
    return new Verification(rows, replayed.all().size(), findings);
  }

  /** A row that cannot even be read is a finding, not a failure. */
  private void attempt(String place, Runnable check) {
    try {
      check.run();
    } catch (StoreException | IllegalArgumentException e) {
      found(place + ": " + e.getMessage());
    }
  }

  private void found(String finding) {
    if (findings.size() < Verification.MAX_FINDINGS) {
      findings.add(finding);
    }
  }

  private void checkFile() {
    String check = database.queryString("PRAGMA integrity_check");
    if (!check.equals("ok")) {
      found("file: SQLite finds " + check);
    }
    if (database.queryLong("PRAGMA user_version") != Schema.VERSION
        || database.queryLong("PRAGMA application_id") != Database.APPLICATION_ID) {
      found("file: its header names another version or application");
    }
  }

  private Optional<StoreState> checkState() {
    try {
      if (database.queryLong("SELECT count(*) FROM store") != 1) {
        found("state: more than one row");
      }
      return Optional.of(StoreState.load(database).verified(keys));
    } catch (StoreException e) {
      found("state: " + e.getMessage());
      return Optional.empty();
    }
  }

  private void checkChain(StoreState state) {
    attempt("signing key",
        () -> SigningKey.open(files, Hashes.bytes(state.publicKey())));
    AuditLog.Head head = AuditLog.Head.NONE;
    for (List<AuditRow> page = log.after(Long.MIN_VALUE, PAGE_ROWS); !page.isEmpty();
        page = log.after(head.sequence(), PAGE_ROWS)) {
      for (AuditRow row : page) {
        rows++;
        if (row.sequence() != head.sequence() + 1 || !row.previous().equals(head.hash())) {
          found("audit: row " + row.sequence() + " does not follow row " + head.sequence());
        }
        if (!row.hash().equals(row.computedHash())) {
          found("audit: the hash of row " + row.sequence() + " does not fit it");
        }
        attempt("audit", () -> Life.apply(row, replayed));
        if (row.sequence() <= head.sequence()) {
          return;
        }
        head = new AuditLog.Head(row.sequence(), row.hash());
      }
    }
    if (!head.equals(state.head())) {
      found("audit: it ends at row " + head.sequence() + ", the state says "
          + state.head().sequence());
    }
    Optional<AuditRow> first = log.find(1);
    if (!first.map(AuditRow::operation).equals(Optional.of(Operation.CREATE))
        || !first.get().commitment().equals(SigningKey.keyId(Hashes.bytes(state.publicKey())))
        || !first.get().detail().equals(state.storeId())) {
      found("audit: its first row does not name this store and its public key");
    }
    long last = replayed.all().keySet().stream().reduce(0L, Math::max);
    if (last >= state.nextId()) {
      found("state: the next id " + state.nextId() + " is taken");
    }
  }

  private void checkFacts() {
    Map<Long, FactRow> expected = replayed.all();
    Set<Long> seen = new HashSet<>();
    for (FactRow row : facts.select("ORDER BY id")) {
      seen.add(row.id());
      if (!row.equals(expected.get(row.id()))) {
        found("fact " + row.id() + ": its row differs from what the audit says");
      }
    }
    for (long id : expected.keySet()) {
      if (!seen.contains(id)) {
        found("fact " + id + ": its row is missing");
      }
    }
  }

  private void checkPayloads() {
    for (FactRow row : replayed.all().values()) {
      if (row.state().hasPayload()) {
        Optional<Vault.Sealed> sealed = vault.sealed(row.id());
        if (sealed.isEmpty()) {
          found("fact " + row.id() + ": key or payload is missing");
        } else if (vault.open(row, sealed.get()).isEmpty()) {
          found("fact " + row.id() + ": key or payload was changed");
        }
      }
    }
    for (String table : List.of("secret", "payload")) {
      for (long id : leftovers(table)) {
        found("fact " + id + ": it is not live and yet has a " + table);
      }
    }
  }

  /** Rows of facts that should have none: deleted, or overwritten by zeros until compaction. */
  private List<Long> leftovers(String table) {
    List<Long> ids = new ArrayList<>();
    return database.reading(() -> {
      database.<Long>query("SELECT id, sealed FROM " + table + " ORDER BY id", row -> {
        long id = row.getLong(1);
        Optional<FactRow> fact = replayed.find(id);
        boolean expected = fact.isPresent()
            && (fact.get().state().hasPayload() || zeros(row.getBytes(2)));
        return expected ? 0L : id;
      }, id -> {
        if (id != 0) {
          ids.add(id);
        }
      });
      return ids;
    });
  }

  private static boolean zeros(byte[] bytes) {
    byte any = 0;
    for (byte b : bytes) {
      any |= b;
    }
    return any == 0;
  }

  private void checkTenants() {
    Map<String, byte[]> tenants = new TreeMap<>();
    database.reading(() -> {
      database.<Map.Entry<String, byte[]>>query("SELECT name, sealed FROM tenant",
          row -> Map.entry(row.getString(1), row.getBytes(2)),
          entry -> tenants.put(entry.getKey(), entry.getValue()));
      return tenants;
    });
    tenants.forEach((name, sealed) -> {
      if (!keys.opensTenant(name, sealed)) {
        found("tenant " + name + ": its key was changed");
      }
    });
  }

  private void checkReceipt(Receipt receipt, StoreState state) {
    byte[] publicKey = Hashes.bytes(state.publicKey());
    if (!receipt.storeId().equals(state.storeId())
        || !receipt.publicKeyId().equals(SigningKey.keyId(publicKey))) {
      found(FOREIGN_RECEIPT);
    }
    byte[] signed = receipt.signedBytes();
    if (!SigningKey.verify(publicKey, signed, Hashes.bytes(receipt.signature()))) {
      found(RECEIPT + "its signature does not fit it");
    }
    Optional<AuditRow> end = log.find(receipt.chainSequence());
    if (!end.map(row -> receipt.written(row.hash())).equals(Optional.of(receipt.chainHash()))) {
      found(RECEIPT + "the audit has no row " + receipt.chainSequence() + " with its hash");
    }
    boolean issued = log.select("WHERE operation = 'RECEIPT' AND sequence > ? AND commitment = ?",
        receipt.chainSequence(), Hashes.sha256(signed)).stream()
        .anyMatch(row -> row.principal().equals(receipt.principal()));
    if (!issued) {
      found(RECEIPT + "the audit does not say that it was issued");
    }
    receipt.erasures().forEach(erasure -> checkErasure(receipt, erasure));
  }

  private void checkErasure(Receipt receipt, Receipt.Erasure erasure) {
    Optional<Receipt.Erasure> inStore = facts.find(erasure.fact())
        .filter(row -> row.tenant().equals(receipt.tenant()))
        .filter(row -> row.state() == FactState.ERASED)
        .map(row -> Receipt.Erasure.of(row.tombstone()));
    if (!inStore.equals(Optional.of(erasure)) || erasure.sequence() > receipt.chainSequence()) {
      found(RECEIPT + "fact " + erasure.fact() + " has no such tombstone");
    }
    vault.sealed(erasure.fact()).filter(left -> !zeros(left.secret()) || !zeros(left.payload()))
        .ifPresent(left -> found(RECEIPT + "fact " + erasure.fact() + " still has its payload"));
  }
}
