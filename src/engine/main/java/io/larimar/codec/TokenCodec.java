package io.larimar.codec;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Linear code of a fact's tokens, with no training: for each of T positions the token's code
 * ({@link TokenCodes}), then flags.
 *
 * <p>A latent z holds T = {@value #POSITIONS} positions of {@value #SLOT} floats, C = T x SLOT in
 * all; a longer fact takes a chain of latents. Clean-up ({@link Cleanup}) finds for each position the
 * nearest token among those that live facts use ("live vocabulary"); what a fact brought in leaves with
 * it.
 *
 * <p>Not thread-safe: the writer of the memory owns it. Source: Larimar section 3 for the role of
 * the latent; the code itself is this project's (docs/ARCHITECTURE.md).
 */
public final class TokenCodec {
  /** T: token positions in one latent. */
  public static final int POSITIONS = 16;

  /** Floats in one position: the token's code, then the flags. */
  public static final int SLOT = 64;

  /** C: floats in one latent. */
  public static final int LATENT_WIDTH = POSITIONS * SLOT;

  static final int PRESENT = TokenCodes.WIDTH; // 1 where a token stands, 0 after the fact's end
  private static final float LEAST_PRESENT = 0.02f;
  static final int SUBJECT = PRESENT + 1;
  static final int TARGET = PRESENT + 2;

  private final TokenCodes codes;
  private final Map<Integer, Integer> uses = new HashMap<>(); // of each live token
  private Cleanup cleanup; // over the live vocabulary, made anew when stale
  private boolean stale = true;

  /** What a token is to its fact. */
  public enum Role { PLAIN, SUBJECT, TARGET }

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

  /** A codec with an empty live vocabulary. */
  public TokenCodec(TokenCodes codes) {
    this.codes = codes;
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
    float[] latents = encode(codes, tokens, roles);
    for (int token : tokens) {
      stale |= uses.merge(token, 1, Integer::sum) == 1;
    }
    return latents;
  }

  /** The same with no live vocabulary: a function of its arguments alone. */
  public static float[] encode(TokenCodes codes, int[] tokens, Role[] roles) {
    if (tokens.length == 0 || tokens.length != roles.length) {
      throw new IllegalArgumentException("tokens and roles must be of one positive length: tokens="
          + tokens.length + ", roles=" + roles.length);
    }
    float[] latents = new float[latentCount(tokens.length) * LATENT_WIDTH];
    for (int i = 0; i < tokens.length; i++) {
      int slot = i * SLOT; // positions of a chain follow one another without a gap
      System.arraycopy(codes.of(tokens[i]), 0, latents, slot, TokenCodes.WIDTH);
      latents[slot + PRESENT] = 1;
      latents[slot + SUBJECT] = roles[i] == Role.SUBJECT ? 1 : 0;
      latents[slot + TARGET] = roles[i] == Role.TARGET ? 1 : 0;
    }
    return latents;
  }

  /**
   * Scales a chain that was read with a foreign key, which is a shrunken blend, until its first
   * position is present; one that is all but zero stays as it is.
   */
  public static void unshrink(MemorySegment latents) {
    float present = latents.get(JAVA_FLOAT, 4L * PRESENT);
    if (present > LEAST_PRESENT) {
      for (long at = 0; at < latents.byteSize(); at += 4) {
        latents.set(JAVA_FLOAT, at, latents.get(JAVA_FLOAT, at) / present);
      }
    }
  }

  /** Takes a forgotten fact's tokens out of the live vocabulary. */
  public void release(int[] tokens) {
    for (int token : tokens) {
      if (!uses.containsKey(token)) {
        throw new IllegalStateException("token " + token + " is not in the live vocabulary");
      }
      stale |= uses.computeIfPresent(token, (t, n) -> n == 1 ? null : n - 1) == null;
    }
  }

  /** Tokens that live facts use. */
  public int liveTokens() {
    return uses.size();
  }

  /**
   * Clean-up of a chain of latents: the nearest live token at each position, up to the fact's end.
   *
   * @param latents (n, C) row-major floats, as read from the memory
   * @param count n
   */
  public Decoded decode(MemorySegment latents, int count) {
    if (stale) {
      cleanup = new Cleanup(codes,
          uses.keySet().stream().mapToInt(Integer::intValue).sorted().toArray());
      stale = false;
    }
    return cleanup.decode(latents, count);
  }
}
