package io.larimar.ledger;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Fact rows that a replay of the audit fills. */
final class ReplayedRows implements FactRows {
  private final TreeMap<Long, FactRow> rows = new TreeMap<>();

  @Override
  public Optional<FactRow> find(long id) {
    return Optional.ofNullable(rows.get(id));
  }

  @Override
  public void add(FactRow row) {
    if (rows.putIfAbsent(row.id(), row) != null) {
      throw new IllegalArgumentException("fact " + row.id() + " is written twice");
    }
  }

  @Override
  public void put(FactRow row) {
    rows.put(row.id(), row);
  }

  Map<Long, FactRow> all() {
    return rows;
  }
}
