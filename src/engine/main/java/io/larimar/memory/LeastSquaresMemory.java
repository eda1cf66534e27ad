package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.larimar.linalg.MatrixKernels;
import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One block in its primal form: M = inv(A) B with A = lambda I + sum w'w and B = sum w'z, kept up
 * to date by recursive least squares. All in double.
 *
 * <p>{@link EpisodicMemory} computes the same read-outs from the dual form, which costs the size of
 * the facts instead of K x K; this class is the mathematics it is tested against, and the form to
 * use where one block takes more facts than K. Not thread-safe.
 */
public final class LeastSquaresMemory implements AutoCloseable {
  /**
   * The smallest d = 1 - w P w' that a downdate may have. P is about 1 / d there and the downdate
   * divides by d again, so the read-outs' error grows as 1e-16 / d^2 (measured: 4e-8 after 24
   * downdates at d = 1e-4, 9e-4 at 1e-6); below 5e-5 a float would show it.
   */
  public static final double FORGET_THRESHOLD = 5e-5;

  private final int keyWidth; // K
  private final int latentWidth; // C
  private final double ridge;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment moments; // A, (K, K), lower triangle
  private final MemorySegment targets; // B, (K, C)
  private final MemorySegment inverse; // P, (K, K)
  private final MemorySegment memory; // M, (K, C)
  private final MemorySegment factor; // (K, K), scratch of rebuilds
  private final MemorySegment direction; // u = P w', K
  private final MemorySegment gain; // g, K
  private final MemorySegment residual; // z - w M, C
  private final MatrixKernels kernels = MatrixKernels.open(1);
  private long rebuilds;

  private LeastSquaresMemory(int keyWidth, int latentWidth, double ridge) {
    this.keyWidth = keyWidth;
    this.latentWidth = latentWidth;
    this.ridge = ridge;
    moments = arena.allocate(8L * keyWidth * keyWidth, 64);
    targets = arena.allocate(8L * keyWidth * latentWidth, 64);
    inverse = arena.allocate(8L * keyWidth * keyWidth, 64);
    memory = arena.allocate(8L * keyWidth * latentWidth, 64);
    factor = arena.allocate(8L * keyWidth * keyWidth, 64);
    direction = arena.allocate(8L * keyWidth, 64);
    gain = arena.allocate(8L * keyWidth, 64);
    residual = arena.allocate(8L * latentWidth, 64);
    for (int i = 0; i < keyWidth; i++) {
      moments.set(JAVA_DOUBLE, 8L * (i * (long) keyWidth + i), ridge);
      inverse.set(JAVA_DOUBLE, 8L * (i * (long) keyWidth + i), 1 / ridge);
    }
  }

  /** An empty memory of K x C with ridge lambda. */
  public static LeastSquaresMemory open(int keyWidth, int latentWidth, double ridge) {
    MemoryShape checked = new MemoryShape(keyWidth, latentWidth, 1, ridge);
    return new LeastSquaresMemory(checked.keyWidth(), checked.latentWidth(), checked.ridge());
  }

  /**
   * Writes one fact: u = P w', g = u / (1 + w u), M += g (z - w M), P -= g u'; A += w'w, B += w'z.
   *
   * @param key w, K doubles   @param latent z, C doubles; neither is changed
   *     Cost O(K*K + K*C), no allocation.   Source: recursive least squares.
   */
  public void write(MemorySegment key, MemorySegment latent) {
    requireFacts(key, latent, 1);
    double seen = direct(key);
    add(1, key, latent);
    step(1 / (1 + seen), key, latent);
  }

  /**
   * Forgets one fact that was written: g = u / (1 - w u), M -= g (z - w M), P += g u'; A -= w'w,
   * B -= w'z. Rebuilds from A and B where 1 - w u is below {@link #FORGET_THRESHOLD}.
   *
   * @return whether the downdate was good enough; false after a rebuild
   */
  public boolean forget(MemorySegment key, MemorySegment latent) {
    requireFacts(key, latent, 1);
    double left = 1 - direct(key);
    add(-1, key, latent);
    if (left < FORGET_THRESHOLD) {
      rebuild();
      return false;
    }
    step(-1 / left, key, latent);
    return true;
  }

  /**
   * Writes many facts at once: A += W'W, B += W'Z, then P and M anew by Cholesky.
   *
   * @param keys W, count x K doubles   @param latents Z, count x C doubles
   *     Cost O(count K (K + C) + K*K (K + C)).
   */
  public void writeAll(int count, MemorySegment keys, MemorySegment latents) {
    requireFacts(keys, latents, count);
    kernels.symmetricRankK(keyWidth, count, keys, 0, 8L * keyWidth, moments, 0,
        8L * keyWidth);
    for (int i = 0; i < count; i++) {
      VectorKernels.rankOneDouble(keyWidth, latentWidth, 1, keys, 8L * keyWidth * i, latents,
          8L * latentWidth * i, targets, 0, 8L * latentWidth);
    }
    rebuild();
  }

