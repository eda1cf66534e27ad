package io.larimar.ledger;

/** What a principal may do. */
public enum Role {
  /** Reads facts of its tenant. */
  READ,
  /** Writes facts of its tenant and takes its tenant's last write back. */
  WRITE,
  /** Forgets facts of its tenant and takes its tenant's last forget back. */
  FORGET,
  /** Reads and verifies the audit of the whole store; it names ids and times of every tenant. */
  AUDIT,
  /** Runs the store: legal holds, expiry, compaction, backup, whole tenants. */
  ADMIN
}
