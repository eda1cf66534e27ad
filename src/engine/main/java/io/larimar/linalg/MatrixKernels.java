package io.larimar.linalg;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The kernels of matrices with matrices, over doubles: {@link ScalarKernels}' contracts and bits.
 *
 * <p>Operands are copied to <em>slivers</em>, eight rows or columns interleaved so that those of one
 * k lie in one cache line; one {@linkplain VectorKernels#multiplyAddTile tile} of 8 x 24 outputs
 * then stays in registers for a whole sum. Work is cut across outputs only, so the number of threads
 * changes no bit. One call at a time; scratch grows to the largest call and stays.
 */
public final class MatrixKernels implements AutoCloseable {
  /** The most threads. */
  public static final int MAX_THREADS = 64;

  private static final int W = 8; // rows or columns of a sliver
  private static final int TILE = 3; // slivers of a tile
  private static final long LINE = 8L * W; // bytes of a sliver at one k
  private static final long TILE_BYTES = W * TILE * LINE;
  private static final long WORTH_A_THREAD = 1L << 20; // multiply-adds, about 50 microseconds

  private final int threads;
  private final ExecutorService workers;
  private Arena arena = Arena.ofShared();
  private MemorySegment scratch = arena.allocate(LINE, 64);
  private boolean open = true;

  private MatrixKernels(int threads) {
    this.threads = threads;
    workers = Executors.newFixedThreadPool(Math.max(1, threads - 1),
        work -> Thread.ofPlatform().daemon().name("larimar-kernels").unstarted(work));
  }

  /**
   * Kernels on at most {@code threads} threads, the caller's included.
   *
   * @throws IllegalArgumentException if threads is not in [1, {@value #MAX_THREADS}]
   */
  public static MatrixKernels open(int threads) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads must be in [1, " + MAX_THREADS + "]: threads=" + threads);
    }
    return new MatrixKernels(threads);
  }

  /** See {@link ScalarKernels#multiply}. */
  public void multiply(int rows, int inner, int columns, MemorySegment a, long aOffset,
      long aStride, MemorySegment b, long bOffset, long bStride, MemorySegment c, long cOffset,
      long cStride) {
    long sliver = LINE * inner;
    int slivers = slivers(rows);
    long own = TILE * sliver + TILE_BYTES;
    reserve(slivers * sliver + threads * own);
    for (int s = 0; s < slivers; s++) {
      packRows(a, aOffset + s * W * aStride, aStride, 8, Math.min(W, rows - s * W), inner, 1,
          s * sliver);
    }
    inParallel(tiles(columns), (long) rows * inner * columns, (thread, tile) -> {
      long panel = slivers * sliver + thread * own;
      int first = tile * TILE * W;
      for (int v = 0; v < TILE; v++) {
        packColumns(b, bOffset + 8L * (first + v * W), bStride,
            Math.clamp(columns - first - v * W, 0, W), inner, panel + v * sliver);
      }
      int width = Math.min(TILE * W, columns - first);
      for (int s = 0; s < slivers; s++) {
        int height = Math.min(W, rows - s * W);
        long at = cOffset + s * W * cStride + 8L * first;
        for (int r = 0; r < height; r++) {
          VectorKernels.clearFloats(c, at + r * cStride, 2 * width);
        }
        addTile(inner, s * sliver, panel, sliver, c, at, cStride, height, width,
            Integer.MAX_VALUE, panel + TILE * sliver);
      }
    });
  }

  /** See {@link ScalarKernels#symmetricRankK}. */
  public void symmetricRankK(int n, int rows, MemorySegment x, long xOffset, long xStride,
      MemorySegment matrix, long offset, long stride) {
    long sliver = LINE * rows;
    int slivers = slivers(n);
    long tileAt = (slivers + TILE - 1) * sliver;
    reserve(tileAt + threads * TILE_BYTES);
    for (int s = 0; s < slivers + TILE - 1; s++) {
      packColumns(x, xOffset + LINE * s, xStride, Math.clamp(n - s * W, 0, W), rows, s * sliver);
    }
    inParallel(slivers, (long) n * n / 2 * rows, (thread, s) -> {
      int height = Math.min(W, n - s * W);
      for (int t = 0; t <= s; t += TILE) {
        addTile(rows, s * sliver, t * sliver, sliver, matrix, offset + s * W * stride + LINE * t,
            stride, height, Math.min(TILE * W, n - t * W), (s - t) * W + 1,
            tileAt + thread * TILE_BYTES);
      }
    });
  }

  /**
   * Adds one tile to C where it is wanted: {@code height} rows, and of row r the columns below
   * {@code width} and below {@code wedge} + r.
   */
  private void addTile(int inner, long aAt, long bAt, long sliver, MemorySegment c, long at,
      long stride, int height, int width, int wedge, long tileAt) {
    if (height == W && width == TILE * W && wedge >= TILE * W) {
      VectorKernels.multiplyAddTile(
          inner, scratch, aAt, scratch, bAt, sliver, c, at, stride, LINE);
      return;
    }
    for (int r = 0; r < height; r++) {
      MemorySegment.copy(c, at + r * stride, scratch, tileAt + r * TILE * LINE,
          8L * Math.clamp((long) wedge + r, 0, width));
    }
    VectorKernels.multiplyAddTile(
        inner, scratch, aAt, scratch, bAt, sliver, scratch, tileAt, TILE * LINE, LINE);
    for (int r = 0; r < height; r++) {
      MemorySegment.copy(scratch, tileAt + r * TILE * LINE, c, at + r * stride,
          8L * Math.clamp((long) wedge + r, 0, width));
    }
  }

  /** See {@link ScalarKernels#cholesky}: eight columns at a time, each sum in one go. */
  public int cholesky(int n, MemorySegment matrix, long offset, long stride) {
    int slivers = slivers(n);
    long sliver = LINE * W * slivers;
    long factors = (slivers + TILE - 1) * sliver; // the pivot sliver with its sign turned
    reserve(factors + sliver);
    for (int s = 0; s < slivers; s++) {
      packRows(matrix, offset + s * W * stride, stride, 8, Math.min(W, n - s * W),
          Math.min(n, (s + 1) * W), 1, s * sliver);
    }
    int done = n;
    for (int j = 0; j < slivers && done == n; j++) {
      int before = j * W;
      VectorKernels.negate(scratch, j * sliver, scratch, factors, before * W);
      long diagonal = j * sliver + before * LINE;
      int pivot = j;
      reduce(before, pivot, j, sliver, factors);
      int good = factor(diagonal, Math.min(W, n - before), factors + before * LINE);
      done = good < Math.min(W, n - before) ? before + good : n;
      if (done < n) {
        break;
      }
      for (int s = j + 1; s < Math.min(j + TILE, slivers); s++) {
        VectorKernels.solveEight(
            scratch, factors + before * LINE, scratch, s * sliver + before * LINE);
      }
      int left = Math.max(0, slivers - j - TILE);
      inParallel((left + TILE - 1) / TILE, (long) left * W * W * before, (thread, t) -> {
        int first = pivot + TILE * (t + 1);
        reduce(before, pivot, first, sliver, factors);
        for (int s = first; s < Math.min(first + TILE, slivers); s++) {
          VectorKernels.solveEight(
              scratch, factors + before * LINE, scratch, s * sliver + before * LINE);
        }
      });
    }
    MemorySegment packed = scratch;
    for (int i = 0; i < n; i++) {
      long from = i / W * sliver + 8L * (i % W);
      long row = offset + i * stride;
      for (int k = 0; k <= i; k++) {
        matrix.set(JAVA_DOUBLE, row + 8L * k, packed.get(JAVA_DOUBLE, from + k * LINE));
      }
    }
    return done;
  }

  /** Eight columns of three slivers of rows: the columns before taken off. */
  private void reduce(int before, int pivot, int first, long sliver, long factors) {
    if (before > 0) {
      VectorKernels.multiplyAddTile(before, scratch, factors, scratch, first * sliver, sliver,
          scratch, first * sliver + pivot * W * LINE, LINE, sliver);
    }
  }

  /** Factors eight columns on the diagonal; leaves their negative at {@code turned}. */
  private int factor(long at, int count, long turned) {
    MemorySegment lines = scratch.asSlice(at, W * LINE);
    MemorySegment minus = scratch.asSlice(turned, W * LINE);
    for (int j = 0; j < count; j++) {
      int column = (int) LINE * j;
      double pivot = lines.get(JAVA_DOUBLE, column + 8L * j);
      if (!(pivot > 0)) {
        return j;
      }
      double root = Math.sqrt(pivot);
      lines.set(JAVA_DOUBLE, column + 8L * j, root);
      minus.set(JAVA_DOUBLE, column + 8L * j, -root);
      for (int i = j + 1; i < count; i++) {
        double entry = lines.get(JAVA_DOUBLE, column + 8L * i) / root;
        lines.set(JAVA_DOUBLE, column + 8L * i, entry);
        minus.set(JAVA_DOUBLE, column + 8L * i, -entry);
      }
      for (int k = j + 1; k < count; k++) {
        double by = minus.get(JAVA_DOUBLE, column + 8L * k);
        for (int i = k; i < count; i++) {
          long to = LINE * k + 8L * i;
          lines.set(JAVA_DOUBLE, to, Math.fma(
              by, lines.get(JAVA_DOUBLE, column + 8L * i), lines.get(JAVA_DOUBLE, to)));
        }
      }
    }
    return count;
  }

  /** See {@link ScalarKernels#solveLower}. */
  public void solveLower(int n, int columns, MemorySegment lower, long offset, long stride,
      MemorySegment b, long bOffset, long bStride) {
    solve(n, columns, lower, offset, stride, 8, b, bOffset, bStride);
  }

  /** See {@link ScalarKernels#solveLowerTransposed}: the lower system of all indices reversed. */
  public void solveLowerTransposed(int n, int columns, MemorySegment lower, long offset,
      long stride, MemorySegment b, long bOffset, long bStride) {
    solve(n, columns, lower, offset + (n - 1) * (stride + 8), -8, -stride, b,
        bOffset + (n - 1) * bStride, -bStride);
  }

  /** Entry (i, k) of the triangle is at offset + i rowStep + k step. */
  private void solve(int n, int columns, MemorySegment lower, long offset, long rowStep,
      long step, MemorySegment b, long bOffset, long bStep) {
    int slivers = slivers(n);
    long sliver = LINE * W * slivers;
    reserve((slivers + (long) threads * TILE) * sliver);
    for (int s = 0; s < slivers; s++) {
      packRows(lower, offset + s * W * rowStep, rowStep, step, Math.min(W, n - s * W),
          Math.min(n, (s + 1) * W), -1, s * sliver);
    }
    inParallel(tiles(columns), (long) n * n / 2 * columns, (thread, tile) -> {
      long x = (slivers + (long) thread * TILE) * sliver;
      int first = tile * TILE * W;
      for (int v = 0; v < TILE; v++) {
        packColumns(b, bOffset + 8L * (first + v * W), bStep,
            Math.clamp(columns - first - v * W, 0, W), n, x + v * sliver);
      }
      for (int s = 0; s < slivers; s++) {
        long row = x + s * W * LINE;
        if (s > 0) {
          VectorKernels.multiplyAddTile(
              s * W, scratch, s * sliver, scratch, x, sliver, scratch, row, LINE, sliver);
        }
        for (int v = 0; v < TILE; v++) {
          VectorKernels.solveEight(
              scratch, s * sliver + s * W * LINE, scratch, row + v * sliver);
        }
      }
      for (int v = 0; v < TILE; v++) {
        long bytes = 8L * Math.clamp(columns - first - v * W, 0, W);
        for (int i = 0; i < n && bytes > 0; i++) {
          MemorySegment.copy(scratch, x + v * sliver + i * LINE, b,
              bOffset + i * bStep + 8L * (first + v * W), bytes);
        }
      }
    });
  }

  /** Rows side by side at each k: sign times entry (r, k); absent rows are zero. */
  private void packRows(MemorySegment from, long offset, long rowStep, long step, int rows,
      int inner, double sign, long to) {
    MemorySegment sliver = scratch.asSlice(to, LINE * inner);
    for (int r = 0; r < W; r++) {
      long row = offset + r * rowStep;
      for (int k = 0; k < inner; k++) {
        sliver.set(JAVA_DOUBLE, k * LINE + 8L * r,
            r < rows ? sign * from.get(JAVA_DOUBLE, row + k * step) : 0);
      }
    }
  }

  /** Up to eight columns of each row; absent columns are zero. */
  private void packColumns(
      MemorySegment from, long offset, long rowStep, int columns, int rows, long to) {
    for (int k = 0; k < rows; k++) {
      if (columns == W) {
        VectorKernels.copyEight(from, offset + k * rowStep, scratch, to + k * LINE);
      } else {
        for (int c = 0; c < W; c++) {
          scratch.set(JAVA_DOUBLE, to + k * LINE + 8L * c,
              c < columns ? from.get(JAVA_DOUBLE, offset + k * rowStep + 8L * c) : 0);
        }
      }
    }
  }

  private static int slivers(int n) {
    return (n + W - 1) / W;
  }

  private static int tiles(int columns) {
    return (columns + TILE * W - 1) / (TILE * W);
  }

  private void reserve(long bytes) {
    if (!open) {
      throw new IllegalStateException("these kernels are closed");
    }
    if (bytes > scratch.byteSize()) {
      arena.close();
      arena = Arena.ofShared();
      scratch = arena.allocate(bytes, 64);
    }
  }

  private interface Part {
    void run(int thread, int part);
  }

  /** Runs parts 0 to {@code parts} - 1, dealt out in turn to as many threads as the work is worth. */
  private void inParallel(int parts, long multiplyAdds, Part part) {
    int used = (int) Math.clamp(Math.min(parts, multiplyAdds / WORTH_A_THREAD), 1, threads);
    if (used == 1) {
      for (int p = 0; p < parts; p++) {
        part.run(0, p);
      }
      return;
    }
    List<Callable<Void>> shares = new ArrayList<>();
    for (int t = 1; t < used; t++) {
      shares.add(share(t, used, parts, part));
    }
    var running = shares.stream().map(workers::submit).toList();
    RuntimeException[] failed = new RuntimeException[1];
    try {
      share(0, used, parts, part).call();
    } catch (Exception e) {
      failed[0] = new IllegalStateException("a kernel failed", e);
    }
    for (var one : running) { // all must have left the scratch before this call returns
      try {
        one.get();
      } catch (ExecutionException e) {
        failed[0] = new IllegalStateException("a kernel failed", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failed[0] = new IllegalStateException("interrupted in a kernel: outputs are undefined", e);
      }
    }
    if (failed[0] != null) {
      throw failed[0];
    }
  }

  private static Callable<Void> share(int thread, int used, int parts, Part part) {
    return () -> {
      for (int p = thread; p < parts; p += used) {
        part.run(thread, p);
      }
      return null;
    };
  }

  /** Gives scratch and threads back; calls throw afterwards. */
  @Override
  public void close() {
    if (open) {
      open = false;
      workers.close();
      arena.close();
    }
  }
}
