package io.larimar.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table of fact rows. */
final class FactTable implements FactRows {
  private static final String COLUMNS = "id, tenant, state, write_group, forget_group, written_at,"
      + " expires_at, supersedes, superseded_by, held, forgotten_at, erasure_due, erased_at,"
      + " erased_by, erase_sequence, commitment";
  private static final String SELECT = "SELECT " + COLUMNS + " FROM fact ";
  private static final String UPSERT = "INSERT INTO fact(" + COLUMNS
      + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET"
      + " state=excluded.state, forget_group=excluded.forget_group,"
      + " superseded_by=excluded.superseded_by, held=excluded.held,"
      + " forgotten_at=excluded.forgotten_at, erasure_due=excluded.erasure_due,"
      + " erased_at=excluded.erased_at, erased_by=excluded.erased_by,"
      + " erase_sequence=excluded.erase_sequence";

  private final Database database;

  FactTable(Database database) {
    this.database = database;
  }

  @Override
  public Optional<FactRow> find(long id) {
    List<FactRow> rows = select("WHERE id = ?", id);
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  @Override
  public void put(FactRow row) {
    // The caller holds the transaction; its SQLException reaches Database.transaction as a cause.
    try {
      database.update(UPSERT, row.id(), row.tenant(), row.state().ordinal(), row.writeGroup(),
          row.forgetGroup(), row.writtenAt(), row.expiresAt(), row.supersedes(),
          row.supersededBy(), row.held() ? 1 : 0, row.forgottenAt(), row.erasureDue(),
          row.erasedAt(), row.erasedBy(), row.eraseSequence(), Hashes.bytes(row.commitment()));
    } catch (SQLException e) {
      throw StoreException.of(e, "writing", database.file());
    }
  }

  /** Rows by a condition of ours. */
  List<FactRow> select(String where, Object... parameters) {
    List<FactRow> rows = new ArrayList<>();
    database.reading(() -> {
      database.query(SELECT + where, FactTable::read, rows::add, parameters);
      return rows;
    });
    return rows;
  }

  static FactRow read(ResultSet row) throws SQLException {
    long state = row.getLong(3);
    long held = row.getLong(10);
    if (state < 0 || state >= FactState.values().length || held < 0 || held > 1) {
      throw new StoreException(StoreException.Reason.CORRUPT, "fact " + row.getLong(1)
          + " is damaged: state " + state + ", held " + held + "; restore a backup");
    }
    return new FactRow(row.getLong(1), row.getString(2), FactState.values()[(int) state],
        row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(7), row.getLong(8),
        row.getLong(9), held == 1, row.getLong(11), row.getLong(12), row.getLong(13),
        row.getString(14), row.getLong(15), Hashes.hex(row.getBytes(16)));
  }
}
