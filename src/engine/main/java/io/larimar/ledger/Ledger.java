package io.larimar.ledger;

import io.larimar.engine.Fact;
import io.larimar.ledger.AuditLog.Note;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The durable truth of a store directory: facts, their erasure, and an audit of both.
 *
 * <p>A change is on disk when its method returns, or not made at all. Payloads (text, subject,
 * prompt, target, tags, derived bytes) are encrypted with a key per fact; to forget a fact destroys
 * its key, overwrites key and ciphertext in place and empties the write-ahead log before the method
 * returns. What stays is a {@link Tombstone} and rows of a hash-chained audit, which never hold
 * content. docs/FORMATS.md describes every byte.
 *
 * <p>One process opens a store at a time. Thread-safe: calls wait for each other.
 */
public final class Ledger implements AutoCloseable {
  /** The most facts of one {@link #appendAll} and the most ids of one {@link #forget}. */
  public static final int MAX_BATCH = 1_000_000;

  private static final int PAGE_ROWS = 512;
  private static final Principal SYSTEM =
      new Principal("ledger", Principal.DEFAULT_TENANT, java.util.Set.of());

  private final StoreFiles files;
  private final LedgerOptions options;
  private final Database database;
  private final Seal seal;
  private final KeyRing keys;
  private final Vault vault;
  private final FactTable facts;
  private final AuditLog log;
  private final SigningKey signingKey;
  private final List<Note> waitingReads = new ArrayList<>();
  private StoreState state;
  private Optional<FactIndex> index = Optional.empty();
  private boolean closed;

  private Ledger(StoreFiles files, LedgerOptions options, Database database) {
    this.files = files;
    this.options = options;
    this.database = database;
    this.seal = new Seal(new SecureRandom());
    StoreState.Stored stored = StoreState.load(database);
    this.keys = KeyRing.open(database, files, seal, stored.storeId());
    this.state = stored.verified(keys);
    this.vault = new Vault(database, keys, seal);
    this.facts = new FactTable(database);
    this.log = new AuditLog(database, state.head());
    this.signingKey = SigningKey.open(files, Hashes.bytes(state.publicKey()));
  }

