package io.larimar.ledger;

/** What a row of the audit says was done; see docs/FORMATS.md for the fields of each. */
public enum Operation {
  /** The store was made; the first row of every chain, it binds the store's public key. */
  CREATE,
  /** A fact was written. */
  WRITE,
  /** A fact was forgotten: erased at once, or at the end of the undo window. */
  FORGET,
  /** A fact whose undo window ended was erased. */
  ERASE,
  /** A fact whose time to live ended was erased. */
  EXPIRE,
  /** A write was taken back: the fact was erased. */
  UNDO_WRITE,
  /** A forget was taken back inside its undo window. */
  UNDO_FORGET,
  /** A fact was put under legal hold. */
  HOLD,
  /** A legal hold was lifted. */
  RELEASE,
  /** A question was answered, with or without a fact. */
  READ,
  /** A demand was refused. */
  REFUSE,
  /** A receipt was signed. */
  RECEIPT,
  /** The store was restored from a backup. */
  RESTORE,
  /** A fact was written after the backup that was restored: its payload is gone. */
  LOST,
  /** Every fact of a tenant was forgotten and the tenant's key destroyed. */
  TENANT_FORGET
}
