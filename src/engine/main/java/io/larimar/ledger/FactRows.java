package io.larimar.ledger;

import java.util.Optional;

/** Fact rows by id: the table of the store, or a map that a replay of the audit fills. */
interface FactRows {
  Optional<FactRow> find(long id);

  /**
   * Takes a new row in.
   *
   * @throws RuntimeException where its id is taken
   */
  void add(FactRow row);

  /** Replaces a row. */
  void put(FactRow row);
}
