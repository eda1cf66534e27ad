package io.larimar.ledger;

import io.larimar.ledger.AuditLog.Note;
import java.util.ArrayList;
import java.util.List;

/** Notes of reads that wait for a commit. Thread-safe: readers add while others are written. */
final class WaitingReads {
  private final List<Note> notes = new ArrayList<>();

  /** Takes a note; how many wait now. */
  synchronized int add(Note note) {
    notes.add(note);
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
}