  /** Adds the facts of another memory of equal sizes: A and B add, the ridge counts once. */
  public void merge(LeastSquaresMemory other) {
    if (other == this || other.keyWidth != keyWidth || other.latentWidth != latentWidth
        || other.ridge != ridge) {
      throw new IllegalArgumentException("other must be another memory with K=" + keyWidth
          + ", C=" + latentWidth + ", ridge=" + ridge + ": K=" + other.keyWidth + ", C="
          + other.latentWidth + ", ridge=" + other.ridge);
    }
    VectorKernels.addScaledDouble(1, other.moments, 0, moments, 0, keyWidth * keyWidth);
    VectorKernels.addScaledDouble(1, other.targets, 0, targets, 0, keyWidth * latentWidth);
    for (int i = 0; i < keyWidth; i++) {
      long at = 8L * (i * (long) keyWidth + i);
      moments.set(JAVA_DOUBLE, at, moments.get(JAVA_DOUBLE, at) - ridge);
    }
    rebuild();
  }

  /** z_r = w M, C doubles into {@code out}. */
  public void read(MemorySegment key, MemorySegment out) {
    requireWidths(key, out, 1);
    VectorKernels.gemvTransposedDouble(
        keyWidth, latentWidth, memory, 0, 8L * latentWidth, key, 0, out, 0);
  }

  /** How often P and M were computed anew. */
  public long rebuilds() {
    return rebuilds;
  }

  /** u = P w'; returns w u. */
  private double direct(MemorySegment key) {
    VectorKernels.gemvDouble(
        keyWidth, keyWidth, inverse, 0, 8L * keyWidth, key, 0, direction, 0);
    return VectorKernels.dotDouble(key, 0, direction, 0, keyWidth);
  }

  /** M += factor u (z - w M), P -= factor u u'. */
  private void step(double factorOfGain, MemorySegment key, MemorySegment latent) {
    VectorKernels.gemvTransposedDouble(
        keyWidth, latentWidth, memory, 0, 8L * latentWidth, key, 0, residual, 0);
    for (int j = 0; j < latentWidth; j++) {
      residual.set(JAVA_DOUBLE, 8L * j,
          latent.get(JAVA_DOUBLE, 8L * j) - residual.get(JAVA_DOUBLE, 8L * j));
    }
    VectorKernels.rankOneDouble(keyWidth, latentWidth, factorOfGain, direction, 0, residual, 0,
        memory, 0, 8L * latentWidth);
    MemorySegment.copy(direction, 0, gain, 0, direction.byteSize());
    VectorKernels.rankOneDouble(keyWidth, keyWidth, -factorOfGain, gain, 0, direction, 0,
        inverse, 0, 8L * keyWidth);
  }

  /** A += sign w'w, B += sign w'z. */
  private void add(double sign, MemorySegment key, MemorySegment latent) {
    VectorKernels.rankOneDouble(
        keyWidth, keyWidth, sign, key, 0, key, 0, moments, 0, 8L * keyWidth);
    VectorKernels.rankOneDouble(
        keyWidth, latentWidth, sign, key, 0, latent, 0, targets, 0, 8L * latentWidth);
  }

  private void rebuild() {
    rebuilds++;
    MemorySegment.copy(moments, 0, factor, 0, moments.byteSize());
    long stride = 8L * keyWidth;
    int done = kernels.cholesky(keyWidth, factor, 0, stride);
    if (done != keyWidth) {
      throw new IllegalStateException(
          "A is not positive definite at row " + done + ": a fact was forgotten that was not in");
    }
    inverse.fill((byte) 0);
    for (int i = 0; i < keyWidth; i++) {
      inverse.set(JAVA_DOUBLE, stride * i + 8L * i, 1.0);
    }
    kernels.solveLower(keyWidth, keyWidth, factor, 0, stride, inverse, 0, stride);
    kernels.solveLowerTransposed(
        keyWidth, keyWidth, factor, 0, stride, inverse, 0, stride);
    MemorySegment.copy(targets, 0, memory, 0, targets.byteSize());
    long wide = 8L * latentWidth;
    kernels.solveLower(keyWidth, latentWidth, factor, 0, stride, memory, 0, wide);
    kernels.solveLowerTransposed(
        keyWidth, latentWidth, factor, 0, stride, memory, 0, wide);
  }

  private void requireWidths(MemorySegment key, MemorySegment latent, int count) {
    if (count < 1 || key.byteSize() != 8L * keyWidth * count
        || latent.byteSize() != 8L * latentWidth * count) {
      throw new IllegalArgumentException("key and latent must be count x K and count x C doubles:"
          + " count=" + count + ", K=" + keyWidth + ", C=" + latentWidth + ", key.byteSize="
          + key.byteSize() + ", latent.byteSize=" + latent.byteSize());
    }
  }

  private void requireFacts(MemorySegment key, MemorySegment latent, int count) {
    requireWidths(key, latent, count);
    requireFinite("key", key);
    requireFinite("latent", latent);
  }

  private static void requireFinite(String name, MemorySegment values) {
    for (long at = 0; at < values.byteSize(); at += 8) {
      if (!Double.isFinite(values.get(JAVA_DOUBLE, at))) {
        throw new IllegalArgumentException(name + " must be finite: " + name + "[" + at / 8 + "]="
            + values.get(JAVA_DOUBLE, at));
      }
    }
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      kernels.close();
    }
  }
}
