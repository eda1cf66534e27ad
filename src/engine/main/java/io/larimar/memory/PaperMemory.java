package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.larimar.linalg.MatrixKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory as the paper has it, for comparison: a fixed reference memory M0 gives each episode
 * its addresses, W0 = Z pinv(M0); then M = pinv(W0) Z, and a query reads W = Zq pinv(M), Zr = W M.
 *
 * <p>Pseudo-inverses by Ben-Israel and Cohen: X0 = {@value #START} A', X &lt;- 2 X - X A X,
 * {@value #STEPS} times. Singular values below about 0.25 are cut off by so few steps, and the
 * iteration diverges for singular values over 63: such an episode is refused. All in double.
 * Not thread-safe.
 */
public final class PaperMemory implements AutoCloseable {
  /** Steps of the pseudo-inverse in the released code. */
  public static final int STEPS = 15;

  /** Factor of its first guess in the released code. */
  public static final double START = 5e-4;

  private final int rows; // K
  private final int latentWidth; // C
  private final int episode;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment reference; // M0, (K, C)
  private final MemorySegment referenceInverse; // pinv(M0), (C, K)
  private final MemorySegment memory; // M, (K, C)
  private final MemorySegment memoryInverse; // pinv(M), (C, K)
  private final MemorySegment addresses; // W0 or W, (episode, K)
  private final MemorySegment addressInverse; // pinv(W0), (K, episode)
  private final MemorySegment product; // X A, scratch
  private final MemorySegment next; // X A X, scratch
  private final MatrixKernels kernels = MatrixKernels.open(1);
  private boolean written;

  private PaperMemory(int rows, int latentWidth, int episode, MemorySegment reference) {
    this.rows = rows;
    this.latentWidth = latentWidth;
    this.episode = episode;
    long wide = 8L * rows * latentWidth;
    this.reference = arena.allocate(wide, 64).copyFrom(reference);
    referenceInverse = arena.allocate(wide, 64);
    memory = arena.allocate(wide, 64);
    memoryInverse = arena.allocate(wide, 64);
    addresses = arena.allocate(8L * episode * rows, 64);
    addressInverse = arena.allocate(8L * episode * rows, 64);
    product = arena.allocate(8L * Math.max(rows, episode) * Math.max(rows, episode), 64);
    next = arena.allocate(Math.max(wide, 8L * episode * rows), 64);
    pseudoInverse(rows, latentWidth, this.reference, referenceInverse);
  }

  /**
   * A memory with its reference.
   *
   * @param rows K, 512 in the paper   @param latentWidth C, 768 in the paper
   * @param episode facts written at once, 16 in the paper
   * @param reference M0, K x C doubles; copied
   */
  public static PaperMemory open(int rows, int latentWidth, int episode, MemorySegment reference) {
    MemoryShape checked = new MemoryShape(rows, latentWidth, 1, 1);
    if (episode < 1 || episode > rows) {
      throw new IllegalArgumentException(
          "episode must be in [1, " + rows + "]: episode=" + episode);
    }
    requireBytes("reference", reference, 8L * checked.keyWidth() * checked.latentWidth());
    return new PaperMemory(rows, latentWidth, episode, reference);
  }

  /** Writes one episode over whatever was there: M = pinv(Z pinv(M0)) Z. */
  public void write(MemorySegment latents) {
    requireBytes("latents", latents, 8L * episode * latentWidth);
    multiply(episode, latentWidth, rows, latents, referenceInverse, addresses);
    pseudoInverse(episode, rows, addresses, addressInverse);
    multiply(rows, episode, latentWidth, addressInverse, latents, memory);
    pseudoInverse(rows, latentWidth, memory, memoryInverse);
    written = true;
  }

  /**
   * Reads an episode of queries: Zr = (Zq pinv(M)) M.
   *
   * @param queries Zq, episode x C doubles   @param out Zr, likewise; overwritten
   */
  public void read(MemorySegment queries, MemorySegment out) {
    if (!written) {
      throw new IllegalStateException("write an episode before reading");
    }
    requireBytes("queries", queries, 8L * episode * latentWidth);
    requireBytes("out", out, 8L * episode * latentWidth);
    multiply(episode, latentWidth, rows, queries, memoryInverse, addresses);
    multiply(episode, rows, latentWidth, addresses, memory, out);
  }

  /** X of n x m for A of m x n, X about pinv(A); O(15 m n min(m, n)). */
  private void pseudoInverse(int m, int n, MemorySegment a, MemorySegment x) {
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        x.set(JAVA_DOUBLE, 8L * ((long) j * m + i),
            START * a.get(JAVA_DOUBLE, 8L * ((long) i * n + j)));
      }
    }
    for (int step = 0; step < STEPS; step++) {
      if (m <= n) { // X (A X): the product is m x m
        multiply(m, n, m, a, x, product);
        multiply(n, m, m, x, product, next);
      } else { // (X A) X: the product is n x n
        multiply(n, m, n, x, a, product);
        multiply(n, n, m, product, x, next);
      }
      for (long at = 0; at < 8L * n * m; at += 8) {
        x.set(JAVA_DOUBLE, at, 2 * x.get(JAVA_DOUBLE, at) - next.get(JAVA_DOUBLE, at));
      }
    }
    for (long at = 0; at < 8L * n * m; at += 8) {
      if (!(Math.abs(x.get(JAVA_DOUBLE, at)) < 1e6)) {
        throw new IllegalArgumentException("pseudo-inverse diverged: the matrix has a singular"
            + " value over 63 or a value that is not finite; scale it down");
      }
    }
  }

  private void multiply(int rows, int inner, int columns, MemorySegment a,
      MemorySegment b, MemorySegment c) {
    kernels.multiply(
        rows, inner, columns, a, 0, 8L * inner, b, 0, 8L * columns, c, 0, 8L * columns);
  }

  private static void requireBytes(String name, MemorySegment values, long bytes) {
    if (values.byteSize() != bytes) {
      throw new IllegalArgumentException(
          name + ".byteSize must be " + bytes + ": byteSize=" + values.byteSize());
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
