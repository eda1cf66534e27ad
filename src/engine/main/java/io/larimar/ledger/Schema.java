package io.larimar.ledger;

import java.util.List;

/** The tables of a store and their version; docs/FORMATS.md explains each column. */
final class Schema {
  static final int VERSION = 1;

  /**
   * A tenant's rows are found without the others', so that no time tells how many these are. Stores
   * that were made before get it when they are opened.
   */
  static final String AUDIT_TENANT =
      "CREATE INDEX IF NOT EXISTS audit_tenant ON audit(tenant, sequence)";

  /**
   * {@code secret} and {@code payload} are only ever appended to, overwritten in place by zeros of
   * the same length, and emptied just before a VACUUM: so SQLite never moves their cells between
   * pages and no stale copy is left behind in a page's unused part.
   */
  static final List<String> STATEMENTS = List.of(
      "CREATE TABLE store(id INTEGER PRIMARY KEY, state TEXT NOT NULL, mac BLOB NOT NULL)",
      "CREATE TABLE tenant(name TEXT NOT NULL PRIMARY KEY, sealed BLOB NOT NULL)",
      """
      CREATE TABLE fact(
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, state INTEGER NOT NULL,
        write_group INTEGER NOT NULL, forget_group INTEGER NOT NULL,
        written_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        supersedes INTEGER NOT NULL, superseded_by INTEGER NOT NULL, held INTEGER NOT NULL,
        forgotten_at INTEGER NOT NULL, erasure_due INTEGER NOT NULL,
        erased_at INTEGER NOT NULL, erased_by TEXT NOT NULL, erase_sequence INTEGER NOT NULL,
        commitment BLOB NOT NULL)""",
      "CREATE INDEX fact_state ON fact(tenant, state, id)",
      "CREATE INDEX fact_expiry ON fact(expires_at) WHERE expires_at > 0 AND state < 3",
      "CREATE INDEX fact_due ON fact(erasure_due) WHERE erasure_due > 0",
      "CREATE TABLE secret(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL)",
      "CREATE TABLE payload(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL)",
      """
      CREATE TABLE audit(
        sequence INTEGER PRIMARY KEY, grp INTEGER NOT NULL, at INTEGER NOT NULL,
        principal TEXT NOT NULL, tenant TEXT NOT NULL, operation TEXT NOT NULL,
        fact INTEGER NOT NULL, related INTEGER NOT NULL, until INTEGER NOT NULL,
        detail TEXT NOT NULL, commitment BLOB NOT NULL,
        previous BLOB NOT NULL, hash BLOB NOT NULL)""",
      "CREATE INDEX audit_fact ON audit(fact, sequence) WHERE fact > 0",
      AUDIT_TENANT,
      "PRAGMA application_id=" + Database.APPLICATION_ID,
      "PRAGMA user_version=" + VERSION);

  private Schema() {}
}
