package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The nearest stored keys by an exact scan over all of them. Runs beside the writer: each fact that
 * is there during the whole scan is scored once, on one state of its key.
 */
final class KeyScan {
  private final MemoryShape shape;
  private final FactRows facts;

  KeyScan(MemoryShape shape, FactRows facts) {
    this.shape = shape;
    this.facts = facts;
  }

  /**
   * The facts with the largest w w_i', largest first, the smaller id first where they are equal.
   *
   * @return how many were found, at most {@code limit}
   */
  int nearest(ReaderScratch scratch, int limit, long[] ids, float[] scores) {
    RowSlab keys = facts.keySlab();
    int slots = facts.visibleSlots();
    int found = 0;
    for (int first = 0; first < slots; first += ReaderScratch.BATCH) {
      int rows = Math.min(ReaderScratch.BATCH, slots - first);
      for (int i = 0; i < rows; i++) {
        scratch.stamps[i] = facts.stamp(first + i);
      }
      VectorKernels.gemv(rows, shape.keyWidth(), keys.chunk(first), keys.offset(first),
          keys.stride(), scratch.query, 0, scratch.scores, 0);
      VarHandle.loadLoadFence();
      for (int i = 0; i < rows; i++) {
        int slot = first + i;
        long stamp = scratch.stamps[i];
        float score = scratch.scores.get(JAVA_FLOAT, 4L * i);
        if (stamp == facts.stamp(slot) && (stamp & 1) == 0) {
          if (stamp != 0 && (found < limit || score >= scores[found - 1])) {
            long id = facts.id(slot);
            VarHandle.loadLoadFence();
            if (stamp == facts.stamp(slot)) {
              found = insert(id, score, found, limit, ids, scores);
              continue;
            }
          } else {
            continue;
          }
        }
        found = scoreAlone(slot, scratch, found, limit, ids, scores);
      }
    }
    return found;
  }

  /** Scores one slot that changed under the scan, once it has come to rest. */
  private int scoreAlone(
      int slot, ReaderScratch scratch, int found, int limit, long[] ids, float[] scores) {
    RowSlab keys = facts.keySlab();
    while (true) {
      long stamp = facts.stamp(slot);
      if (stamp == 0) {
        return found;
      }
      if ((stamp & 1) == 0) {
        MemorySegment chunk = keys.chunk(slot);
        float score = VectorKernels.dot(
            chunk, keys.offset(slot), scratch.query, 0, shape.keyWidth());
        long id = facts.id(slot);
        VarHandle.loadLoadFence();
        if (stamp == facts.stamp(slot)) {
          return insert(id, score, found, limit, ids, scores);
        }
      }
      Thread.onSpinWait();
    }
  }

  /** Puts a fact in its place among the best so far; returns how many there are now. */
  private static int insert(
      long id, float score, int found, int limit, long[] ids, float[] scores) {
    int at = found;
    while (at > 0
        && (scores[at - 1] < score || (scores[at - 1] == score && ids[at - 1] > id))) {
      at--;
    }
    if (at == limit) {
      return found;
    }
    int last = Math.min(found, limit - 1);
    System.arraycopy(ids, at, ids, at + 1, last - at);
    System.arraycopy(scores, at, scores, at + 1, last - at);
    ids[at] = id;
    scores[at] = score;
    return last + 1;
  }
}
