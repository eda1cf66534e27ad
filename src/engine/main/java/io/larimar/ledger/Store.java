package io.larimar.ledger;

import io.larimar.ledger.AuditLog.Note;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * An open store directory: its parts, and the one way to change them.
 *
 * <p>Every change is one transaction that ends with a row of the audit and the store's new state;
 * what it erased is gone from the files before it returns. Not thread-safe: {@link Ledger} is.
 */
final class Store implements AutoCloseable {
  /** Who acts where the ledger does so by itself. */
  static final Principal SYSTEM =
      new Principal("ledger", Principal.DEFAULT_TENANT, EnumSet.noneOf(Role.class));

  private final StoreFiles files;
  private final LedgerOptions options;
  private final Database database;
  private final Seal seal;
  private final KeyRing keys;
  private final Vault vault;
  private final FactTable facts;
  private final AuditLog log;
  private final SigningKey signingKey;
  private final WaitingReads waitingReads = new WaitingReads();
  private StoreState state;
  private Optional<AuditJournal> journal = Optional.empty();
  private volatile boolean closed; // readers ask without the ledger's lock

  private Store(StoreFiles files, LedgerOptions options, Database database) {
    this.files = files;
    this.options = options;
    this.database = database;
    this.seal = new Seal(new SecureRandom());
    StoreState.Stored stored = StoreState.load(database);
    this.keys = KeyRing.open(database, files, seal, stored.storeId());
    this.state = stored.verified(keys);
    this.vault = new Vault(database, keys);
    this.facts = new FactTable(database);
    this.log = new AuditLog(database, state.head());
    this.signingKey = SigningKey.open(files, Hashes.bytes(state.publicKey()));
  }

  /** Opens or makes a store and checks its end; changes nothing of an existing one yet. */
  static Store open(StoreFiles files, LedgerOptions options) {
    files.prepare();
    files.requireNotHeld();
    Database database = lock(files, options);
    try {
      files.writeHolder();
      if (database.queryLong("PRAGMA user_version") == 0) {
        create(database, files, options);
      }
      Store store = new Store(files, options, database);
      store.requireEnd();
      return store;
    } catch (RuntimeException | Error e) {
      files.removeHolder();
      database.close();
      throw e;
    }
  }

  /** Connects, takes the lock, and refuses what is not a store of ours. */
  private static Database lock(StoreFiles files, LedgerOptions options) {
    try {
      Database database = Database.connect(files.database());
      try {
        requireOurs(database, files);
        database.configure(options.maxBytes());
        return database;
      } catch (RuntimeException | Error e) {
        database.close();
        throw e;
      }
    } catch (StoreException e) {
      if (e.reason() == StoreException.Reason.ALREADY_OPEN) {
        throw files.alreadyOpen(Optional.of(e));
      }
      throw e;
    }
  }

  private static void requireOurs(Database database, StoreFiles files) {
    long application = database.queryLong("PRAGMA application_id");
    long version = database.queryLong("PRAGMA user_version");
    boolean fresh = application == 0 && version == 0
        && database.queryLong("SELECT count(*) FROM sqlite_schema") == 0;
    if (!fresh && application != Database.APPLICATION_ID) {
      throw new StoreException(StoreException.Reason.NOT_A_STORE,
          files.database() + " is a database of another program; give a store or an empty"
              + " directory");
    }
    if (version > Schema.VERSION) {
      throw new StoreException(StoreException.Reason.NEWER_VERSION, "the store "
          + files.directory() + " has version " + version + ", this release reads up to "
          + Schema.VERSION + "; use the newer release of larimar that wrote it");
    }
  }

  private static void create(Database database, StoreFiles files, LedgerOptions options) {
    SecureRandom random = new SecureRandom();
    Seal seal = new Seal(random);
    KeyRing.createMaster(files, random);
    byte[] publicKey = SigningKey.create(files, random);
    String storeId = Hashes.hex(seal.randomBytes(16));
    KeyRing keys = KeyRing.open(database, files, seal, storeId);
    database.transaction(() -> {
      Schema.STATEMENTS.forEach(database::execute);
      AuditLog log = new AuditLog(database, AuditLog.Head.NONE);
      log.append(Note.of(SYSTEM, Operation.CREATE).detail(storeId)
          .commitment(SigningKey.keyId(publicKey)), 0, options.clock().millis());
      new StoreState(storeId, Hashes.hex(publicKey), 1, log.head(), false).save(database, keys);
      return storeId;
    });
  }

  private void requireEnd() {
    Optional<AuditRow> last = log.find(state.head().sequence());
    if (!last.map(AuditRow::hash).equals(Optional.of(state.head().hash()))
        || database.queryLong("SELECT max(sequence) FROM audit") != state.head().sequence()) {
      throw new StoreException(StoreException.Reason.CORRUPT, "the audit of " + files.directory()
          + " does not end where the store says; restore a backup");
    }
  }

  /** Finishes what a killed process left: journal, write-ahead log, a compaction. */
  void recover() {
    journal = options.auditJournal().map(path -> AuditJournal.open(path, log));
    indexOlderStore();
    database.emptyWriteAheadLog();
    if (state.compacting()) {
      finishCompaction();
    }
  }

