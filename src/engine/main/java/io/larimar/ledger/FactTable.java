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
  private static final String INSERT = "INSERT INTO fact(" + COLUMNS
      + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
  private static final String UPDATE = "UPDATE fact SET state = ?, forget_group = ?,"
      + " superseded_by = ?, held = ?, forgotten_at = ?, erasure_due = ?, erased_at = ?,"
      + " erased_by = ?, erase_sequence = ? WHERE id = ?";

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
  public void add(FactRow row) {
    change(INSERT, row.id(), row.tenant(), row.state().ordinal(), row.writeGroup(),
        row.forgetGroup(), row.writtenAt(), row.expiresAt(), row.supersedes(),
        row.supersededBy(), row.held() ? 1 : 0, row.forgottenAt(), row.erasureDue(),
        row.erasedAt(), row.erasedBy(), row.eraseSequence(), Hashes.bytes(row.commitment()));
  }

  /** Replaces what of a row can change; its birth cannot. */
  @Override
  public void put(FactRow row) {
    change(UPDATE, row.state().ordinal(), row.forgetGroup(), row.supersededBy(),
        row.held() ? 1 : 0, row.forgottenAt(), row.erasureDue(), row.erasedAt(), row.erasedBy(),
        row.eraseSequence(), row.id());
  }

  /** Changes one row; the caller holds the transaction, which a failure undoes. */
  private void change(String sql, Object... parameters) {
    try {
      database.update(sql, parameters);
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
