package io.larimar.codec;

import io.larimar.bindings.TokenEmbeddings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The codes of a vocabulary: each token's embedding, centred, projected to d = {@value #WIDTH} floats by
 * a fixed seeded matrix and normalised. The projection is a sparse sign matrix (count sketch; Charikar
 * et al. 2002), so a code costs D adds. A code that was asked for is kept. Thread-safe.
 */
public final class TokenCodes {
  /** d: floats of a token's code. */
  public static final int WIDTH = 60;

  private static final long PROJECTION_SEED = 0x6C6172696D617231L; // "larimar1"
  private static final int CENTRE_STRIDE = 61; // every 61st row is enough to estimate the mean

  private final TokenEmbeddings embeddings;
  private final int[] bucket; // (D) target dimension of each embedding dimension
  private final float[] sign; // (D)
  private final float[] centre; // (D) mean of the vocabulary
  private final AtomicReferenceArray<float[]> codes; // (V)

  /** Codes of a model's token embeddings (V, D), which are borrowed. */
  public TokenCodes(TokenEmbeddings embeddings) {
    this.embeddings = embeddings;
    int width = embeddings.width();
    this.codes = new AtomicReferenceArray<>(embeddings.rows());
    this.bucket = new int[width];
    this.sign = new float[width];
    long state = PROJECTION_SEED;
    for (int i = 0; i < width; i++) {
      state = splitMix(state);
      bucket[i] = (int) Long.remainderUnsigned(state >>> 1, WIDTH);
      sign[i] = (state & 1) == 0 ? 1 : -1;
    }
    this.centre = meanRow(width);
  }

  /** The finaliser of SplitMix64 (Steele et al. 2014) on a running counter. */
  private static long splitMix(long state) {
    long z = state + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private float[] meanRow(int width) {
    double[] sum = new double[width];
    int count = 0;
    for (int token = 0; token < embeddings.rows(); token += CENTRE_STRIDE) {
      float[] row = load(token);
      for (int i = 0; i < width; i++) {
        sum[i] += row[i];
      }
      count++;
    }
    float[] mean = new float[width];
    for (int i = 0; i < width; i++) {
      mean[i] = (float) (sum[i] / count);
    }
    return mean;
  }

  private float[] load(int token) {
    float[] row = new float[embeddings.width()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(4L * row.length, 64);
      embeddings.row(token, scratch, 0);
      MemorySegment.copy(scratch, ValueLayout.JAVA_FLOAT, 0, row, 0, row.length);
    }
    return row;
  }

  /** The unit code of a token: normalise(S (e - mean)), S the sparse sign matrix. Not to be changed. */
  float[] of(int token) {
    float[] code = codes.get(token);
    if (code == null) {
      code = compute(token);
      codes.set(token, code);
    }
    return code;
  }

  private float[] compute(int token) {
    float[] row = load(token);
    float[] code = new float[WIDTH];
    for (int i = 0; i < row.length; i++) {
      code[bucket[i]] += sign[i] * (row[i] - centre[i]);
    }
    double norm = 0;
    for (float value : code) {
      norm += (double) value * value;
    }
    float scale = norm == 0 ? 0 : (float) (1 / Math.sqrt(norm));
    for (int i = 0; i < WIDTH; i++) {
      code[i] *= scale;
    }
    return code;
  }
}
