package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.larimar.linalg.VectorKernels;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The nearest stored keys: by an exact scan over all of them, or over the candidates that a scan of
 * their sketches leaves. Runs beside the writer: each fact that is there during the whole scan is
 * scored once, on one state of its key.
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
  int exact(ReaderScratch scratch, int limit, long[] ids, float[] scores) {
    int slots = facts.visibleSlots();
    int found = 0;
    for (int first = 0; first < slots; first += ReaderScratch.BATCH) {
      int rows = Math.min(ReaderScratch.BATCH, slots - first);
      for (int i = 0; i < rows; i++) {
        scratch.stamps[i] = facts.stamp(first + i);
      }
      score(first, rows, scratch);
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

  private void score(int first, int rows, ReaderScratch scratch) {
    if (facts.keysDirect()) {
      RowSlab keys = facts.keySlab();
      VectorKernels.gemv(rows, shape.keyWidth(), keys.chunk(first), keys.offset(first),
          keys.stride(), scratch.query, 0, scratch.scores, 0);
      return;
    }
    for (int i = 0; i < rows; i++) {
      scratch.scores.set(JAVA_FLOAT, 4L * i, score(first + i, scratch));
    }
  }

  private float score(int slot, ReaderScratch scratch) {
    return VectorKernels.dot(facts.keySegment(slot, scratch.otherKey), facts.keyOffset(slot),
        scratch.query, 0, shape.keyWidth());
  }

  /**
   * The same over the facts whose sketches are nearest to the query's: at least
   * {@link EpisodicMemory#CANDIDATES} of them, those at the last distance included. Which they are
   * follows from the facts alone.
   */
  int bySketch(ReaderScratch scratch, int limit, long[] ids, float[] scores) {
    facts.keySketch().compute(scratch.query, 0, scratch.sketch, scratch.turned);
    SketchSlab sketches = facts.sketchSlab();
    int slots = facts.visibleSlots();
    int threshold = KeySketch.BITS;
    int count = 0;
    for (int first = 0; first < slots; first += SketchSlab.GROUP) {
      long within = sketches.within(
          first / SketchSlab.GROUP, threshold, scratch.sketch, scratch.distances);
      while (within != 0) {
        int i = Long.numberOfTrailingZeros(within);
        within &= within - 1;
        if (first + i < slots) {
          long distance = scratch.distances.get(JAVA_LONG, 8L * i);
          scratch.candidates[count++] = distance << 32 | first + i;
        }
      }
      if (count > ReaderScratch.MAX_CANDIDATES - SketchSlab.GROUP) {
        threshold = threshold(scratch, count);
        count = keepWithin(threshold, scratch, count);
      }
    }
    threshold = threshold(scratch, count);
    int found = 0;
    for (int c = 0; c < count; c++) {
      if (scratch.candidates[c] >>> 32 <= threshold) {
        found = scoreAlone((int) scratch.candidates[c], scratch, found, limit, ids, scores);
      }
    }
    return found;
  }

  /** The smallest distance within which enough candidates lie. */
  private static int threshold(ReaderScratch scratch, int count) {
    int[] histogram = scratch.histogram;
    Arrays.fill(histogram, 0);
    for (int c = 0; c < count; c++) {
      histogram[(int) (scratch.candidates[c] >>> 32)]++;
    }
    int distance = 0;
    for (int sum = histogram[0];
        sum < EpisodicMemory.CANDIDATES && distance < KeySketch.BITS; ) {
      sum += histogram[++distance];
    }
    return distance;
  }

  /** Drops the candidates beyond; where too many share the last distance, those of large ids. */
  private int keepWithin(int threshold, ReaderScratch scratch, int count) {
    long[] candidates = scratch.candidates;
    int last = scratch.histogram[threshold];
    long largestId = Long.MAX_VALUE;
    int most = ReaderScratch.MAX_CANDIDATES / 2;
    if (last > most) { // thousands of equal sketches: a store of duplicates
      long[] tied = Arrays.stream(candidates, 0, count).filter(c -> c >>> 32 == threshold)
          .map(c -> facts.id((int) c)).sorted().toArray();
      largestId = tied[most - 1];
    }
    int kept = 0;
    for (int c = 0; c < count; c++) {
      long distance = candidates[c] >>> 32;
      if (distance < threshold || (distance == threshold
          && (largestId == Long.MAX_VALUE || facts.id((int) candidates[c]) <= largestId))) {
        candidates[kept++] = candidates[c];
      }
    }
    return kept;
  }

  /** Scores one slot that changed under the scan, once it has come to rest. */
  private int scoreAlone(
      int slot, ReaderScratch scratch, int found, int limit, long[] ids, float[] scores) {
    for (int attempt = 0; ; attempt++) {
      long stamp = facts.stamp(slot);
      if (stamp == 0) {
        return found;
      }
      if ((stamp & 1) == 0) {
        float score = score(slot, scratch);
        long id = facts.id(slot);
        VarHandle.loadLoadFence();
        if (stamp == facts.stamp(slot)) {
          return insert(id, score, found, limit, ids, scores);
        }
      }
      ReaderScratch.pause(attempt);
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
