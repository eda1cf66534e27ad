package io.larimar.ledger;

/** What a principal may do. */
public enum Role {
  /** Reads facts of its tenant. */
  READ,
  /** Writes facts of its tenant and takes its tenant's last write back. */
  WRITE,
  /** Forgets facts of its tenant and takes its tenant's last forget back. */
  FORGET,
  /**
   * Reads and verifies the audit of its tenant; in the store's own tenant
   * ({@link Principal#DEFAULT_TENANT}) of the whole store, with ids and times of every tenant.
   */
  AUDIT,
  /**
   * Holds facts of its tenant and forgets the tenant; in the store's own tenant it runs the store:
   * expiry, compaction, backup, the list of tenants.
   */
  ADMIN
}
