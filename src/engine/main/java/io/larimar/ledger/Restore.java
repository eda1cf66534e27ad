package io.larimar.ledger;

import io.larimar.ledger.AuditLog.Note;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Puts a backup back and replays the rows of the audit that it lacks. */
final class Restore {
  private final Store store;
  private final Principal who;
  private final Set<Long> erased = new TreeSet<>();
  private final List<Long> lost = new ArrayList<>();

  private Restore(Store store, Principal who) {
    this.store = store;
    this.who = who;
  }

  /** See {@link Ledger#restore}. */
  static Restored restore(Principal who, Path backup, Optional<Path> journal, Path target,
      LedgerOptions options) {
    StoreFiles destination = new StoreFiles(target);
    destination.requireEmpty();
    StoreFiles source = new StoreFiles(backup);
    source.requireStore();
    source.requireNotHeld();
    Optional<List<AuditRow>> rows = journal.map(AuditJournal::read);
    StoreFiles work = new StoreFiles(destination.directory()
        .resolveSibling(destination.directory().getFileName() + ".restoring"));
    work.delete();
    try {
      work.copyKeysOf(source);
      work.copyDatabaseOf(source);
      Restored restored;
      try (Store store = Store.open(work, options.withoutAuditJournal())) {
        restored = new Restore(store, who).replay(rows.orElseGet(() ->
            store.log().find(store.log().head().sequence()).stream().toList()));
      }
      work.moveTo(destination);
      return restored;
    } catch (RuntimeException | Error e) {
      work.deleteAfter(e);
      throw e;
    }
  }

  private Restored replay(List<AuditRow> rows) {
    AuditLog.Head from = store.log().head();
    if (rows.stream().noneMatch(row ->
        row.sequence() == from.sequence() && row.hash().equals(from.hash()))) {
      throw new StoreException(StoreException.Reason.CORRUPT, "the journal does not hold row "
          + from.sequence() + " of the backup's audit: it is another store's, or ends too early");
    }
    List<AuditRow> newer = rows.stream().filter(row -> row.sequence() > from.sequence()).toList();
    store.change(() -> {
      for (AuditRow row : newer) {
        replay(row);
      }
      noteLost();
      return store.record(Note.of(who, Operation.RESTORE).related(from.sequence())
          .detail("replayed " + newer.size() + ", erased " + erased.size() + ", lost "
              + lost.size()), 0, store.options().clock().millis());
    });
    store.compact();
    return new Restored(newer.size(), List.copyOf(erased), lost);
  }

  private void replay(AuditRow row) throws SQLException {
    AuditLog.Head head = store.log().head();
    if (row.sequence() != head.sequence() + 1 || !row.previous().equals(head.hash())
        || !row.hash().equals(row.computedHash())) {
      throw new StoreException(StoreException.Reason.CORRUPT,
          "the journal is damaged: row " + row.sequence() + " does not follow its predecessor");
    }
    store.log().insert(row);
    try {
      Life.apply(row, store.facts());
    } catch (IllegalArgumentException e) {
      throw new StoreException(StoreException.Reason.CORRUPT,
          "the journal contradicts the backup: " + e.getMessage(), e);
    }
    switch (row.operation()) {
      case WRITE -> store.useIdsBelow(row.fact() + 1);
      case TENANT_FORGET -> store.keys().destroyTenant(row.tenant());
      default -> destroyIfErased(row.fact());
    }
  }

  private void destroyIfErased(long id) throws SQLException {
    boolean gone = !erased.contains(id) && store.facts().find(id)
        .filter(row -> row.state() == FactState.ERASED).isPresent();
    if (gone && store.vault().sealed(id).isPresent()) {
      store.vault().destroy(id);
      erased.add(id);
    }
  }

  /** Facts that were written after the backup have no payload in it. */
  private void noteLost() throws SQLException {
    long now = store.options().clock().millis();
    for (FactRow row : store.facts().select(
        "WHERE state < 3 AND id NOT IN (SELECT id FROM secret) ORDER BY id")) {
      store.record(Note.of(who, Operation.LOST).fact(row), 0, now);
      lost.add(row.id());
    }
  }
}
