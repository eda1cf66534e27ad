package io.larimar.ledger;

import io.larimar.ledger.AuditLog.Note;
import java.util.ArrayList;
import java.util.List;

/**
 * Notes of reads that wait for a commit. Thread-safe: readers add while others are written; after
 * the end nobody adds, so that what is written then is all there was.
 */
final class WaitingReads {
  private final List<Note> notes = new ArrayList<>();
  private boolean ended;

  /**
   * Takes a note; how many wait now.
   *
   * @throws IllegalStateException after the end
   */
  synchronized int add(Note note) {
    if (ended) {
      throw new IllegalStateException("store is closed");
    }
    notes.add(note);
    return notes.size();
  }

  synchronized int size() {
    return notes.size();
  }

  /** Those that wait, in the order in which they came. */
  synchronized List<Note> all() {
    return List.copyOf(notes);
  }

  /** Drops the first ones, which are on disk. */
  synchronized void drop(int count) {
    notes.subList(0, count).clear();
  }

  /** Takes no more. */
  synchronized void end() {
    ended = true;
  }
}
