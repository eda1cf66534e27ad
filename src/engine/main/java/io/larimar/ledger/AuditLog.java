package io.larimar.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table of the audit and the end of its chain. Not thread-safe. */
final class AuditLog {
  private static final String COLUMNS = "sequence, grp, at, principal, tenant, operation, fact,"
      + " related, until, detail, commitment, previous, hash";
  private static final String INSERT =
      "INSERT INTO audit(" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
  private static final String SELECT = "SELECT " + COLUMNS + " FROM audit ";

  /** The last row of the chain. */
  record Head(long sequence, String hash) {
    static final Head NONE = new Head(0, AuditRow.GENESIS);
  }

  /** What a new row says; sequence, previous hash and hash are the log's to give. */
  record Note(Principal who, String tenant, Operation operation, long fact, long related,
      long untilMillis, String detail, String commitment) {

    static Note of(Principal who, Operation operation) {
      return new Note(who, who.tenant(), operation, 0, 0, 0, "", "");
    }

    Note fact(FactRow row) {
      return new Note(who, row.tenant(), operation, row.id(), related, untilMillis, detail,
          commitment);
    }

    Note fact(long id) {
      return new Note(who, tenant, operation, id, related, untilMillis, detail, commitment);
    }

    Note related(long id) {
      return new Note(who, tenant, operation, fact, id, untilMillis, detail, commitment);
    }

    Note until(long millis) {
      return new Note(who, tenant, operation, fact, related, millis, detail, commitment);
    }

    Note detail(String text) {
      return new Note(who, tenant, operation, fact, related, untilMillis, text, commitment);
    }

    Note commitment(String hex) {
      return new Note(who, tenant, operation, fact, related, untilMillis, detail, hex);
    }
  }

  private final Database database;
  private Head head;

  AuditLog(Database database, Head head) {
    this.database = database;
    this.head = head;
  }

  Head head() {
    return head;
  }

  /** Goes back to an end that is on disk, after a transaction failed. */
  void reset(Head head) {
    this.head = head;
  }

  /**
   * Adds a row; inside a transaction.
   *
   * @param group the first sequence of the call, 0 where this row is the first
   */
  AuditRow append(Note note, long group, long atMillis) throws SQLException {
    long sequence = head.sequence() + 1;
    AuditRow row = AuditRow.hashed(sequence, group == 0 ? sequence : group, atMillis,
        note.who().name(), note.tenant(), note.operation(), note.fact(), note.related(),
        note.untilMillis(), note.detail(), note.commitment(), head.hash());
    insert(row);
    return row;
  }

  /** Adds a row that was hashed elsewhere: a restore gives back the chain as it was. */
  void insert(AuditRow row) throws SQLException {
    database.update(INSERT, row.sequence(), row.group(), row.atMillis(), row.principal(),
        row.tenant(), row.operation().name(), row.fact(), row.related(), row.untilMillis(),
        row.detail(), Hashes.bytes(row.commitment()), Hashes.bytes(row.previous()),
        Hashes.bytes(row.hash()));
    head = new Head(row.sequence(), row.hash());
  }

  /** One row. */
  Optional<AuditRow> find(long sequence) {
    List<AuditRow> rows = select("WHERE sequence = ?", sequence);
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  /** The rows after a sequence, in order, at most {@code limit}. */
  List<AuditRow> after(long sequence, int limit) {
    return select("WHERE sequence > ? ORDER BY sequence LIMIT ?", sequence, limit);
  }

  /** The same without the rows that change no fact, of which a busy store has by far the most. */
  List<AuditRow> changesAfter(long sequence, int limit) {
    return select("WHERE sequence > ? AND operation NOT IN ('READ', 'REFUSE', 'RECEIPT')"
        + " ORDER BY sequence LIMIT ?", sequence, limit);
  }

  /** Rows by a condition of ours. */
  List<AuditRow> select(String where, Object... parameters) {
    List<AuditRow> rows = new ArrayList<>();
    return database.reading(() -> {
      database.query(SELECT + where, AuditLog::read, rows::add, parameters);
      return rows;
    });
  }

  private static AuditRow read(ResultSet row) throws SQLException {
    Operation operation;
    try {
      operation = Operation.valueOf(row.getString(6));
    } catch (IllegalArgumentException e) {
      throw new StoreException(StoreException.Reason.CORRUPT, "row " + row.getLong(1)
          + " of the audit names an unknown operation; restore a backup", e);
    }
    return new AuditRow(row.getLong(1), row.getLong(2), row.getLong(3), row.getString(4),
        row.getString(5), operation, row.getLong(7), row.getLong(8), row.getLong(9),
        row.getString(10), Hashes.hex(row.getBytes(11)), Hashes.hex(row.getBytes(12)),
        Hashes.hex(row.getBytes(13)));
  }
}
