package io.larimar.bench;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.linalg.MatrixKernels;
import io.larimar.linalg.ScalarKernels;
import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.CommonOps_FDRM;
import org.ejml.dense.row.mult.MatrixVectorMult_DDRM;
import org.ejml.dense.row.mult.MatrixVectorMult_FDRM;
import org.ejml.dense.row.mult.VectorVectorMult_FDRM;

/** The kernels with their peers, on the same data. */
final class KernelCases {
  /**
   * One kernel at one size.
   *
   * @param bytes moved from and to memory where the data exceeds the caches; 0 where it does not
   * @param sink reads a result of the last run of larimar or blas, to check that they agree
   */
  record Case(String kernel, String size, double bytes, Runnable larimar, Optional<Runnable> blas,
      Runnable scalar, Optional<Runnable> ejml, Runnable agree) {}

  private final Arena arena;
  private final Optional<OpenBlas> blas;
  private final MatrixKernels matrix = MatrixKernels.open(1); // as its peers; daemons, not closed
  private final SplittableRandom random = new SplittableRandom(42);
  private float floatSink;

  KernelCases(Arena arena, Optional<OpenBlas> blas) {
    this.arena = arena;
    this.blas = blas;
  }

  /** Every kernel, cache-resident; and those that stream, from memory as well. */
  List<Case> all(boolean large) {
    List<Case> cases = new ArrayList<>();
    for (int n : new int[] {512, 1_408, 65_536}) {
      cases.add(dot(n));
    }
    int[][] sizes = large ? new int[][] {{64, 1_088}, {512, 768}, {8_192, 4_096}}
        : new int[][] {{64, 1_088}, {512, 768}};
    for (int[] size : sizes) {
      cases.add(gemv(size[0], size[1]));
      cases.add(gemvTransposed(size[0], size[1]));
      cases.add(rankOne(size[0], size[1]));
    }
    cases.add(gemvDouble(512, 512));
    cases.add(symmetricRankK(512, 64));
    for (int n : new int[] {32, 128, 512}) {
      cases.add(cholesky(n));
      cases.add(solve(n));
    }
    cases.add(solveMany(256, 256));
    cases.add(multiply(256, 256, 256));
    return cases;
  }

  private static String size(int rows, int columns) {
    return rows + " x " + columns;
  }

  /** Bytes in play, if no cache of a usual processor holds them. */
  private static double streamed(double bytes) {
    return bytes > 64e6 ? bytes : 0;
  }

  private Case dot(int n) {
    MemorySegment x = floats(n);
    MemorySegment y = floats(n);
    FMatrixRMaj ex = ejmlFloats(x, 1, n);
    FMatrixRMaj ey = ejmlFloats(y, 1, n);
    return new Case("dot", "" + n, 0,
        () -> floatSink = VectorKernels.dot(x, 0, y, 0, n),
        blas.map(b -> () -> floatSink = b.dot(n, x, y)),
        () -> floatSink = ScalarKernels.dot(x, 0, y, 0, n),
        Optional.of(() -> floatSink = VectorVectorMult_FDRM.innerProd(ex, ey)),
        () -> blas.ifPresent(b ->
            requireNear(VectorKernels.dot(x, 0, y, 0, n), b.dot(n, x, y), 1e-3 * Math.sqrt(n))));
  }

  private Case gemv(int rows, int columns) {
    MemorySegment a = floats(rows * columns);
    MemorySegment x = floats(columns);
    MemorySegment y = floats(rows);
    MemorySegment other = floats(rows);
    FMatrixRMaj ea = ejmlFloats(a, rows, columns);
    FMatrixRMaj ex = ejmlFloats(x, columns, 1);
    FMatrixRMaj ey = new FMatrixRMaj(rows, 1);
    return new Case("gemv", size(rows, columns), streamed(4.0 * rows * columns),
        () -> VectorKernels.gemv(rows, columns, a, 0, 4L * columns, x, 0, y, 0),
        blas.map(b -> () -> b.gemv(rows, columns, a, x, other)),
        () -> ScalarKernels.gemv(rows, columns, a, 0, 4L * columns, x, 0, y, 0),
        Optional.of(() -> MatrixVectorMult_FDRM.mult(ea, ex, ey)),
        () -> requireNearFloats(y, other, 1e-3 * Math.sqrt(columns)));
  }

