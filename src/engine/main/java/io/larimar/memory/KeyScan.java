package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.linalg.VectorKernels;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The nearest stored keys: by an exact scan over all of them, or over the candidates that a scan of
 * their sketches leaves. Runs beside the writer: each fact that is there during the whole scan is
 * scored once, on one state of its key.
 */
final class KeyScan {
  private static final double FIRST_TAIL = 3.3; // leaves one in two thousand unrelated keys

  private static final int AHEAD = 16;

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
   * The same by sketches, in two steps of which each follows from the facts alone. First, the keys
   * are scored whose sketches' first words are far nearer than the mean: if the first word of a
   * better key would hardly be as far as that, they are the answer. Else the
   * {@link EpisodicMemory#CANDIDATES} nearest of all sketches, those at the last distance included.
   */
  int bySketch(ReaderScratch scratch, int limit, long[] ids, float[] scores) {
    facts.keySketch().compute(scratch.query, 0, scratch.sketch, scratch.turned);
    SketchSlab.spread(scratch.sketch, scratch.planes);
    int found = byFirstWord(scratch, limit, ids, scores);
    return found == limit ? found : byWholeSketch(scratch, limit, ids, scores);
  }

  /** As above; 0 if a better key may be farther. */
  private int byFirstWord(ReaderScratch scratch, int limit, long[] ids, float[] scores) {
    SketchSlab sketches = facts.sketchSlab();
    int bits = SketchSlab.WORD_BITS;
    double mean = sketches.meanDiffering(scratch.sketch);
    int most = (int) Math.floor(mean - FIRST_TAIL * deviation(mean / bits, bits));
    int groups = most < 0 ? 0 : groups();
    int count = 0;
    for (int group = 0; group < groups; group++) {
      count(group, groups, 1, scratch);
      count = sketches.select(group, group % SketchSlab.RUN, most, scratch, count);
      if (count > EpisodicMemory.CANDIDATES) {
        return 0; // their keys would cost more than the second step
      }
    }
    int found = 0;
    for (int c = 0; c < count; c++) {
      touchAhead(scratch.candidates, c, count, scratch);
      found = scoreAlone((int) scratch.candidates[c], scratch, found, limit, ids, scores);
    }
    return found == limit && farthest(scores[limit - 1], bits, 3) <= most ? found : 0;
  }

  /** The candidates nearest first, until the sketch of a better key would hardly be as far. */
  private int byWholeSketch(ReaderScratch scratch, int limit, long[] ids, float[] scores) {
    SketchSlab sketches = facts.sketchSlab();
    int groups = groups();
    int within = KeySketch.BITS;
    int count = 0;
    for (int group = 0; group < groups; group++) {
      count(group, groups, KeySketch.WORDS, scratch);
      count = sketches.select(group, group % SketchSlab.RUN, within, scratch, count);
      if (count > ReaderScratch.MAX_CANDIDATES - SketchSlab.GROUP) {
        within = threshold(scratch, count);
        count = keepWithin(within, scratch, count);
      }
    }
    int ordered = inOrder(scratch, count);
    int found = 0;
    long distance = -1;
    for (int c = 0; c < ordered; c++) {
      touchAhead(scratch.ordered, c, ordered, scratch);
      long candidate = scratch.ordered[c];
      if (candidate >>> 32 != distance) {
        distance = candidate >>> 32;
        if (found == limit && distance > farthest(scores[limit - 1], KeySketch.BITS, 5)) {
          break;
        }
      }
      found = scoreAlone((int) candidate, scratch, found, limit, ids, scores);
    }
    return found;
  }

  private int groups() {
    return (facts.visibleSlots() + SketchSlab.GROUP - 1) / SketchSlab.GROUP;
  }

  /** At the first group of a run, counts the differing bits of the run's groups. */
  private void count(int group, int groups, int words, ReaderScratch scratch) {
    if (group % SketchSlab.RUN == 0) {
      facts.sketchSlab().countDiffering(
          group, Math.min(SketchSlab.RUN, groups - group), words, scratch);
    }
  }

  /** The deviation of the number of differing bits if each differs with probability {@code p}. */
  private double deviation(double p, int bits) {
    return bits * Math.sqrt(p * (1 - p) / Math.min(bits, shape.keyWidth()));
  }

  /** The most bits in which the sketch of a key of this cosine differs, but for its tail. */
  private double farthest(float cosine, int bits, double deviations) {
    double p = Math.acos(Math.clamp(cosine, -1f, 1f)) / Math.PI;
    return bits * p + deviations * deviation(p, bits);
  }

  /** Every 16 candidates, loads the next 16 keys at once: they lie far apart in memory. */
  private void touchAhead(long[] candidates, int c, int count, ReaderScratch scratch) {
    for (int next = c; c % AHEAD == 0 && next < Math.min(c + AHEAD, count); next++) {
      scratch.touched ^= facts.touch((int) candidates[next]);
    }
  }

  /** Puts the candidates within the last distance in order of it; returns how many they are. */
  private static int inOrder(ReaderScratch scratch, int count) {
    int last = threshold(scratch, count);
    int[] ends = scratch.histogram;
    for (int d = 1; d <= last; d++) {
      ends[d] += ends[d - 1];
    }
    int within = ends[last];
    for (int c = 0; c < count; c++) {
      int distance = (int) (scratch.candidates[c] >>> 32);
      if (distance <= last) {
        scratch.ordered[--ends[distance]] = scratch.candidates[c];
      }
    }
    return within;
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
