package io.larimar.codec;

import io.larimar.bindings.TokenEmbeddings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Linear code of a fact's tokens, with no training: for each of T positions the token's embedding,
 * centred, normalised, projected to d floats by a fixed seeded matrix, then flags.
 *
 * <p>A latent z holds T = {@value #POSITIONS} positions of {@value #SLOT} floats, C = T x SLOT in
 * all; a longer fact takes a chain of latents. Clean-up finds for each position the nearest token
 * among those that live facts use ("live vocabulary"); what a fact brought in leaves with it. The
 * projection is a sparse sign matrix (count sketch; Charikar et al. 2002), so a code costs D adds.
 *
 * <p>Not thread-safe: the writer of the memory owns it. Source: Larimar section 3 for the role of
 * the latent; the code itself is this project's (docs/ARCHITECTURE.md).
 */
public final class TokenCodec {
  /** T: token positions in one latent. */
  public static final int POSITIONS = 16;

  /** Floats in one position: the token's code, then the flags. */
  public static final int SLOT = 64;

  /** d: floats of a token's code. */
  public static final int CODE = 60;

  /** C: floats in one latent. */
  public static final int LATENT_WIDTH = POSITIONS * SLOT;

  private static final int PRESENT = CODE; // 1 where a token stands, 0 after the fact's end
  private static final int SUBJECT = CODE + 1;
  private static final int TARGET = CODE + 2;
  private static final long PROJECTION_SEED = 0x6C6172696D617231L; // "larimar1"
  private static final int CENTRE_STRIDE = 61; // every 61st row is enough to estimate the mean

  private final TokenEmbeddings embeddings;
  private final int[] bucket; // (D) target dimension of each embedding dimension
  private final float[] sign; // (D)
  private final float[] centre; // (D) mean of the vocabulary
  private final float[] row; // (D) scratch
  private final Map<Integer, LiveToken> live = new HashMap<>();
  private float[] liveCodes = new float[0]; // (n, CODE) of the live tokens, rebuilt when stale
  private int[] liveTokens = new int[0];
  private boolean stale;

  /** What a token is to its fact. */
  public enum Role { PLAIN, SUBJECT, TARGET }

  private static final class LiveToken {
    private final float[] code;
    private int uses;

    private LiveToken(float[] code) {
      this.code = code;
    }
  }

  /**
   * What a latent said after clean-up.
   *
   * @param tokens the fact's tokens
   * @param roles their roles
   * @param margin the smallest margin over the positions: cosine of the nearest token less that of
   *     the second, in [0, 2]; a measure of confidence
   * @param similarity the smallest cosine of a position with its token
   */
  public record Decoded(int[] tokens, Role[] roles, double margin, double similarity) {}

  /** A codec over a model's token embeddings (V, D), which it borrows. */
  public TokenCodec(TokenEmbeddings embeddings) {
    this.embeddings = embeddings;
    int width = embeddings.width();
    this.bucket = new int[width];
    this.sign = new float[width];
    this.row = new float[width];
    long state = PROJECTION_SEED;
    for (int i = 0; i < width; i++) {
      state = splitMix(state);
      bucket[i] = (int) Long.remainderUnsigned(state >>> 1, CODE);
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
      load(token);
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

  private void load(int token) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(4L * row.length, 64);
      embeddings.row(token, scratch, 0);
      MemorySegment.copy(scratch, ValueLayout.JAVA_FLOAT, 0, row, 0, row.length);
    }
  }

  /** The unit-norm code of a token: normalise(S (e - mean)), S the sparse sign matrix (CODE, D). */
  private float[] code(int token) {
    load(token);
    float[] code = new float[CODE];
    for (int i = 0; i < row.length; i++) {
      code[bucket[i]] += sign[i] * (row[i] - centre[i]);
    }
    double norm = 0;
    for (float value : code) {
      norm += (double) value * value;
    }
    float scale = norm == 0 ? 0 : (float) (1 / Math.sqrt(norm));
    for (int i = 0; i < CODE; i++) {
      code[i] *= scale;
    }
    return code;
  }

  /** Latents that a fact of so many tokens takes: ceil(tokens / T). */
  public static int latentCount(int tokens) {
    return Math.ceilDiv(tokens, POSITIONS);
  }

  /**
   * Encodes a fact and adds its tokens to the live vocabulary.
   *
   * @param tokens the fact's tokens, at least one
   * @param roles one for each token
   * @return the chain of latents, (n, C) row-major, n = {@link #latentCount}
   */
  public float[] encode(int[] tokens, Role[] roles) {
    if (tokens.length == 0 || tokens.length != roles.length) {
      throw new IllegalArgumentException("tokens and roles must be of one positive length: tokens="
          + tokens.length + ", roles=" + roles.length);
    }
    float[] latents = new float[latentCount(tokens.length) * LATENT_WIDTH];
    for (int i = 0; i < tokens.length; i++) {
      int slot = i * SLOT; // positions of a chain follow one another without a gap
      System.arraycopy(retain(tokens[i]), 0, latents, slot, CODE);
      latents[slot + PRESENT] = 1;
      latents[slot + SUBJECT] = roles[i] == Role.SUBJECT ? 1 : 0;
      latents[slot + TARGET] = roles[i] == Role.TARGET ? 1 : 0;
    }
    return latents;
  }

  private float[] retain(int token) {
    LiveToken entry = live.computeIfAbsent(token, t -> {
      stale = true;
      return new LiveToken(code(t));
    });
    entry.uses++;
    return entry.code;
  }

  /** Takes a forgotten fact's tokens out of the live vocabulary. */
  public void release(int[] tokens) {
    for (int token : tokens) {
      LiveToken entry = live.get(token);
      if (entry == null) {
        throw new IllegalStateException("token " + token + " is not in the live vocabulary");
      }
      entry.uses--;
      if (entry.uses == 0) {
        live.remove(token);
        stale = true;
      }
    }
  }

  /** Tokens that live facts use. */
  public int liveTokens() {
    return live.size();
  }

  /**
   * Clean-up of a chain of latents: the nearest live token at each position, up to the fact's end.
   *
   * @param latents (n, C) row-major floats, as read from the memory
   * @param count n
   */
  public Decoded decode(MemorySegment latents, int count) {
    refresh();
    int limit = count * POSITIONS;
    int[] tokens = new int[limit];
    Role[] roles = new Role[limit];
    float[] slot = new float[SLOT];
    double margin = 2;
    double similarity = 1;
    int length = 0;
    for (int i = 0; i < limit; i++) {
      MemorySegment.copy(latents, ValueLayout.JAVA_FLOAT, 4L * i * SLOT, slot, 0, SLOT);
      if (slot[PRESENT] < 0.5f || liveTokens.length == 0) {
        break;
      }
      double[] best = nearest(slot); // {index, cosine, second cosine}
      tokens[length] = liveTokens[(int) best[0]];
      roles[length] = slot[TARGET] >= 0.5f ? Role.TARGET
          : slot[SUBJECT] >= 0.5f ? Role.SUBJECT : Role.PLAIN;
      margin = Math.min(margin, best[1] - best[2]);
      similarity = Math.min(similarity, best[1]);
      length++;
    }
    return new Decoded(Arrays.copyOf(tokens, length), Arrays.copyOf(roles, length),
        length == 0 ? 0 : margin, length == 0 ? 0 : similarity);
  }

  private double[] nearest(float[] slot) {
    double norm = 0;
    for (int i = 0; i < CODE; i++) {
      norm += (double) slot[i] * slot[i];
    }
    double scale = norm == 0 ? 0 : 1 / Math.sqrt(norm);
    int best = 0;
    double first = -2;
    double second = -1;
    for (int t = 0; t < liveTokens.length; t++) {
      float dot = 0;
      for (int i = 0, base = t * CODE; i < CODE; i++) {
        dot += slot[i] * liveCodes[base + i];
      }
      double cosine = dot * scale;
      if (cosine > first) {
        second = Math.max(second, first);
        first = cosine;
        best = t;
      } else if (cosine > second) {
        second = cosine;
      }
    }
    return new double[] {best, first, second};
  }

  private void refresh() {
    if (!stale) {
      return;
    }
    liveTokens = live.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
    liveCodes = new float[liveTokens.length * CODE];
    for (int t = 0; t < liveTokens.length; t++) {
      System.arraycopy(live.get(liveTokens[t]).code, 0, liveCodes, t * CODE, CODE);
    }
    stale = false;
  }
}