  private Case gemvTransposed(int rows, int columns) {
    MemorySegment a = floats(rows * columns);
    MemorySegment x = floats(rows);
    MemorySegment y = floats(columns);
    MemorySegment other = floats(columns);
    FMatrixRMaj ea = ejmlFloats(a, rows, columns);
    FMatrixRMaj ex = ejmlFloats(x, rows, 1);
    FMatrixRMaj ey = new FMatrixRMaj(columns, 1);
    return new Case("gemvTransposed", size(rows, columns), streamed(4.0 * rows * columns),
        () -> VectorKernels.gemvTransposed(rows, columns, a, 0, 4L * columns, x, 0, y, 0),
        blas.map(b -> () -> b.gemvTransposed(rows, columns, a, x, other)),
        () -> ScalarKernels.gemvTransposed(rows, columns, a, 0, 4L * columns, x, 0, y, 0),
        Optional.of(() -> MatrixVectorMult_FDRM.multTransA_reorder(ea, ex, ey)),
        () -> requireNearFloats(y, other, 1e-3 * Math.sqrt(rows)));
  }

  private Case rankOne(int rows, int columns) {
    MemorySegment a = floats(rows * columns);
    MemorySegment x = scaled(floats(rows), 1e-4f); // thousands of runs must not overflow
    MemorySegment y = floats(columns);
    FMatrixRMaj ea = ejmlFloats(a, rows, columns);
    FMatrixRMaj ex = ejmlFloats(x, rows, 1);
    FMatrixRMaj ey = ejmlFloats(y, columns, 1);
    return new Case("rankOne", size(rows, columns), streamed(8.0 * rows * columns),
        () -> VectorKernels.rankOne(rows, columns, x, 0, y, 0, a, 0, 4L * columns),
        blas.map(b -> () -> b.rankOne(rows, columns, x, y, a)),
        () -> ScalarKernels.rankOne(rows, columns, x, 0, y, 0, a, 0, 4L * columns),
        Optional.of(() -> VectorVectorMult_FDRM.addOuterProd(1f, ex, ey, ea)), () -> { });
  }

  private Case gemvDouble(int rows, int columns) {
    MemorySegment a = doubles(rows * columns);
    MemorySegment x = doubles(columns);
    MemorySegment y = doubles(rows);
    MemorySegment other = doubles(rows);
    DMatrixRMaj ea = ejmlDoubles(a, rows, columns);
    DMatrixRMaj ex = ejmlDoubles(x, columns, 1);
    DMatrixRMaj ey = new DMatrixRMaj(rows, 1);
    return new Case("gemvDouble", size(rows, columns), 0,
        () -> VectorKernels.gemvDouble(rows, columns, a, 0, 8L * columns, x, 0, y, 0),
        blas.map(b -> () -> b.gemvDouble(rows, columns, a, x, other)),
        () -> ScalarKernels.gemvDouble(rows, columns, a, 0, 8L * columns, x, 0, y, 0),
        Optional.of(() -> MatrixVectorMult_DDRM.mult(ea, ex, ey)),
        () -> requireNearDoubles(y, other, 1e-9));
  }

  private Case symmetricRankK(int n, int rows) {
    MemorySegment x = doubles(rows * n);
    MemorySegment a = doubles(n * n);
    MemorySegment other = arena.allocate(a.byteSize(), 64);
    DMatrixRMaj ex = ejmlDoubles(x, rows, n);
    DMatrixRMaj ea = new DMatrixRMaj(n, n);
    return new Case("symmetricRankK", n + ", k = " + rows, 0,
        () -> matrix.symmetricRankK(n, rows, x, 0, 8L * n, a, 0, 8L * n),
        blas.map(b -> () -> b.symmetricRankK(n, rows, x, other)),
        () -> ScalarKernels.symmetricRankK(n, rows, x, 0, 8L * n, a, 0, 8L * n),
        Optional.of(() -> CommonOps_DDRM.multInner(ex, ea)), () -> { });
  }

