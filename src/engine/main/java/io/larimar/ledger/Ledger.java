package io.larimar.ledger;

import io.larimar.engine.Fact;
import io.larimar.ledger.AuditLog.Note;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The durable truth of a store directory: facts, their erasure, and an audit of both.
 *
 * <p>A change is on disk when its method returns, or not made at all. Payloads (text, subject,
 * prompt, target, tags, derived bytes) are encrypted with a key per fact; to forget a fact destroys
 * its key, overwrites key and ciphertext in place and empties the write-ahead log before the method
 * returns. What stays is a {@link Tombstone} and rows of a hash-chained audit, which never hold
 * content. docs/FORMATS.md describes every byte.
 *
 * <p>One process opens a store at a time. Thread-safe: calls wait for each other, but for
 * {@link #recordRead}, which waits for no disk.
 */
public final class Ledger implements AutoCloseable {
  /** The most facts of one {@link #appendAll} and the most ids of one {@link #forget}. */
  public static final int MAX_BATCH = 1_000_000;

  private static final int PAGE_ROWS = 512;

  private final Map<String, Pseudonyms> pseudonyms = new ConcurrentHashMap<>();
  private final AtomicBoolean flushes = new AtomicBoolean(); // the flusher has been asked
  private final AtomicReference<StoreException> flushFailed = new AtomicReference<>();
  private final Executor flusher = new ThreadPoolExecutor(0, 1, 1, TimeUnit.SECONDS,
      new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("larimar-audit").factory());
  private final Store store;
  private final FactTable facts;
  private final Vault vault;
  private Optional<FactIndex> index = Optional.empty();

  private Ledger(Store store) {
    this.store = store;
    this.facts = store.facts();
    this.vault = store.vault();
  }

  /** Whether a directory holds a store. */
  public static boolean isStore(Path directory) {
    return Files.isRegularFile(new StoreFiles(directory).database());
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
    Store store = Store.open(new StoreFiles(directory), options);
    try {
      store.recover();
      Ledger ledger = new Ledger(store);
      ledger.eraseDue(ledger.now());
      return ledger;
    } catch (RuntimeException | Error e) {
      store.close();
      throw e;
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
    long now = now();
    eraseDue(now);
    FactIndex lookup = index();
    return append(who, drafts, fact -> lookup.contradicted(who.tenant(), fact), now);
  }

  /**
   * Writes a fact in the place of a live one, whatever the two say; durable on return.
   *
   * @return empty where the older is not live, or another tenant's: nothing is written
   * @throws IllegalArgumentException where another live fact has the new one's subject and prompt (or
   *     text), as two facts would then contradict each other
   */
  public synchronized Optional<Written> replace(Principal who, long id, Draft draft) {
    require(who, Role.WRITE, "write", id);
    long now = now();
    eraseDue(now);
    if (row(who, id).filter(row -> row.state() == FactState.LIVE).isEmpty()) {
      return Optional.empty();
    }
    index().contradicted(who.tenant(), draft.fact()).filter(other -> other != id)
        .ifPresent(other -> {
          throw new IllegalArgumentException("fact " + other + " says the same already: forget one of"
              + " the two");
        });
    return Optional.of(append(who, List.of(draft), fact -> Optional.of(id), now).getFirst());
  }

  /** Writes facts; {@code replaced} says which live fact each one replaces. */
  private List<Written> append(Principal who, Collection<Draft> drafts,
      Function<Fact, Optional<Long>> replaced, long now) {
    FactIndex lookup = index();
    return change(() -> {
      List<Written> written = new ArrayList<>(drafts.size());
      long group = 0;
      long id = store.nextId();
      for (Draft draft : drafts) {
        Optional<Long> older = replaced.apply(draft.fact());
        byte[] plain = PayloadCodec.encode(draft);
        String commitment = vault.store(id, who.tenant(), plain);
        Seal.wipe(plain);
        long expires = draft.fact().timeToLive().map(ttl -> end(now, ttl)).orElse(0L);
        AuditRow row = store.record(Note.of(who, Operation.WRITE).fact(id).related(older.orElse(0L))
            .until(expires).commitment(commitment), group, now);
        group = row.group();
        older.ifPresent(lookup::remove);
        lookup.add(id, who.tenant(), draft.fact());
        written.add(new Written(id, older.map(OptionalLong::of).orElse(OptionalLong.empty()),
            Instant.ofEpochMilli(now)));
        id++;
      }
      store.useIdsBelow(id);
      return List.copyOf(written);
    });
  }

  private static long end(long now, Duration span) {
    // 2^53 ms, the canonical form's largest integer, lie 285,000 years ahead.
    long last = 1L << 53;
    return span.compareTo(Duration.ofMillis(last - now)) >= 0 ? last
        : now + Math.max(1, span.toMillis());
  }

  // Reading.

  /**
   * A live or superseded fact; empty for an unknown id, another tenant's, or a forgotten one. The
   * reading stands in the audit, as that of every other method that gives content.
   */
  public synchronized Optional<Entry> entry(Principal who, long id) {
    require(who, Role.READ, "read", id);
    Optional<FactRow> row = row(who, id);
    Note note = Note.of(who, Operation.READ);
    // Of a fact that is not the reader's the row says only that it was asked for.
    store.recordRead(row.isPresent() ? note.fact(id).detail("entry")
        : note.related(Math.max(0, id)).detail("no entry"));
    return row.filter(Ledger::readable).map(vault::entry);
  }

  /** Gives every live fact of the principal's tenant to the visitor, in id order. */
  public void forEachLive(Principal who, Consumer<Entry> visitor) {
    long after = 0;
    for (List<Entry> page = live(who, after, PAGE_ROWS); !page.isEmpty();
        page = nextLive(who, after)) {
      page.forEach(visitor);
      after = page.getLast().id();
    }
  }

  private synchronized List<Entry> nextLive(Principal who, long afterId) {
    store.requireOpen();
    return livePage(who.tenant(), afterId, PAGE_ROWS);
  }

  /** Live facts of the principal's tenant with ids above {@code afterId}, in id order. */
  public synchronized List<Entry> live(Principal who, long afterId, int limit) {
    require(who, Role.READ, "read", 0);
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: " + limit);
    }
    List<Entry> page = livePage(who.tenant(), afterId, limit);
    store.recordRead(Note.of(who, Operation.READ).detail("list"));
    return page;
  }

  private List<Entry> livePage(String tenant, long afterId, int limit) {
    return vault.entries(facts.select("WHERE tenant = ? AND state = " + FactState.LIVE.ordinal()
        + " AND id > ? ORDER BY id LIMIT ?", tenant, afterId, limit));
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
      rows.addAll(store.log().select(
          "WHERE fact = ? AND fact > 0 AND operation NOT IN ('READ', 'REFUSE')", version));
    }
    rows.sort(Comparator.comparingLong(AuditRow::sequence));
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
    store.recordRead(Note.of(who, Operation.READ).detail("as-of"));
    flush();
    long millis = at.toEpochMilli();
    Map<Long, FactRow> then = replay(row -> row.atMillis() <= millis);
    return earlier(who, at, then.values().stream()
        .filter(row -> row.expiresAt() == 0 || row.expiresAt() > millis).toList());
  }

  /**
   * The facts that were live after a row of the audit: for a receipt, the memory that it speaks of.
   *
   * @param sequence a row, as {@link Receipt#chainSequence}
   */
  public synchronized EarlierState asOfSequence(Principal who, long sequence) {
    require(who, Role.READ, "as-of", 0);
    store.recordRead(Note.of(who, Operation.READ).detail("as-of"));
    flush();
    AuditRow last = store.log().find(sequence).orElseThrow(() -> new IllegalArgumentException(
        "sequence must be between 1 and " + store.log().head().sequence() + ": " + sequence));
    return earlier(who, Instant.ofEpochMilli(last.atMillis()),
        replay(row -> row.sequence() <= sequence).values());
  }

  private EarlierState earlier(Principal who, Instant at, Collection<FactRow> then) {
    List<Entry> entries = new ArrayList<>();
    List<Long> erased = new ArrayList<>();
    for (FactRow row : then) {
      if (row.state() == FactState.LIVE && row.tenant().equals(who.tenant())) {
        Optional<FactRow> now = row(who, row.id()).filter(Ledger::readable);
        now.ifPresentOrElse(found -> entries.add(vault.entry(found)), () -> erased.add(row.id()));
      }
    }
    return new EarlierState(at, entries, erased);
  }

  private Map<Long, FactRow> replay(Predicate<AuditRow> belongs) {
    ReplayedRows rows = new ReplayedRows();
    long after = 0;
    while (true) {
      List<AuditRow> page = store.log().changesAfter(after, PAGE_ROWS);
      for (AuditRow row : page) {
        if (!belongs.test(row)) {
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
    long now = now();
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
      long until = store.options().forgetUndoWindow().isZero() ? 0
          : now + store.options().forgetUndoWindow().toMillis();
      erase(targets.values(), Note.of(who, Operation.FORGET).until(until), now);
      targets.keySet().forEach(id -> tombstones.put(id, facts.find(id).orElseThrow().tombstone()));
    }
    return List.copyOf(tombstones.values());
  }

  /**
   * Forgets every fact of the principal's tenant, whatever its state, and destroys the tenant's
   * key; at once, whatever the undo window. Ends with a compaction.
   *
   * @throws RefusedException where a fact stands under legal hold; then none is forgotten
   */
  public synchronized List<Tombstone> forgetTenant(Principal who) {
    require(who, Role.ADMIN, "forget tenant", 0);
    long now = now();
    List<FactRow> targets = facts.select("WHERE tenant = ? AND state < 3 ORDER BY id",
        who.tenant());
    refuseHeld(who, targets, "forget tenant");
    change(() -> {
      long group = store.eraseRows(targets, Note.of(who, Operation.FORGET), now);
      store.keys().destroyTenant(who.tenant());
      return store.record(Note.of(who, Operation.TENANT_FORGET).related(targets.size()), group,
          now);
    });
    targets.forEach(row -> index.ifPresent(lookup -> lookup.remove(row.id())));
    store.compact();
    return targets.stream().map(row -> facts.find(row.id()).orElseThrow().tombstone()).toList();
  }

  /**
   * Erases every fact whose time to live or whose undo window ends at or before {@code now}.
   *
   * <p>A fact under legal hold waits until its release. Call it at start and from time to time: a
   * fact is not hidden by its age, it is erased by this call.
   *
   * @param who an administrator of the store
   * @return the tombstones, of every tenant
   */
  public synchronized List<Tombstone> expire(Principal who, Instant now) {
    requireOperator(who, Role.ADMIN, "expire");
    return expireAs(who, now);
  }

  /**
   * The same at the clock's time and in the ledger's own name: it does what those who wrote the facts
   * have asked for, so it takes no role.
   */
  public synchronized List<Tombstone> expireDue() {
    store.requireOpen();
    return expireAs(Store.SYSTEM, Instant.ofEpochMilli(now()));
  }

  /** When the next fact of any tenant is to be erased by its time to live. */
  public synchronized Optional<Instant> nextExpiry() {
    store.requireOpen();
    long next = store.database().queryLong(
        "SELECT coalesce(min(expires_at), 0) FROM fact WHERE expires_at > 0 AND state < 3"
            + " AND held = 0");
    return next == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(next));
  }

  private List<Tombstone> expireAs(Principal who, Instant now) {
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
      erase(targets.values(), Note.of(who, Operation.EXPIRE), now());
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
    erase(due, Note.of(Store.SYSTEM, Operation.ERASE), now());
    return due.stream().map(row -> facts.find(row.id()).orElseThrow().tombstone()).toList();
  }

  private void erase(Collection<FactRow> targets, Note note, long now) {
    try {
      store.erase(targets, note, now);
    } catch (RuntimeException | Error e) {
      index = Optional.empty();
      throw e;
    }
    targets.forEach(row -> index.ifPresent(lookup -> lookup.remove(row.id())));
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
    store.requireOpen();
    long now = now();
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
        first = store.record(Note.of(who, Operation.UNDO_FORGET).fact(row).related(group), first,
            now).group();
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
    require(who, Role.ADMIN, operation.name().toLowerCase(Locale.ROOT), id);
    AuditRow.requirePlain("reason", reason, AuditRow.MAX_DETAIL_LENGTH);
    Optional<FactRow> row = row(who, id).filter(fact -> fact.state().hasPayload())
        .filter(fact -> fact.held() == (operation == Operation.RELEASE));
    row.ifPresent(fact -> change(() ->
        store.record(Note.of(who, operation).fact(fact).detail(reason), 0, now())));
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
  public void recordRead(Principal who, OptionalLong fact, String decision) {
    requireRole(who, Role.READ, "read", fact.orElse(0));
    AuditRow.requirePlain("decision", decision, AuditRow.MAX_DETAIL_LENGTH);
    StoreException told = flushFailed.getAndSet(null);
    if (told != null) {
      throw new StoreException(told.reason(),
          "rows of the audit about earlier reads are not written: " + told.getMessage(), told);
    }
    int batch = store.options().auditBatch();
    if (store.waitingReads() >= 2 * batch) {
      flush(); // the other thread is behind, or fails: no more may wait
    }
    int waiting = store.letReadWait(
        Note.of(who, Operation.READ).fact(fact.orElse(0)).detail(decision));
    if (batch == 1) {
      flush();
    } else if (waiting >= batch && flushes.compareAndSet(false, true)) {
      flusher.execute(this::flushAside);
    }
  }

  /** What fails here is told by the next read. */
  private void flushAside() {
    flushes.set(false);
    try {
      flush();
    } catch (StoreException e) {
      flushFailed.set(e);
    } catch (IllegalStateException closedMeanwhile) {
      return; // the close has written them, or has said why not
    }
  }

  /** Writes rows about reads that wait in memory. */
  public synchronized void flush() {
    store.flush();
  }

  /**
   * Rows of the audit after a sequence, in order, at most {@code limit}: of every tenant for an
   * auditor of the store, else of the principal's own.
   */
  public synchronized List<AuditRow> audit(Principal who, long afterSequence, int limit) {
    require(who, Role.AUDIT, "audit", 0);
    flush();
    return who.ofStore() ? store.log().after(afterSequence, limit)
        : rowsOfTenant(who, afterSequence, limit);
  }

  /** The same of the principal's own tenant, also for an auditor of the store. */
  public synchronized List<AuditRow> auditOfTenant(Principal who, long afterSequence, int limit) {
    require(who, Role.AUDIT, "audit", 0);
    flush();
    return rowsOfTenant(who, afterSequence, limit);
  }

  /** The last rows of the principal's own tenant, in order, at most {@code limit}. */
  public synchronized List<AuditRow> lastOfTenant(Principal who, int limit) {
    require(who, Role.AUDIT, "audit", 0);
    flush();
    return store.log()
        .select("WHERE tenant = ? ORDER BY sequence DESC LIMIT ?", who.tenant(), limit).reversed();
  }

  private List<AuditRow> rowsOfTenant(Principal who, long afterSequence, int limit) {
    return store.log().select("WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        who.tenant(), afterSequence, limit);
  }

  /**
   * Writes the audit as JSON lines into a new file: whole, and then a journal for {@link #restore}
   * too, for an auditor of the store, else the rows of the principal's own tenant.
   */
  public synchronized void exportAudit(Principal who, Path target) {
    require(who, Role.AUDIT, "audit", 0);
    flush();
    if (Files.exists(target)) {
      throw new IllegalArgumentException(target + " must not exist yet");
    }
    if (who.ofStore()) {
      AuditJournal.open(target, store.log()).close();
      return;
    }
    try (BufferedWriter lines = Files.newBufferedWriter(target)) {
      long after = 0;
      for (List<AuditRow> page = audit(who, after, PAGE_ROWS); !page.isEmpty();
          page = audit(who, after, PAGE_ROWS)) {
        for (AuditRow row : page) {
          lines.write(row.toJson() + "\n");
        }
        after = page.getLast().sequence();
      }
    } catch (IOException e) {
      throw StoreException.of(e, "writing", target);
    }
  }

  /**
   * Checks the whole store from what is on disk: the chain, every fact row, key, payload and
   * tombstone. Cost: one pass over the audit and one decryption of every fact.
   *
   * @return what was found; a tenant's own auditor is told its own counts and, of damage, only that
   *     there is some, as the findings name facts of others
   */
  public synchronized Verification verify(Principal who) {
    require(who, Role.AUDIT, "verify", 0);
    flush();
    return shown(who, store.verifier().verify());
  }

  /**
   * Checks a receipt and the store: signature, place in the chain, tombstones there, keys and
   * payloads gone. That {@link Receipt#rebuilt} is the hash of a memory built from
   * {@link #asOfSequence} at {@link Receipt#chainSequence} is the engine's to recompute.
   */
  public synchronized Verification verify(Principal who, Receipt receipt) {
    require(who, Role.AUDIT, "verify", 0);
    flush();
    if (!who.ofStore() && !receipt.tenant().equals(who.tenant())) {
      return new Verification(0, 0, List.of(Verifier.FOREIGN_RECEIPT));
    }
    return shown(who, store.verifier().verify(receipt));
  }

  private Verification shown(Principal who, Verification whole) {
    if (who.ofStore()) {
      return whole;
    }
    Map<Boolean, List<String>> findings = whole.findings().stream()
        .collect(Collectors.partitioningBy(finding -> finding.startsWith(Verifier.RECEIPT)));
    List<String> told = new ArrayList<>(findings.get(true));
    if (!findings.get(false).isEmpty()) {
      told.add("the store is damaged: ask an auditor of the store to verify it");
    }
    return new Verification(rowsOf(who.tenant()),
        facts.select("WHERE tenant = ?", who.tenant()).size(), told);
  }

  private long rowsOf(String tenant) {
    return store.database().queryLong("SELECT count(*) FROM audit WHERE tenant = ?", tenant);
  }

  /**
   * Signs a receipt for erased facts and notes it in the audit.
   *
   * @param ids facts of the principal's tenant, all erased
   * @param before SHA-256 of the memory before they were forgotten, 32 bytes
   * @param after SHA-256 of the memory afterwards, 32 bytes
   * @param rebuilt SHA-256 of a memory built from the facts that are left, 32 bytes
   * @throws IllegalStateException where one lives or may still be undone
   */
  public synchronized Receipt receipt(Principal who, Collection<Long> ids, byte[] before,
      byte[] after, byte[] rebuilt) {
    return receipt(who, ids, before, after, rebuilt, Optional.empty());
  }

  /** The same for a reader who is to learn nothing of other tenants: it has names for numbers. */
  public synchronized Receipt namedReceipt(Principal who, Collection<Long> ids, byte[] before,
      byte[] after, byte[] rebuilt) {
    return receipt(who, ids, before, after, rebuilt, Optional.of(pseudonyms(who)));
  }

  private Receipt receipt(Principal who, Collection<Long> ids, byte[] before, byte[] after,
      byte[] rebuilt, Optional<Pseudonyms> names) {
    require(who, Role.FORGET, "receipt", 0);
    requireBatch("ids", ids.size());
    List<Receipt.Erasure> erasures = new ArrayList<>();
    for (long id : new TreeSet<>(ids)) {
      erasures.add(row(who, id).filter(row -> row.state() == FactState.ERASED)
          .map(row -> Receipt.Erasure.of(row.tombstone()))
          .orElseThrow(() -> new IllegalStateException("fact " + id + " is not erased: it is"
              + " unknown, lives, or its undo window has not ended")));
    }
    List<String> hashes = List.of(hash("before", before), hash("after", after),
        hash("rebuilt", rebuilt));
    long now = now();
    return change(() -> {
      AuditLog.Head head = store.log().head();
      UnaryOperator<String> written = hash -> Receipt.written(names, hash);
      Receipt bare = new Receipt(store.storeId(), who.tenant(), who.name(),
          Instant.ofEpochMilli(now), erasures, written.apply(hashes.get(0)),
          written.apply(hashes.get(1)), written.apply(hashes.get(2)), head.sequence(),
          written.apply(head.hash()), SigningKey.keyId(store.signingKey().publicKey()), "", names);
      Receipt signed = bare.signed(Hashes.hex(store.signingKey().sign(bare.signedBytes())));
      long only = erasures.size() == 1 ? erasures.getFirst().fact() : 0;
      store.record(Note.of(who, Operation.RECEIPT).fact(only).related(store.log().head().sequence())
          .commitment(Hashes.hex(Hashes.sha256(bare.signedBytes()))), 0, now);
      return signed;
    });
  }

  /**
   * The receipt of a text that {@link Receipt#toJson} wrote, names included.
   *
   * @throws IllegalArgumentException where the text is anything else
   */
  public Receipt receipt(String json) {
    return Receipt.fromJson(json, this::pseudonyms);
  }

  /** Names for the facts and rows of the principal's tenant. */
  public Pseudonyms pseudonyms(Principal who) {
    return pseudonyms(who.tenant());
  }

  private Pseudonyms pseudonyms(String tenant) {
    return pseudonyms.computeIfAbsent(tenant, name ->
        new Pseudonyms(store.signingKey().derive("larimar pseudonyms 1|" + name)));
  }

  private static String hash(String name, byte[] hash) {
    if (hash.length != 32) {
      throw new IllegalArgumentException(name + ".length must be 32: length=" + hash.length);
    }
    return Hashes.hex(hash);
  }

  /** The public half of the store's signing key, X.509 DER. */
  public byte[] publicKey() {
    return store.signingKey().publicKey();
  }

  private void require(Principal who, Role role, String what, long fact) {
    store.requireOpen();
    if (!who.may(role)) {
      refuse(who, fact, what + " role");
      throw new RefusedException(RefusedException.Reason.ROLE,
          who.name() + " may not " + what + ": the role " + role + " is missing");
    }
  }

  /** The same for what reaches beyond a tenant: it takes the role in the store's own tenant. */
  private void requireOperator(Principal who, Role role, String what) {
    require(who, role, what, 0);
    if (!who.ofStore()) {
      refuse(who, 0, what + " store");
      throw new RefusedException(RefusedException.Reason.ROLE, who.name() + " may not " + what
          + ": it concerns the whole store, so it takes the role " + role + " in the tenant "
          + Principal.DEFAULT_TENANT);
    }
  }

  /**
   * Refuses a principal without a role, which the audit notes; for an engine that must refuse before
   * its first step.
   *
   * @throws RefusedException where the role is missing
   */
  public void requireRole(Principal who, Role role, String what) {
    requireRole(who, role, what, 0);
  }

  /** Waits for others only to note a refusal. */
  private void requireRole(Principal who, Role role, String what, long fact) {
    if (who.may(role)) {
      store.requireOpen();
      return;
    }
    synchronized (this) {
      require(who, role, what, fact);
    }
  }

  private void refuse(Principal who, long fact, String detail) {
    change(() -> store.record(Note.of(who, Operation.REFUSE).fact(fact).detail(detail), 0,
        now()));
  }

  // The store.

  /**
   * Gives the space of erased facts back: deletes their overwritten rows, rebuilds the file. For an
   * administrator of the store.
   */
  public synchronized void compact(Principal who) {
    requireOperator(who, Role.ADMIN, "compact");
    flush();
    store.compact();
  }

  /**
   * Copies the store, keys included, into a directory that is missing or empty; the copy opens as a
   * store. It holds every fact that lives now, so guard it like the store. Put it back with
   * {@link #restore}, never by hand: a store with a journal refuses an older state of itself. Open a
   * copy of it to look inside: reading adds rows to the audit, and these would not be the journal's.
   */
  public synchronized void backup(Principal who, Path directory) {
    requireOperator(who, Role.ADMIN, "backup");
    flush();
    StoreFiles copy = new StoreFiles(directory);
    copy.requireEmpty();
    try {
      copy.copyKeysOf(store.files());
      store.database().copyTo(copy.database());
      copy.force(StoreFiles.DATABASE);
    } catch (RuntimeException | Error e) {
      copy.deleteAfter(e); // Half a copy would pass for one.
      throw e;
    }
  }

  /**
   * Puts a backup back and replays what the journal says happened since: facts forgotten since are
   * erased in the restored store too, ids are not given again, receipts stay valid.
   *
   * <p>Facts written since are lost: they become tombstones with the operation LOST. The work is
   * done beside the target and moved there at its end, so that a crash leaves no half-forgotten
   * store under its name.
   *
   * @param backup what {@link #backup} wrote
   * @param journal the file of {@link LedgerOptions#auditJournal} or of {@link #exportAudit}
   * @param target a directory that is missing or empty
   * @throws StoreException CORRUPT where the journal is another store's, damaged, or ends before
   *     the backup does; NOT_A_STORE where the backup is none
   */
  public static Restored restore(Principal who, Path backup, Path journal, Path target,
      LedgerOptions options) {
    return restore(who, backup, Optional.of(journal), target, options);
  }

  /** The same; without a journal what was forgotten since the backup lives in it again. */
  public static Restored restore(Principal who, Path backup, Optional<Path> journal, Path target,
      LedgerOptions options) {
    if (!who.may(Role.ADMIN) || !who.ofStore()) {
      throw new RefusedException(RefusedException.Reason.ROLE, who.name() + " may not restore: the"
          + " role " + Role.ADMIN + " in the tenant " + Principal.DEFAULT_TENANT + " is missing");
    }
    return Restore.restore(who, backup, journal, target, options);
  }

  /**
   * Counts and sizes: of the principal's own tenant; only an administrator of the store learns the
   * number of tenants, of all rows of the audit and the bytes of all files.
   */
  public synchronized Stats stats(Principal who) {
    require(who, Role.READ, "stats", 0);
    flush();
    boolean whole = who.ofStore() && who.may(Role.ADMIN);
    String tenant = who.tenant();
    return new Stats(count(tenant, FactState.LIVE), count(tenant, FactState.SUPERSEDED),
        count(tenant, FactState.FORGOTTEN), count(tenant, FactState.ERASED),
        store.database().queryLong("SELECT count(*) FROM fact WHERE held = 1 AND tenant = ?",
            tenant),
        whole ? store.database().queryLong("SELECT count(*) FROM tenant") : 1,
        whole ? store.log().head().sequence() : rowsOf(tenant),
        whole ? store.files().bytes() : sealedBytes(tenant));
  }

  private long count(String tenant, FactState wanted) {
    return store.database().queryLong("SELECT count(*) FROM fact WHERE tenant = ? AND state = "
        + wanted.ordinal(), tenant);
  }

  private long sealedBytes(String tenant) {
    return store.database().queryLong("SELECT coalesce(sum(length(payload.sealed)"
        + " + length(secret.sealed)), 0) FROM fact JOIN payload USING(id) JOIN secret USING(id)"
        + " WHERE tenant = ?", tenant);
  }

  /** Names of the tenants that have written, in order; for an administrator of the store. */
  public synchronized List<String> tenants(Principal who) {
    requireOperator(who, Role.ADMIN, "tenants");
    return tenantNames();
  }

  private List<String> tenantNames() {
    List<String> names = new ArrayList<>();
    return store.database().reading(() -> {
      store.database().query("SELECT name FROM tenant ORDER BY name", row -> row.getString(1),
          names::add);
      return List.copyOf(names);
    });
  }

  /** The directory of the store. */
  public Path directory() {
    return store.files().directory();
  }

  /** Writes what waits and gives the store free. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    store.close();
  }

  /** For tests that look at what is stored, or change it behind the ledger's back. */
  Store store() {
    return store;
  }

  // Shared parts.

  private <T> T change(Database.Work<T> work) {
    try {
      return store.change(work);
    } catch (RuntimeException | Error e) {
      index = Optional.empty();
      throw e;
    }
  }

  private long now() {
    return store.options().clock().millis();
  }

  private FactIndex index() {
    if (index.isEmpty()) {
      FactIndex fresh = new FactIndex(store.seal());
      for (String tenant : tenantNames()) {
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
}
