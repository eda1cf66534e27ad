package io.larimar.ledger;

/** Where a fact stands in its life; the ordinal is stored. */
enum FactState {
  LIVE,
  SUPERSEDED,
  /** Forgotten, its key kept until the undo window ends. */
  FORGOTTEN,
  ERASED;

  boolean hasPayload() {
    return this != ERASED;
  }
}
