package io.larimar.ledger;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * The one SQLite connection of a store: WAL, FULL synchronous, secure delete, exclusive lock.
 *
 * <p>SQLite's own lock keeps others out, also within this process, and the kernel drops it when the
 * process dies. In exclusive mode there is no shared-memory file. Every {@link SQLException} leaves
 * as a {@link StoreException}. Not thread-safe.
 */
final class Database implements AutoCloseable {
  /** "LARM": marks the file as ours in its header. */
  static final int APPLICATION_ID = 0x4C41524D;

  private static final int PAGE_BYTES = 4096;

  private final Connection connection;
  private final Path file;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  private Database(Connection connection, Path file) {
    this.connection = connection;
    this.file = file;
  }

  /** Work with SQL inside. */
  interface Work<T> {
    T run() throws SQLException;
  }

  /** Binds and reads one row of a result. */
  interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Connects and takes the exclusive lock; nothing is written yet, the file may be made. */
  static Database connect(Path file) {
    if (file.toString().indexOf('?') >= 0) {
      throw new IllegalArgumentException("the store's path must hold no '?': " + file);
    }
    Properties properties = new Properties();
    properties.setProperty("busy_timeout", "0");
    properties.setProperty("transaction_mode", "IMMEDIATE");
    // Else the driver leaves a "select last_insert_rowid()" open after each INSERT, which costs
    // time and makes VACUUM fail with "SQL statements in progress".
    properties.setProperty("jdbc.get_generated_keys", "false");
    Database database;
    try {
      database = new Database(
          DriverManager.getConnection("jdbc:sqlite:" + file, properties), file);
    } catch (SQLException e) {
      throw StoreException.of(e, "opening", file);
    }
    try {
      database.execute("PRAGMA locking_mode=EXCLUSIVE");
      database.queryLong("PRAGMA schema_version");
      return database;
    } catch (StoreException e) {
      database.close();
      throw e;
    }
  }

  /** Sets the modes that the ledger's promises rest on, and checks that they took. */
  void configure(long maxBytes) {
    requireMode("PRAGMA journal_mode=WAL", "wal");
    execute("PRAGMA synchronous=FULL");
    requireMode("PRAGMA secure_delete=ON", "1");
    execute("PRAGMA temp_store=MEMORY");
    execute("PRAGMA cell_size_check=ON");
    execute("PRAGMA max_page_count=" + Math.min(maxBytes / PAGE_BYTES, 0xFFFFFFFEL));
    execute("BEGIN IMMEDIATE");
    execute("COMMIT");
  }

  private void requireMode(String pragma, String wanted) {
    String mode = queryString(pragma);
    if (!mode.equals(wanted)) {
      throw new StoreException(StoreException.Reason.IO, pragma + " on " + file + " gave " + mode
          + ": the file system does not support it; keep the store on a local disk");
    }
  }

  /** Runs the work in one transaction: durable on return, undone where it throws. */
  <T> T transaction(Work<T> work) {
    try {
      // "BEGIN IMMEDIATE" by the property transaction_mode; setting true again commits.
      connection.setAutoCommit(false);
      T result = work.run();
      connection.setAutoCommit(true);
      return result;
    } catch (SQLException e) {
      StoreException typed = StoreException.of(e, "writing", file);
      rollback(typed);
      throw typed;
    } catch (RuntimeException | Error e) {
      rollback(e);
      throw e;
    }
  }

  /** SQLite has rolled back by itself after some errors; then there is nothing left to undo. */
  private void rollback(Throwable cause) {
    try {
      if (connection.getAutoCommit()) {
        execute("ROLLBACK");
      } else {
        connection.rollback();
      }
    } catch (SQLException | StoreException e) {
      cause.addSuppressed(e);
    }
    try {
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
    dropStatements(cause);
  }

  /** The driver closes a statement that failed, so none is kept beyond a failure. */
  private void dropStatements(Throwable cause) {
    for (PreparedStatement statement : statements.values()) {
      try {
        statement.close();
      } catch (SQLException e) {
        cause.addSuppressed(e);
      }
    }
    statements.clear();
  }

  /** Runs work that reads. */
  <T> T reading(Work<T> work) {
    try {
      return work.run();
    } catch (SQLException e) {
      StoreException typed = StoreException.of(e, "reading", file);
      dropStatements(typed);
      throw typed;
    }
  }

  /** A statement, prepared once; the caller binds and runs it, no two runs overlap. */
  PreparedStatement prepared(String sql) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  /** Runs a prepared change with these parameters and says how many rows it touched. */
  int update(String sql, Object... parameters) throws SQLException {
    PreparedStatement statement = prepared(sql);
    bind(statement, parameters);
    return statement.executeUpdate();
  }

  /** Runs a prepared query with these parameters and gives each row to the reader. */
  <T> void query(String sql, RowReader<T> reader, Consumer<T> consumer,
      Object... parameters) throws SQLException {
    PreparedStatement statement = prepared(sql);
    bind(statement, parameters);
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        consumer.accept(reader.read(rows));
      }
    }
  }

  private static void bind(PreparedStatement statement, Object... parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      switch (parameters[i]) {
        case Long number -> statement.setLong(i + 1, number);
        case Integer number -> statement.setInt(i + 1, number);
        case String text -> statement.setString(i + 1, text);
        case byte[] bytes -> statement.setBytes(i + 1, bytes);
        default -> throw new AssertionError("no SQL for " + parameters[i].getClass());
      }
    }
  }

  void execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw StoreException.of(e, "writing", file);
    }
  }

  long queryLong(String sql) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getLong(1) : 0;
    } catch (SQLException e) {
      throw StoreException.of(e, "reading", file);
    }
  }

  /** The same with one parameter. */
  long queryLong(String sql, String parameter) {
    return reading(() -> {
      PreparedStatement statement = prepared(sql);
      statement.setString(1, parameter);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    });
  }

  String queryString(String sql) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException e) {
      throw StoreException.of(e, "reading", file);
    }
  }

  /** Moves the write-ahead log into the database and cuts it to nothing. */
  void emptyWriteAheadLog() {
    if (queryLong("PRAGMA wal_checkpoint(TRUNCATE)") != 0) {
      throw new StoreException(StoreException.Reason.IO,
          "the write-ahead log of " + file + " could not be emptied: a read is still open");
    }
  }

  /** Rebuilds the file from its live rows. */
  void vacuum() {
    execute("VACUUM");
    emptyWriteAheadLog();
  }

  /** Writes a compacted copy into a new file. */
  void copyTo(Path target) {
    try (PreparedStatement statement = connection.prepareStatement("VACUUM INTO ?")) {
      statement.setString(1, target.toString());
      statement.execute();
    } catch (SQLException e) {
      throw StoreException.of(e, "copying to", target);
    }
  }

  Path file() {
    return file;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw StoreException.of(e, "closing", file);
    }
  }
}
