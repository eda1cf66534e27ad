package io.larimar.bench;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Facts that follow from their ids: sixteen tokens of a vocabulary of random unit rows as latent,
 * flags behind them, and a key of which half the square is common to all, as with sentence
 * encoders, whose unrelated texts have a cosine of about 0.5.
 */
final class SyntheticFacts {
  static final int VOCABULARY = 32_768;
  static final int POSITIONS = 16;
  static final int TOKEN_WIDTH = 64;
  static final int FLAGS = 64;
  static final int LATENT_WIDTH = POSITIONS * TOKEN_WIDTH + FLAGS;

  final int keyWidth;
  final MemorySegment key;
  final MemorySegment latent;
  private final MemorySegment vocabulary;
  private final MemorySegment scores;
  private final float[] common;

  SyntheticFacts(int keyWidth, Arena arena) {
    this.keyWidth = keyWidth;
    key = arena.allocate(4L * keyWidth, 64);
    latent = arena.allocate(4L * LATENT_WIDTH, 64);
    vocabulary = arena.allocate(4L * TOKEN_WIDTH * VOCABULARY, 64);
    scores = arena.allocate(4L * VOCABULARY, 64);
    for (int token = 0; token < VOCABULARY; token++) {
      fill(vocabulary, 4L * TOKEN_WIDTH * token, TOKEN_WIDTH, ~token, 1);
      normalise(vocabulary, 4L * TOKEN_WIDTH * token, TOKEN_WIDTH);
    }
    fill(key, 0, keyWidth, 0x5eed, 1);
    common = key.toArray(JAVA_FLOAT);
  }

  static long mixed(long id) {
    long h = id * 0x9E3779B97F4A7C15L + 0x4c6172696d6172L;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    return h ^ (h >>> 32);
  }

  /** Uniform values from a seed, four to a word. */
  private static void fill(MemorySegment x, long offset, int n, long seed, float scale) {
    long state = mixed(seed);
    for (int i = 0; i < n; i += 4) {
      long word = mixed(state + i);
      for (int j = 0; j < 4 && i + j < n; j++) {
        x.set(JAVA_FLOAT, offset + 4L * (i + j), scale * (short) (word >>> (16 * j)) / 32_768f);
      }
    }
  }

  private static void normalise(MemorySegment x, long offset, int n) {
    float by = (float) (1 / Math.sqrt(VectorKernels.dotWide(x, offset, x, offset, n)));
    for (int i = 0; i < n; i++) {
      x.set(JAVA_FLOAT, offset + 4L * i, by * x.get(JAVA_FLOAT, offset + 4L * i));
    }
  }

  /** Makes {@link #key} the fact's key. */
  void makeKey(long id) {
    fill(key, 0, keyWidth, 2 * id, 1);
    for (int i = 0; i < keyWidth; i++) {
      key.set(JAVA_FLOAT, 4L * i, key.get(JAVA_FLOAT, 4L * i) + common[i]);
    }
    normalise(key, 0, keyWidth);
  }

  /** Turns {@link #key} away until its cosine with the fact's key is about {@code cosine}. */
  void disturbKey(long id, double cosine, MemorySegment scratch) {
    fill(scratch, 0, keyWidth, ~id, 1);
    normalise(scratch, 0, keyWidth);
    float by = (float) (Math.sqrt(1 - cosine * cosine) / cosine);
    VectorKernels.addScaled(by, scratch, 0, key, 0, keyWidth);
    normalise(key, 0, keyWidth);
  }

  private static int token(long id, int position) {
    return (int) (mixed(id * POSITIONS + position) & (VOCABULARY - 1));
  }

  /** Makes {@link #latent} the fact's latent. */
  void makeLatent(long id) {
    for (int t = 0; t < POSITIONS; t++) {
      MemorySegment.copy(vocabulary, 4L * TOKEN_WIDTH * token(id, t), latent,
          4L * TOKEN_WIDTH * t, 4L * TOKEN_WIDTH);
    }
    for (int i = 0; i < FLAGS; i++) {
      latent.set(JAVA_FLOAT, 4L * (POSITIONS * TOKEN_WIDTH + i), i % POSITIONS < 4 ? 1 : 0);
    }
  }

  /** Whether each position's nearest vocabulary row is the fact's token. */
  boolean decodesTo(long id, MemorySegment readOut) {
    for (int t = 0; t < POSITIONS; t++) {
      VectorKernels.gemv(VOCABULARY, TOKEN_WIDTH, vocabulary, 0, 4L * TOKEN_WIDTH, readOut,
          4L * TOKEN_WIDTH * t, scores, 0);
      int best = 0;
      for (int v = 1; v < VOCABULARY; v++) {
        if (scores.get(JAVA_FLOAT, 4L * v) > scores.get(JAVA_FLOAT, 4L * best)) {
          best = v;
        }
      }
      if (best != token(id, t)) {
        return false;
      }
    }
    return true;
  }
}