  private Case cholesky(int n) {
    MemorySegment gram = positive(n);
    MemorySegment a = arena.allocate(gram.byteSize(), 64);
    MemorySegment other = arena.allocate(gram.byteSize(), 64);
    DMatrixRMaj eg = ejmlDoubles(gram, n, n);
    DMatrixRMaj ea = new DMatrixRMaj(n, n);
    var decomposition = org.ejml.dense.row.factory.DecompositionFactory_DDRM.chol(n, true);
    return new Case("cholesky", "" + n, 0,
        () -> {
          MemorySegment.copy(gram, 0, a, 0, gram.byteSize());
          matrix.cholesky(n, a, 0, 8L * n);
        },
        blas.map(b -> () -> {
          MemorySegment.copy(gram, 0, other, 0, gram.byteSize());
          b.cholesky(n, other);
        }),
        () -> {
          MemorySegment.copy(gram, 0, a, 0, gram.byteSize());
          ScalarKernels.cholesky(n, a, 0, 8L * n);
        },
        Optional.of(() -> {
          ea.setTo(eg);
          decomposition.decompose(ea);
        }),
        () -> {
          for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
              long at = 8L * (i * n + j);
              requireNear(a.get(JAVA_DOUBLE, at), other.get(JAVA_DOUBLE, at), 1e-9);
            }
          }
        });
  }

  private Case solve(int n) {
    MemorySegment l = positive(n);
    matrix.cholesky(n, l, 0, 8L * n);
    MemorySegment b = doubles(n);
    MemorySegment x = arena.allocate(b.byteSize(), 64);
    MemorySegment other = arena.allocate(b.byteSize(), 64);
    DMatrixRMaj el = ejmlDoubles(l, n, n);
    double[] ex = new double[n];
    return new Case("solveLower", "" + n, 0,
        () -> {
          MemorySegment.copy(b, 0, x, 0, b.byteSize());
          VectorKernels.solveLowerVector(n, l, 0, 8L * n, x, 0);
        },
        blas.map(peer -> () -> {
          MemorySegment.copy(b, 0, other, 0, b.byteSize());
          peer.solveLower(n, l, other);
        }),
        () -> {
          MemorySegment.copy(b, 0, x, 0, b.byteSize());
          ScalarKernels.solveLowerVector(n, l, 0, 8L * n, x, 0);
        },
        Optional.of(() -> {
          MemorySegment.copy(b, JAVA_DOUBLE, 0, ex, 0, n);
          org.ejml.dense.row.decomposition.TriangularSolver_DDRM.solveL(el.data, ex, n);
        }),
        () -> requireNearDoubles(x, other, 1e-9));
  }

  private Case solveMany(int n, int columns) {
    MemorySegment l = positive(n);
    matrix.cholesky(n, l, 0, 8L * n);
    MemorySegment b = doubles(n * columns);
    MemorySegment x = arena.allocate(b.byteSize(), 64);
    MemorySegment other = arena.allocate(b.byteSize(), 64);
    return new Case("solveLowerMany", size(n, columns), 0,
        () -> {
          MemorySegment.copy(b, 0, x, 0, b.byteSize());
          matrix.solveLower(n, columns, l, 0, 8L * n, x, 0, 8L * columns);
        },
        blas.map(peer -> () -> {
          MemorySegment.copy(b, 0, other, 0, b.byteSize());
          peer.solveLower(n, columns, l, other);
        }),
        () -> {
          MemorySegment.copy(b, 0, x, 0, b.byteSize());
          ScalarKernels.solveLower(n, columns, l, 0, 8L * n, x, 0, 8L * columns);
        },
        Optional.empty(), () -> requireNearDoubles(x, other, 1e-9));
  }

  private Case multiply(int rows, int inner, int columns) {
    MemorySegment a = doubles(rows * inner);
    MemorySegment b = doubles(inner * columns);
    MemorySegment c = doubles(rows * columns);
    MemorySegment other = doubles(rows * columns);
    DMatrixRMaj ea = ejmlDoubles(a, rows, inner);
    DMatrixRMaj eb = ejmlDoubles(b, inner, columns);
    DMatrixRMaj ec = new DMatrixRMaj(rows, columns);
    return new Case("multiply", rows + " x " + inner + " x " + columns, 0,
        () -> matrix.multiply(rows, inner, columns, a, 0, 8L * inner, b, 0, 8L * columns,
            c, 0, 8L * columns),
        blas.map(peer -> () -> peer.multiply(rows, inner, columns, a, b, other)),
        () -> ScalarKernels.multiply(rows, inner, columns, a, 0, 8L * inner, b, 0, 8L * columns,
            c, 0, 8L * columns),
        Optional.of(() -> CommonOps_DDRM.mult(ea, eb, ec)),
        () -> requireNearDoubles(c, other, 1e-9));
  }

  /** STREAM's triad, a = b + s c, on arrays that no cache holds; returns bytes a second. */
  double triadBytesPerSecond(Stopwatch stopwatch) {
    int n = 16 << 20;
    MemorySegment a = arena.allocate(8L * n, 64);
    MemorySegment b = doubles(1 << 20);
    MemorySegment large = arena.allocate(8L * n, 64);
    MemorySegment third = arena.allocate(8L * n, 64);
    for (int i = 0; i < 16; i++) {
      MemorySegment.copy(b, 0, large, i * b.byteSize(), b.byteSize());
      MemorySegment.copy(b, 0, third, i * b.byteSize(), b.byteSize());
    }
    double nanos = stopwatch.medians(List.of(() -> Triad.run(a, large, third, 3.0, n)))[0];
    return 24.0 * n / nanos * 1e9;
  }

  private MemorySegment positive(int n) {
    MemorySegment x = doubles(n * n);
    MemorySegment gram = arena.allocate(8L * n * n, 64);
    for (int i = 0; i < n; i++) {
      gram.set(JAVA_DOUBLE, 8L * (i * n + i), 1.0);
    }
    matrix.symmetricRankK(n, n, x, 0, 8L * n, gram, 0, 8L * n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        gram.set(JAVA_DOUBLE, 8L * (j * n + i), gram.get(JAVA_DOUBLE, 8L * (i * n + j)));
      }
    }
    return gram;
  }

  private MemorySegment floats(int n) {
    MemorySegment x = arena.allocate(4L * n, 64);
    for (int i = 0; i < n; i++) {
      x.set(JAVA_FLOAT, 4L * i, (float) random.nextDouble(-1, 1));
    }
    return x;
  }

  private static MemorySegment scaled(MemorySegment x, float by) {
    for (long at = 0; at < x.byteSize(); at += 4) {
      x.set(JAVA_FLOAT, at, by * x.get(JAVA_FLOAT, at));
    }
    return x;
  }

  private MemorySegment doubles(int n) {
    MemorySegment x = arena.allocate(8L * n, 64);
    for (int i = 0; i < n; i++) {
      x.set(JAVA_DOUBLE, 8L * i, random.nextDouble(-1, 1));
    }
    return x;
  }

  private static FMatrixRMaj ejmlFloats(MemorySegment x, int rows, int columns) {
    return new FMatrixRMaj(rows, columns, true, x.toArray(JAVA_FLOAT));
  }

  private static DMatrixRMaj ejmlDoubles(MemorySegment x, int rows, int columns) {
    return new DMatrixRMaj(rows, columns, true, x.toArray(JAVA_DOUBLE));
  }

  private static void requireNearFloats(MemorySegment a, MemorySegment b, double bound) {
    for (long at = 0; at < a.byteSize(); at += 4) {
      requireNear(a.get(JAVA_FLOAT, at), b.get(JAVA_FLOAT, at), bound);
    }
  }

  private static void requireNearDoubles(MemorySegment a, MemorySegment b, double bound) {
    for (long at = 0; at < a.byteSize(); at += 8) {
      requireNear(a.get(JAVA_DOUBLE, at), b.get(JAVA_DOUBLE, at), bound);
    }
  }

  private static void requireNear(double a, double b, double bound) {
    if (!(Math.abs(a - b) <= bound)) {
      throw new AssertionError("results must agree within " + bound + ": " + a + " and " + b);
    }
  }
}
