package io.larimar.decoder;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Context-aware decoding with a plausibility floor: the distribution with the soft prefix, pushed
 * away from the one without.
 *
 * <p>l = (1 + a) l_with - a l_without where p_with >= beta max p_with, else -infinity. Sources: Shi
 * et al. 2023 (context-aware decoding); Li et al. 2023 (contrastive decoding's floor).
 *
 * @param alpha a, the strength; 0 is the distribution with the prefix alone
 * @param beta the floor, as a share of the likeliest token's probability
 * @param steps generated tokens after which the contrast has faded to nothing; it falls linearly
 */
public record Contrast(float alpha, float beta, int steps) {
  /** No contrast: one sequence, half the cost. */
  public static final Contrast NONE = new Contrast(0, 0, 0);

  /** For a model with no learned frame (docs/decisions, "Contrast"). */
  public static final Contrast TEXT_FRAME = new Contrast(1.0f, 0.1f, 12);

  public Contrast {
    if (!(alpha >= 0 && alpha <= 10)) {
      throw new IllegalArgumentException("alpha must be in [0, 10]: alpha=" + alpha);
    }
    if (!(beta >= 0 && beta <= 1)) {
      throw new IllegalArgumentException("beta must be in [0, 1]: beta=" + beta);
    }
    if (steps < 0) {
      throw new IllegalArgumentException("steps must not be negative: steps=" + steps);
    }
  }

  /** The strength at a step of the generation, 0 for its first token. */
  float at(int step) {
    return step >= steps ? 0 : alpha * (steps - step) / steps;
  }

  /**
   * Combines two rows of V logits into a third, which is overwritten; any two may not overlap.
   *
   * @param alpha the strength at this step
   */
  void combine(MemorySegment with, MemorySegment without, float alpha, MemorySegment out) {
    int count = (int) (out.byteSize() / Float.BYTES);
    float max = with.getAtIndex(
        ValueLayout.JAVA_FLOAT, VectorKernels.argmax(with, 0, count));
    float floor = beta == 0 ? Float.NEGATIVE_INFINITY : max + (float) Math.log(beta);
    VectorKernels.contrast(with, without, out, count, alpha, floor);
  }
}