  private void indexOlderStore() {
    try {
      database.execute(Schema.AUDIT_TENANT);
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.DISK_FULL) { // without it a tenant's audit is slower
        throw e;
      }
    }
  }

  // Changing.

  /** Does the work in one transaction, with the reads that wait; durable on return. */
  <T> T change(Database.Work<T> work) {
    requireOpen();
    List<Note> reads = waitingReads.all();
    try {
      T result = database.transaction(() -> {
        write(reads);
        T made = work.run();
        state = state.with(state.nextId(), log.head());
        state.save(database, keys);
        return made;
      });
      waitingReads.drop(reads.size());
      journal.ifPresent(copy -> copy.catchUp(log));
      return result;
    } catch (RuntimeException | Error e) {
      reload(e);
      throw e;
    }
  }

  private void write(List<Note> reads) throws SQLException {
    long group = 0;
    for (Note note : reads) {
      // While it waits, a read keeps its time where other notes keep an end.
      group = log.append(note.until(0), group, note.untilMillis()).group();
    }
  }

  /** After a failed change: what is on disk is true, whatever this object thought. */
  private void reload(Throwable cause) {
    keys.forgetCached();
    try {
      state = StoreState.load(database).verified(keys);
      log.reset(state.head());
    } catch (StoreException e) {
      cause.addSuppressed(e);
    }
  }

  /** Adds a row to the audit and applies it to the facts; inside a change. */
  AuditRow record(Note note, long group, long now) throws SQLException {
    AuditRow row = log.append(note, group, now);
    Life.apply(row, facts);
    return row;
  }

  /** The id of the next fact. */
  long nextId() {
    return state.nextId();
  }

  /** Gives ids away for good; inside a change. */
  void useIdsBelow(long nextId) {
    state = state.with(Math.max(state.nextId(), nextId), log.head());
  }

  /** Lets a read wait for the next change, or writes all that wait where they are many. */
  void recordRead(Note note) {
    if (letReadWait(note) >= options.auditBatch()) {
      flush();
    }
  }

  /** How many reads wait. */
  int waitingReads() {
    return waitingReads.size();
  }

  /** Lets a read wait, whatever holds the store; how many wait now. */
  int letReadWait(Note note) {
    return waitingReads.add(note.until(options.clock().millis()));
  }

  /** Writes the reads that wait. */
  void flush() {
    requireOpen();
    if (waitingReads.size() > 0) {
      change(() -> waitingReads);
    }
  }

  // Erasing.

  /** Records the note for each fact and destroys its payload, or lets the undo window begin. */
  void erase(Collection<FactRow> targets, Note note, long now) {
    change(() -> eraseRows(targets, note, now));
    if (atOnce(note)) {
      finishErasure();
    }
  }

  /** The same inside a change; gives the group of the rows. {@link #finishErasure} must follow. */
  long eraseRows(Collection<FactRow> targets, Note note, long now) throws SQLException {
    long group = 0;
    for (FactRow row : targets) {
      group = record(note.fact(row), group, now).group();
      if (atOnce(note)) {
        vault.destroy(row.id());
      }
    }
    return group;
  }

  private static boolean atOnce(Note note) {
    return note.operation() != Operation.FORGET || note.untilMillis() == 0;
  }

  /** Leaves nothing of erased facts in the files, nor a used key in the cipher. */
  private void finishErasure() {
    dropKeys();
    try {
      if (options.compactOnForget()) {
        compact();
      } else {
        database.emptyWriteAheadLog();
      }
    } catch (StoreException e) {
      throw new StoreException(e.reason(), "the facts are forgotten for good, but old bytes may"
          + " still stand in the write-ahead log; compact or open the store again: "
          + e.getMessage(), e);
    }
  }

  private void dropKeys() {
    seal.dropKey();
    vault.dropKeys();
  }

  /** Deletes the overwritten rows of erased facts and rebuilds the file. */
  void compact() {
    dropKeys();
    state = state.withCompacting(true);
    change(() -> {
      vault.dropDestroyed();
      return state;
    });
    finishCompaction();
  }

  private void finishCompaction() {
    database.vacuum();
    state = state.withCompacting(false);
    change(() -> state);
    database.emptyWriteAheadLog();
  }

  // Parts.

  StoreFiles files() {
    return files;
  }

  LedgerOptions options() {
    return options;
  }

  Database database() {
    return database;
  }

  Seal seal() {
    return seal;
  }

  KeyRing keys() {
    return keys;
  }

  Vault vault() {
    return vault;
  }

  FactTable facts() {
    return facts;
  }

  AuditLog log() {
    return log;
  }

  SigningKey signingKey() {
    return signingKey;
  }

  /** What names the store. */
  String storeId() {
    return state.storeId();
  }

  Verifier verifier() {
    return new Verifier(database, keys, vault, facts, log, files);
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the ledger of " + files.directory() + " is closed");
    }
  }

  /** Writes what waits and gives the store free; closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    waitingReads.end();
    try {
      flush();
    } finally {
      closed = true;
      keys.forgetCached();
      journal.ifPresent(AuditJournal::close);
      files.removeHolder();
      database.close();
    }
  }
}
