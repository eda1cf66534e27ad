package io.larimar.codec;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.codec.TokenCodec.Decoded;
import io.larimar.codec.TokenCodec.Role;
import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Clean-up of latents against a set of tokens: at each position the token whose code has the largest
 * cosine with what was read. Cost n x d for n tokens a position. Not thread-safe.
 */
public final class Cleanup {
  private final int[] tokens;
  private final MemorySegment rows; // (n, SLOT): each token's code, then zeros
  private final MemorySegment slot; // (SLOT)
  private final MemorySegment dots; // (n)

  /**
   * Clean-up against these tokens.
   *
   * @param tokens distinct; the first wins among equally near ones
   */
  public Cleanup(TokenCodes codes, int[] tokens) {
    Arena arena = Arena.ofAuto();
    this.tokens = tokens.clone();
    this.rows = arena.allocate(4L * TokenCodec.SLOT * Math.max(1, tokens.length), 64);
    this.slot = arena.allocate(4L * TokenCodec.SLOT, 64);
    this.dots = arena.allocate(4L * Math.max(1, tokens.length), 64);
    for (int i = 0; i < tokens.length; i++) {
      MemorySegment.copy(codes.of(tokens[i]), 0, rows, JAVA_FLOAT, 4L * TokenCodec.SLOT * i,
          TokenCodes.WIDTH);
    }
  }

  /**
   * The tokens of a chain of latents, up to the fact's end.
   *
   * @param latents (n, C) row-major floats, as read from the memory
   * @param count n
   */
  public Decoded decode(MemorySegment latents, int count) {
    int limit = count * TokenCodec.POSITIONS;
    int[] found = new int[limit];
    Role[] roles = new Role[limit];
    double margin = 2;
    double similarity = 1;
    int length = 0;
    for (; length < limit && tokens.length > 0; length++) {
      long at = 4L * length * TokenCodec.SLOT;
      if (flag(latents, at, TokenCodec.PRESENT) < 0.5f) {
        break;
      }
      roles[length] = flag(latents, at, TokenCodec.TARGET) >= 0.5f ? Role.TARGET
          : flag(latents, at, TokenCodec.SUBJECT) >= 0.5f ? Role.SUBJECT : Role.PLAIN;
      MemorySegment.copy(latents, at, slot, 0, 4L * TokenCodes.WIDTH);
      int best = nearest();
      double norm = Math.sqrt(VectorKernels.dotWide(slot, 0, slot, 0, TokenCodec.SLOT));
      double scale = norm == 0 ? 0 : 1 / norm;
      double first = scale * dot(best);
      double second = Math.max(-1, scale * nextTo(best));
      found[length] = tokens[best];
      margin = Math.min(margin, first - second);
      similarity = Math.min(similarity, first);
    }
    return new Decoded(Arrays.copyOf(found, length), Arrays.copyOf(roles, length),
        length == 0 ? 0 : margin, length == 0 ? 0 : similarity);
  }

  private static float flag(MemorySegment latents, long at, int flag) {
    return latents.get(JAVA_FLOAT, at + 4L * flag);
  }

  /** Fills {@link #dots} and returns the first of the largest. */
  private int nearest() {
    VectorKernels.gemv(tokens.length, TokenCodec.SLOT, rows, 0, 4L * TokenCodec.SLOT, slot, 0,
        dots, 0);
    int best = 0;
    for (int i = 1; i < tokens.length; i++) {
      if (dot(i) > dot(best)) {
        best = i;
      }
    }
    return best;
  }

  private float dot(int i) {
    return dots.get(JAVA_FLOAT, 4L * i);
  }

  /** The largest dot beside the best; minus infinity where there is none. */
  private double nextTo(int best) {
    double second = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < tokens.length; i++) {
      second = i == best ? second : Math.max(second, dot(i));
    }
    return second;
  }
}
