package io.larimar.linalg;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** Runs every kernel on seeded data and digests the results; the main prints the digest. */
final class KernelRun {
  static final int[] SIZES = {1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 207, 768};

  private static final MatrixKernels matrix = MatrixKernels.open(2);

  private KernelRun() {}

  public static void main(String[] args) throws Exception {
    System.out.println(VectorKernels.vectorBits() + " " + digest());
  }

  static String digest() throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    try (Arena arena = Arena.ofConfined()) {
      for (int n : SIZES) {
        for (int shift = 0; shift <= 1; shift++) {
          sha.update(all(arena, n, shift, true).asByteBuffer());
        }
      }
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  /** The results of all kernels one after another; {@code shift} moves operands off alignment. */
  static MemorySegment all(Arena arena, int n, int shift, boolean simd) {
    int rows = Math.min(n, 37) + 2;
    SplittableRandom random = new SplittableRandom(n * 31L + shift);
    long fo = 4L * shift;
    long dof = 8L * shift;
    long fs = 4L * (n + 3);
    long ds = 8L * (n + 3);
    MemorySegment a = floats(arena, random, rows * (n + 3) + 1);
    MemorySegment x = floats(arena, random, Math.max(n, rows) + 1);
    MemorySegment da = doubles(arena, random, rows * (n + 3) + 1);
    MemorySegment dx = doubles(arena, random, Math.max(n, rows) + 1);
    MemorySegment wide = arena.allocate(8L * (4 * n + 5 * rows) + 64, 64);
    long at = 0;
    wide.set(JAVA_FLOAT, at, simd ? VectorKernels.dot(a, fo, x, fo, n)
        : ScalarKernels.dot(a, fo, x, fo, n));
    wide.set(JAVA_DOUBLE, at + 8, simd ? VectorKernels.dotDouble(da, dof, dx, dof, n)
        : ScalarKernels.dotDouble(da, dof, dx, dof, n));
    wide.set(JAVA_DOUBLE, at + 16, simd ? VectorKernels.dotWide(a, fo, x, fo, n)
        : ScalarKernels.dotWide(a, fo, x, fo, n));
    at += 24;
    if (simd) {
      VectorKernels.gemv(rows, n, a, fo, fs, x, fo, wide, at);
      VectorKernels.gemvDouble(rows, n, da, dof, ds, dx, dof, wide, at + 8L * rows);
      VectorKernels.gemvTransposed(rows, n, a, fo, fs, x, fo, wide, at + 16L * rows);
      VectorKernels.gemvTransposedDouble(
          rows, n, da, dof, ds, dx, dof, wide, at + 16L * rows + 8L * n);
      VectorKernels.rankOne(rows, n, x, fo, a, fo, a, fo, fs);
      VectorKernels.rankOneDouble(rows, n, 0.37, dx, dof, da, dof, da, dof, ds);
    } else {
      ScalarKernels.gemv(rows, n, a, fo, fs, x, fo, wide, at);
      ScalarKernels.gemvDouble(rows, n, da, dof, ds, dx, dof, wide, at + 8L * rows);
      ScalarKernels.gemvTransposed(rows, n, a, fo, fs, x, fo, wide, at + 16L * rows);
      ScalarKernels.gemvTransposedDouble(
          rows, n, da, dof, ds, dx, dof, wide, at + 16L * rows + 8L * n);
      ScalarKernels.rankOne(rows, n, x, fo, a, fo, a, fo, fs);
      ScalarKernels.rankOneDouble(rows, n, 0.37, dx, dof, da, dof, da, dof, ds);
    }
    MemorySegment product = arena.allocate(8L * rows * n, 64);
    int inner = Math.min(rows, n);
    if (simd) {
      matrix.multiply(
          rows, inner, n, da, dof, ds, da, dof, ds, product, 0, 8L * n);
    } else {
      ScalarKernels.multiply(
          rows, inner, n, da, dof, ds, da, dof, ds, product, 0, 8L * n);
    }
    MemorySegment factor = factored(arena, Math.min(n, 207), rows, da, dof, ds, simd);
    return joined(arena, wide, a, da, product, factor, stored(arena, random, n, x, fo, simd));
  }

  /** Stored forms and sketches: decoded rows, a transform, counts. */
  private static MemorySegment stored(Arena arena, SplittableRandom random, int n,
      MemorySegment x, long offset, boolean simd) {
    int groups = (n + 63) / 64;
    MemorySegment halves = arena.allocate(2L * n + 2, 64);
    MemorySegment bytes = arena.allocate(68L * groups, 64);
    MemorySegment nibbles = arena.allocate(36L * groups, 64);
    ScalarKernels.encodeHalves(x, offset, halves, 2, n);
    ScalarKernels.encodeBytes(x, offset, bytes, 0, n);
    ScalarKernels.encodeNibbles(x, offset, nibbles, 0, n);
    MemorySegment out = arena.allocate(4L * (n + 128 * groups + 1), 64);
    int order = Integer.highestOneBit(n);
    MemorySegment turned = arena.allocate(4L * order + 4, 64);
    MemorySegment.copy(x, offset, turned, 4, 4L * order);
    MemorySegment sketches = doubles(arena, random, 64 * 8 + 1);
    MemorySegment query = doubles(arena, random, 64 * 8 + 1);
    MemorySegment counts = arena.allocate(8L * (7 * 8 + 2), 64);
    MemorySegment pushed = arena.allocate(4L * n, 64);
    long bytesAt = 4L * n;
    long nibblesAt = bytesAt + 4L * 64 * groups;
    if (simd) {
      VectorKernels.decodeHalves(halves, 2, out, 0, n);
      VectorKernels.decodeBytes(bytes, 0, out, bytesAt, groups);
      VectorKernels.decodeNibbles(nibbles, 0, out, nibblesAt, groups);
      VectorKernels.hadamard(turned, 4, order);
      VectorKernels.countDiffering(sketches, 8, query, 8, counts, 8);
      counts.set(JAVA_DOUBLE, 0, VectorKernels.argmax(x, offset, n));
      VectorKernels.contrast(x, out, pushed, n, 0.3f, -0.2f);
    } else {
      ScalarKernels.decodeHalves(halves, 2, out, 0, n);
      ScalarKernels.decodeBytes(bytes, 0, out, bytesAt, groups);
      ScalarKernels.decodeNibbles(nibbles, 0, out, nibblesAt, groups);
      ScalarKernels.hadamard(turned, 4, order);
      ScalarKernels.countDiffering(sketches, 8, query, 8, counts, 8);
      counts.set(JAVA_DOUBLE, 0, ScalarKernels.argmax(x, offset, n));
      ScalarKernels.contrast(x, out, pushed, n, 0.3f, -0.2f);
    }
    return joined(arena, bytes, nibbles, out, turned, counts, pushed);
  }

  /** Gram matrix, its factor and both solves, for n columns of {@code rows} rows. */
  private static MemorySegment factored(Arena arena, int n, int rows, MemorySegment x, long offset,
      long stride, boolean simd) {
    int columns = 5;
    MemorySegment gram = arena.allocate(8L * n * n, 64);
    MemorySegment lower = arena.allocate(8L * n * n, 64);
    for (int i = 0; i < n; i++) {
      gram.set(JAVA_DOUBLE, 8L * (i * n + i), 0.5 + i % 3);
    }
    MemorySegment b = arena.allocate(8L * n * columns, 64);
    MemorySegment.copy(x, 0, b, 0, Math.min(x.byteSize(), b.byteSize()));
    MemorySegment single = arena.allocate(8L * n, 64);
    MemorySegment.copy(b, 0, single, 0, single.byteSize());
    int done;
    if (simd) {
      matrix.symmetricRankK(n, rows, x, offset, stride, gram, 0, 8L * n);
    } else {
      ScalarKernels.symmetricRankK(n, rows, x, offset, stride, gram, 0, 8L * n);
    }
    MemorySegment.copy(gram, 0, lower, 0, gram.byteSize());
    if (simd) {
      done = matrix.cholesky(n, lower, 0, 8L * n);
      matrix.solveLower(n, columns, lower, 0, 8L * n, b, 0, 8L * columns);
      matrix.solveLowerTransposed(n, columns, lower, 0, 8L * n, b, 0, 8L * columns);
      VectorKernels.solveLowerVector(n, lower, 0, 8L * n, single, 0);
      VectorKernels.solveLowerTransposedVector(n, lower, 0, 8L * n, single, 0);
    } else {
      done = ScalarKernels.cholesky(n, lower, 0, 8L * n);
      ScalarKernels.solveLower(n, columns, lower, 0, 8L * n, b, 0, 8L * columns);
      ScalarKernels.solveLowerTransposed(n, columns, lower, 0, 8L * n, b, 0, 8L * columns);
      ScalarKernels.solveLowerVector(n, lower, 0, 8L * n, single, 0);
      ScalarKernels.solveLowerTransposedVector(n, lower, 0, 8L * n, single, 0);
    }
    if (done != n) {
      throw new AssertionError("positive definite matrix was refused at row " + done);
    }
    for (int i = 0; i < n; i++) { // the upper triangle is scratch
      for (int j = i + 1; j < n; j++) {
        lower.set(JAVA_DOUBLE, 8L * (i * n + j), 0.0);
      }
    }
    return joined(arena, gram, lower, b, single);
  }

  private static MemorySegment joined(Arena arena, MemorySegment... parts) {
    long bytes = 0;
    for (MemorySegment part : parts) {
      bytes += part.byteSize();
    }
    MemorySegment all = arena.allocate(bytes, 8);
    long at = 0;
    for (MemorySegment part : parts) {
      MemorySegment.copy(part, 0, all, at, part.byteSize());
      at += part.byteSize();
    }
    return all;
  }

  static MemorySegment floats(Arena arena, SplittableRandom random, int n) {
    MemorySegment x = arena.allocate(4L * n, 64);
    for (int i = 0; i < n; i++) {
      x.set(JAVA_FLOAT, 4L * i, (float) random.nextDouble(-1, 1));
    }
    return x;
  }

  static MemorySegment doubles(Arena arena, SplittableRandom random, int n) {
    MemorySegment x = arena.allocate(8L * n, 64);
    for (int i = 0; i < n; i++) {
      x.set(JAVA_DOUBLE, 8L * i, random.nextDouble(-1, 1));
    }
    return x;
  }
}