  /**
   * Opens the store in a directory, or makes one where the directory is missing or empty.
   *
   * <p>Finishes what a killed process left: it empties the write-ahead log, erases facts whose undo
   * window has ended and ends a compaction that was begun.
   *
   * @throws StoreException with its reason: newer version, already open (with the holder's pid),
   *     read-only, disk full, corrupt, not a store
   */
  public static Ledger open(Path directory, LedgerOptions options) {
    StoreFiles files = new StoreFiles(directory);
    files.prepare();
    files.requireNotHeld();
    Database database = lock(files, options);
    try {
      files.writeHolder();
      if (database.queryLong("PRAGMA user_version") == 0) {
        create(database, files, options);
      }
      Ledger ledger = new Ledger(files, options, database);
      ledger.recover();
      return ledger;
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

  private void recover() {
    Optional<AuditRow> last = log.find(state.head().sequence());
    if (!last.map(AuditRow::hash).equals(Optional.of(state.head().hash()))
        || database.queryLong("SELECT max(sequence) FROM audit") != state.head().sequence()) {
      throw new StoreException(StoreException.Reason.CORRUPT, "the audit of " + files.directory()
          + " does not end where the store says; restore a backup");
    }
    database.emptyWriteAheadLog();
    eraseDue(options.clock().millis());
    if (state.compacting()) {
      finishCompaction();
    }
  }

  // Writing.

  /** Writes one fact; durable on return. {@link #appendAll} is much faster for many. */
  public synchronized Written append(Principal who, Draft draft) {
    return appendAll(who, List.of(draft)).getFirst();
  }

  /**
   * Writes facts in one transaction: all or none, durable on return.
   *
   * <p>A fact with the subject and prompt of a live one (or, where it has none, its text) replaces
   * it: the newest answers, the older version is kept in the history until one of the two is
   * forgotten. Case, width and white space make no difference there.
   *
   * @return what was done, in the order of the drafts
   */
  public synchronized List<Written> appendAll(Principal who, Collection<Draft> drafts) {
    require(who, Role.WRITE, "write", 0);
    requireBatch("drafts", drafts.size());
    if (drafts.isEmpty()) {
      return List.of();
    }
    long now = options.clock().millis();
    eraseDue(now);
    FactIndex lookup = index();
    return change(() -> {
      List<Written> written = new ArrayList<>(drafts.size());
      long group = 0;
      long id = state.nextId();
      for (Draft draft : drafts) {
        Optional<Long> older = lookup.contradicted(who.tenant(), draft.fact());
        byte[] plain = PayloadCodec.encode(draft);
        String commitment = vault.store(id, who.tenant(), plain);
        Seal.wipe(plain);
        long expires = draft.fact().timeToLive().map(ttl -> end(now, ttl)).orElse(0L);
        AuditRow row = record(Note.of(who, Operation.WRITE).fact(id).related(older.orElse(0L))
            .until(expires).commitment(commitment), group, now);
        group = row.group();
        older.ifPresent(lookup::remove);
        lookup.add(id, who.tenant(), draft.fact());
        written.add(new Written(id, older.map(OptionalLong::of).orElse(OptionalLong.empty()),
            Instant.ofEpochMilli(now)));
        id++;
      }
      state = state.with(id, log.head());
      return List.copyOf(written);
    });
  }

  private static long end(long now, java.time.Duration span) {
    // 2^53 ms, the canonical form's largest integer, lie 285,000 years ahead.
    long last = 1L << 53;
    return span.compareTo(java.time.Duration.ofMillis(last - now)) >= 0 ? last
        : now + Math.max(1, span.toMillis());
  }

  // Reading.

  /** A live or superseded fact; empty for an unknown id, another tenant's, or a forgotten one. */
  public synchronized Optional<Entry> entry(Principal who, long id) {
    require(who, Role.READ, "read", id);
    return row(who, id).filter(row -> readable(row)).map(vault::entry);
  }

  /** Gives every live fact of the principal's tenant to the visitor, in id order. */
  public void forEachLive(Principal who, Consumer<Entry> visitor) {
    long after = 0;
    for (List<Entry> page = live(who, after, PAGE_ROWS); !page.isEmpty();
        page = live(who, after, PAGE_ROWS)) {
      page.forEach(visitor);
      after = page.getLast().id();
    }
  }

  /** Live facts of the principal's tenant with ids above {@code afterId}, in id order. */
  public synchronized List<Entry> live(Principal who, long afterId, int limit) {
    require(who, Role.READ, "read", 0);
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    return livePage(who.tenant(), afterId, limit);
  }

  private List<Entry> livePage(String tenant, long afterId, int limit) {
    List<Entry> page = new ArrayList<>();
    for (FactRow row : facts.select("WHERE tenant = ? AND state = " + FactState.LIVE.ordinal()
        + " AND id > ? ORDER BY id LIMIT ?", tenant, afterId, limit)) {
      page.add(vault.entry(row));
    }
    return page;
  }

  /** Ids of the live facts of a subject, by {@link Fact#subject}; case and width do not matter. */
  public synchronized List<Long> idsBySubject(Principal who, String subject) {
    require(who, Role.READ, "read", 0);
    return index().bySubject(who.tenant(), subject);
  }

  /** Ids of the live facts that bear a tag. */
  public synchronized List<Long> idsByTag(Principal who, String tag) {
    require(who, Role.READ, "read", 0);
    return index().byTag(who.tenant(), tag);
  }

  /** Ids of all live facts of the principal's tenant, in order. */
  public synchronized List<Long> ids(Principal who) {
    require(who, Role.READ, "read", 0);
    return facts.select("WHERE tenant = ? AND state = " + FactState.LIVE.ordinal()
        + " ORDER BY id", who.tenant()).stream().map(FactRow::id).toList();
  }

  /** What became of a fact and of its older and newer versions: audit rows, never content. */
  public synchronized List<AuditRow> history(Principal who, long id) {
    require(who, Role.READ, "history", id);
    TreeMap<Long, FactRow> versions = new TreeMap<>();
    row(who, id).ifPresent(row -> {
      for (Optional<FactRow> at = Optional.of(row); at.isPresent();
          at = facts.find(at.get().supersedes())) {
        versions.put(at.get().id(), at.get());
      }
      for (Optional<FactRow> at = Optional.of(row); at.isPresent();
          at = facts.find(at.get().supersededBy())) {
        versions.put(at.get().id(), at.get());
      }
    });
    List<AuditRow> rows = new ArrayList<>();
    for (long version : versions.keySet()) {
      rows.addAll(log.select("WHERE fact = ? AND fact > 0 AND operation NOT IN ('READ', 'REFUSE')",
          version));
    }
    rows.sort(java.util.Comparator.comparingLong(AuditRow::sequence));
    return List.copyOf(rows);
  }

  /** The tombstone of a forgotten fact; empty for one that was never written or still lives. */
  public synchronized Optional<Tombstone> tombstone(Principal who, long id) {
    require(who, Role.READ, "read", id);
    return row(who, id).filter(row -> !readable(row)).map(FactRow::tombstone);
  }

  /**
   * The facts that were live at an earlier instant.
   *
   * <p>Recomputed from the audit, in its order, up to the first row that is later. A fact that was
   * erased since, or is forgotten inside its undo window, is named and not read.
   */
  public synchronized EarlierState asOf(Principal who, Instant at) {
    require(who, Role.READ, "as-of", 0);
    flush();
    Map<Long, FactRow> then = replay(at.toEpochMilli());
    List<Entry> entries = new ArrayList<>();
    List<Long> erased = new ArrayList<>();
    for (FactRow row : then.values()) {
      boolean live = row.state() == FactState.LIVE && row.tenant().equals(who.tenant())
          && (row.expiresAt() == 0 || row.expiresAt() > at.toEpochMilli());
      if (live) {
        Optional<FactRow> now = row(who, row.id()).filter(Ledger::readable);
        now.ifPresentOrElse(found -> entries.add(vault.entry(found)), () -> erased.add(row.id()));
      }
    }
    return new EarlierState(at, entries, erased);
  }

  private Map<Long, FactRow> replay(long untilMillis) {
    ReplayedRows rows = new ReplayedRows();
    long after = 0;
    while (true) {
      List<AuditRow> page = log.after(after, PAGE_ROWS);
      for (AuditRow row : page) {
        if (row.atMillis() > untilMillis) {
          return rows.all();
        }
        Life.apply(row, rows);
      }
      if (page.isEmpty()) {
        return rows.all();
      }
      after = page.getLast().sequence();
    }
  }

  // Forgetting.

  /**
   * Forgets facts, together with the older versions that they replaced; durable on return.
   *
   * <p>Without an undo window key and payload are destroyed before the method returns. With one
   * they stay until it ends, and the forget is not complete before ({@link Tombstone#erased}).
   *
   * @return the tombstones of these ids and their older versions, in id order; ids that are unknown
   *     (or another tenant's) have none, ids forgotten before have their first one
   * @throws RefusedException where one of the facts stands under legal hold; then none is forgotten
   */
  public synchronized List<Tombstone> forget(Principal who, Collection<Long> ids) {
    require(who, Role.FORGET, "forget", 0);
    requireBatch("ids", ids.size());
    long now = options.clock().millis();
    eraseDue(now);
    Map<Long, FactRow> targets = new LinkedHashMap<>();
    TreeMap<Long, Tombstone> tombstones = new TreeMap<>();
    for (long id : ids) {
      row(who, id).ifPresent(row -> {
        if (readable(row)) {
          versions(row).stream().filter(Ledger::readable)
              .forEach(version -> targets.put(version.id(), version));
        } else {
          tombstones.put(id, row.tombstone());
        }
      });
    }
    refuseHeld(who, targets.values(), "forget");
    if (!targets.isEmpty()) {
      long until = options.forgetUndoWindow().isZero() ? 0
          : now + options.forgetUndoWindow().toMillis();
      erase(targets.values(), Note.of(who, Operation.FORGET).until(until), now);
      targets.keySet().forEach(id -> tombstones.put(id, facts.find(id).orElseThrow().tombstone()));
    }
    return List.copyOf(tombstones.values());
  }

  /**
   * Erases every fact whose time to live or whose undo window ends at or before {@code now}.
   *
   * <p>A fact under legal hold waits until its release. Call it at start and from time to time: a
   * fact is not hidden by its age, it is erased by this call.
   *
   * @return the tombstones, of every tenant
   */
  public synchronized List<Tombstone> expire(Principal who, Instant now) {
    require(who, Role.ADMIN, "expire", 0);
    List<Tombstone> erased = new ArrayList<>(eraseDue(now.toEpochMilli()));
    Map<Long, FactRow> targets = new LinkedHashMap<>();
    for (FactRow row : facts.select(
        "WHERE expires_at > 0 AND state < 3 AND expires_at <= ? ORDER BY id",
        now.toEpochMilli())) {
      List<FactRow> versions = versions(row);
      if (versions.stream().noneMatch(FactRow::held)) {
        versions.forEach(version -> targets.put(version.id(), version));
      }
    }
    if (!targets.isEmpty()) {
      erase(targets.values(), Note.of(who, Operation.EXPIRE), options.clock().millis());
      targets.keySet().forEach(id -> erased.add(facts.find(id).orElseThrow().tombstone()));
    }
    return List.copyOf(erased);
  }

  /** Erases facts whose undo window has ended. */
  private List<Tombstone> eraseDue(long now) {
    List<FactRow> due = facts.select("WHERE erasure_due > 0 AND erasure_due <= ? AND held = 0"
        + " ORDER BY id", now);
    if (due.isEmpty()) {
      return List.of();
    }
    erase(due, Note.of(SYSTEM, Operation.ERASE), options.clock().millis());
    return due.stream().map(row -> facts.find(row.id()).orElseThrow().tombstone()).toList();
  }

  private void erase(Collection<FactRow> targets, Note note, long now) {
    boolean atOnce = note.operation() != Operation.FORGET || note.untilMillis() == 0;
    change(() -> {
      eraseRows(targets, note, 0, now);
      return targets;
    });
    targets.forEach(row -> index.ifPresent(lookup -> lookup.remove(row.id())));
    if (atOnce) {
      finishErasure();
    }
  }

  private long eraseRows(Collection<FactRow> targets, Note note, long firstGroup, long now)
      throws SQLException {
    long group = firstGroup;
    for (FactRow row : targets) {
      group = record(note.fact(row), group, now).group();
      if (note.operation() != Operation.FORGET || note.untilMillis() == 0) {
        vault.destroy(row.id());
      }
    }
    return group;
  }

  /** Leaves nothing of erased facts in the files, nor a used key in the cipher. */
  private void finishErasure() {
    seal.dropKey();
    try {
      if (options.compactOnForget()) {
        compactNow();
      } else {
        database.emptyWriteAheadLog();
      }
    } catch (StoreException e) {
      throw new StoreException(e.reason(), "the facts are forgotten for good, but old bytes may"
          + " still stand in the write-ahead log; compact or open the store again: "
          + e.getMessage(), e);
    }
  }

  /** A fact and the older versions below it that still have their payload. */
  private List<FactRow> versions(FactRow row) {
    List<FactRow> versions = new ArrayList<>();
    Optional<FactRow> at = Optional.of(row);
    while (at.isPresent()) {
      versions.add(at.get());
      at = facts.find(at.get().supersedes()).filter(older -> older.state().hasPayload());
    }
    return versions;
  }

  /**
   * Takes back the tenant's last write or forget that may be taken back, with all facts of that
   * call; called again, the one before.
   *
   * <p>A write can always be taken back: its facts are erased for good and what they replaced is
   * live again. A forget can be taken back inside {@link LedgerOptions#forgetUndoWindow}, at the
   * cost said there.
   *
   * @return what was done; empty where nothing is left to take back
   * @throws RefusedException where a fact concerned stands under legal hold
   */
  public synchronized Optional<Undone> undo(Principal who) {
    requireOpen();
    long now = options.clock().millis();
    eraseDue(now);
    long write = lastGroup("write_group", "state IN (0, 1)", who);
    long forget = lastGroup("forget_group", "state = 2", who);
    if (write == 0 && forget == 0) {
      return Optional.empty();
    }
    if (forget > write) {
      require(who, Role.FORGET, "undo", 0);
      return Optional.of(undoForget(who, forget, now));
    }
    require(who, Role.WRITE, "undo", 0);
    return Optional.of(undoWrite(who, write, now));
  }

  private long lastGroup(String column, String condition, Principal who) {
    List<FactRow> last = facts.select("WHERE tenant = ? AND " + condition + " ORDER BY " + column
        + " DESC LIMIT 1", who.tenant());
    return last.isEmpty() ? 0
        : column.startsWith("write") ? last.getFirst().writeGroup() : last.getFirst().forgetGroup();
  }

  private Undone undoForget(Principal who, long group, long now) {
    List<FactRow> rows = facts.select("WHERE tenant = ? AND state = 2 AND forget_group = ?"
        + " ORDER BY id", who.tenant(), group);
    change(() -> {
      long first = 0;
      for (FactRow row : rows) {
        first = record(Note.of(who, Operation.UNDO_FORGET).fact(row).related(group), first, now)
            .group();
      }
      return rows;
    });
    return new Undone(Operation.UNDO_FORGET, List.of(), indexLive(rows));
  }

  private Undone undoWrite(Principal who, long group, long now) {
    List<FactRow> rows = facts.select("WHERE tenant = ? AND state IN (0, 1) AND write_group = ?"
        + " ORDER BY id DESC", who.tenant(), group);
    refuseHeld(who, rows, "undo");
    erase(rows, Note.of(who, Operation.UNDO_WRITE).related(group), now);
    List<FactRow> older = new ArrayList<>();
    for (FactRow row : rows) {
      facts.find(row.supersedes()).ifPresent(older::add);
    }
    return new Undone(Operation.UNDO_WRITE,
        rows.stream().filter(row -> row.state() == FactState.LIVE).map(FactRow::id).toList(),
        indexLive(older));
  }

  /** Takes those of the rows that are live now into the index and gives their ids. */
  private List<Long> indexLive(List<FactRow> rows) {
    List<Long> live = new ArrayList<>();
    for (FactRow row : rows) {
      facts.find(row.id()).filter(now -> now.state() == FactState.LIVE).ifPresent(now -> {
        live.add(now.id());
        index.ifPresent(lookup ->
            lookup.add(now.id(), now.tenant(), vault.entry(now).fact()));
      });
    }
    return live;
  }

  // Legal hold.

  /**
   * Puts a fact under legal hold: it cannot be forgotten, expired or taken back until its release.
   *
   * @param reason stands in the audit for good: no content of the fact
   * @return false for an id that is unknown or erased
   */
  public synchronized boolean hold(Principal who, long id, String reason) {
    return holdOrRelease(who, id, reason, Operation.HOLD);
  }

  /** Lifts a legal hold; false where there is none. */
  public synchronized boolean release(Principal who, long id, String reason) {
    return holdOrRelease(who, id, reason, Operation.RELEASE);
  }

  private boolean holdOrRelease(Principal who, long id, String reason, Operation operation) {
    require(who, Role.ADMIN, operation.name().toLowerCase(java.util.Locale.ROOT), id);
    AuditRow.requirePlain("reason", reason, AuditRow.MAX_DETAIL_LENGTH);
    Optional<FactRow> row = row(who, id).filter(fact -> fact.state().hasPayload())
        .filter(fact -> fact.held() == (operation == Operation.RELEASE));
    row.ifPresent(fact -> change(() ->
        record(Note.of(who, operation).fact(fact).detail(reason), 0, options.clock().millis())));
    return row.isPresent();
  }

  private void refuseHeld(Principal who, Collection<FactRow> rows, String what) {
    Optional<FactRow> held = rows.stream().filter(FactRow::held).findFirst();
    held.ifPresent(row -> {
      refuse(who, row.id(), what + " hold");
      throw new RefusedException(RefusedException.Reason.HOLD, "fact " + row.id()
          + " stands under legal hold; release it before you " + what + " it");
    });
  }

  // Audit.

  /**
   * Notes a read decision in the audit.
   *
   * @param fact the fact that answered, if one did
   * @param decision a short opaque note of the scope decision; never a word of prompt or answer
   */
  public synchronized void recordRead(Principal who, OptionalLong fact, String decision) {
    require(who, Role.READ, "read", fact.orElse(0));
    AuditRow.requirePlain("decision", decision, AuditRow.MAX_DETAIL_LENGTH);
    waitingReads.add(Note.of(who, Operation.READ).fact(fact.orElse(0)).detail(decision)
        .until(options.clock().millis()));
    if (waitingReads.size() >= options.auditBatch()) {
      flush();
    }
  }

  /** Writes rows about reads that wait in memory. */
  public synchronized void flush() {
    requireOpen();
    if (!waitingReads.isEmpty()) {
      change(() -> waitingReads);
    }
  }

  private void require(Principal who, Role role, String what, long fact) {
    requireOpen();
    if (!who.may(role)) {
      refuse(who, fact, what + " role");
      throw new RefusedException(RefusedException.Reason.ROLE,
          who.name() + " may not " + what + ": the role " + role + " is missing");
    }
  }

  private void refuse(Principal who, long fact, String detail) {
    change(() -> record(Note.of(who, Operation.REFUSE).fact(fact).detail(detail), 0,
        options.clock().millis()));
  }

  // The store.

  /** Gives the space of erased facts back: deletes their overwritten rows, rebuilds the file. */
  public synchronized void compact(Principal who) {
    require(who, Role.ADMIN, "compact", 0);
    flush();
    compactNow();
  }

  private void compactNow() {
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

  /** Counts and sizes. */
  public synchronized Stats stats(Principal who) {
    require(who, Role.READ, "stats", 0);
    flush();
    return new Stats(count(FactState.LIVE), count(FactState.SUPERSEDED),
        count(FactState.FORGOTTEN), count(FactState.ERASED),
        database.queryLong("SELECT count(*) FROM fact WHERE held = 1"),
        database.queryLong("SELECT count(*) FROM tenant"), log.head().sequence(), files.bytes());
  }

  private long count(FactState wanted) {
    return database.queryLong("SELECT count(*) FROM fact WHERE state = " + wanted.ordinal());
  }

  /** Names of the tenants that have written, in order. */
  public synchronized List<String> tenants(Principal who) {
    require(who, Role.ADMIN, "tenants", 0);
    List<String> names = new ArrayList<>();
    return database.reading(() -> {
      database.query("SELECT name FROM tenant ORDER BY name", row -> row.getString(1),
          names::add);
      return List.copyOf(names);
    });
  }

  /** The directory of the store. */
  public Path directory() {
    return files.directory();
  }

  /** Writes what waits and gives the store free. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    try {
      flush();
    } finally {
      closed = true;
      keys.forgetCached();
      files.removeHolder();
      database.close();
    }
  }

  /** For tests that look for its bytes in files. */
  Vault vault() {
    return vault;
  }

  // Shared parts.

  private <T> T change(Database.Work<T> work) {
    requireOpen();
    try {
      T result = database.transaction(() -> {
        writeWaitingReads();
        T made = work.run();
        state = state.with(state.nextId(), log.head());
        state.save(database, keys);
        return made;
      });
      waitingReads.clear();
      return result;
    } catch (RuntimeException | Error e) {
      reload(e);
      throw e;
    }
  }

  private void writeWaitingReads() throws SQLException {
    long group = 0;
    for (Note note : waitingReads) {
      group = log.append(note.until(0), group, note.untilMillis()).group();
    }
  }

  /** After a failed change: what is on disk is true, whatever this object thought. */
  private void reload(Throwable cause) {
    index = Optional.empty();
    keys.forgetCached();
    try {
      state = StoreState.load(database).verified(keys);
      log.reset(state.head());
    } catch (StoreException e) {
      cause.addSuppressed(e);
    }
  }

  private AuditRow record(Note note, long group, long now) throws SQLException {
    AuditRow row = log.append(note, group, now);
    Life.apply(row, facts);
    return row;
  }

  private FactIndex index() {
    if (index.isEmpty()) {
      FactIndex fresh = new FactIndex(seal);
      List<String> names = new ArrayList<>();
      database.reading(() -> {
        database.query("SELECT name FROM tenant", row -> row.getString(1), names::add);
        return names;
      });
      for (String tenant : names) {
        for (List<Entry> page = livePage(tenant, 0, PAGE_ROWS); !page.isEmpty();
            page = livePage(tenant, page.getLast().id(), PAGE_ROWS)) {
          page.forEach(entry -> fresh.add(entry.id(), tenant, entry.fact()));
        }
      }
      index = Optional.of(fresh);
    }
    return index.get();
  }

  private Optional<FactRow> row(Principal who, long id) {
    return facts.find(id).filter(row -> row.tenant().equals(who.tenant()));
  }

  private static boolean readable(FactRow row) {
    return row.state() == FactState.LIVE || row.state() == FactState.SUPERSEDED;
  }

  private static void requireBatch(String name, int size) {
    if (size > MAX_BATCH) {
      throw new IllegalArgumentException(name + ": size=" + size + ", at most " + MAX_BATCH);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the ledger of " + files.directory() + " is closed");
    }
  }
}
