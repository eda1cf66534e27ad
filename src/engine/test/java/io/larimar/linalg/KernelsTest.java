package io.larimar.linalg;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
  private final MatrixKernels kernels = MatrixKernels.open(1);

  @AfterEach
  void closeKernels() {
    kernels.close();
  }

  static IntStream sizes() {
    return IntStream.of(KernelRun.SIZES);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void everyKernelGivesTheBitsOfItsScalarTwin(int n) {
    for (int shift = 0; shift <= 1; shift++) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment simd = KernelRun.all(arena, n, shift, true);
        MemorySegment twin = KernelRun.all(arena, n, shift, false);
        assertEquals(-1, simd.mismatch(twin), "n=" + n + " shift=" + shift
            + " (seed is 31 n + shift): first byte that differs");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32})
  void bitsAreTheSameOnNarrowerVectors(int vectorBytes) throws Exception {
    String[] answer = elsewhere("-XX:MaxVectorSize=" + vectorBytes);
    assertTrue(Integer.parseInt(answer[0]) <= vectorBytes * 8, "vector bits " + answer[0]);
    assertEquals(KernelRun.digest(), answer[1]);
  }

  @Test
  void bitsAreTheSameWithoutVectors() throws Exception {
    assertEquals(
        KernelRun.digest(), elsewhere("-Dlarimar.scalar=true", "-XX:TieredStopAtLevel=1")[1]);
  }

  /** The bits of a vector and the digest of all kernels in a JVM of these flags. */
  private static String[] elsewhere(String... flags) throws Exception {
    List<String> words = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector"));
    words.addAll(List.of(flags));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), KernelRun.class.getName()));
    Process other =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String[] answer = new String(other.getInputStream().readAllBytes()).trim().split(" ");
    assertEquals(0, other.waitFor());
    return answer;
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void dotKeepsItsErrorBound(int n) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(n);
      MemorySegment a = KernelRun.floats(arena, random, n);
      MemorySegment b = KernelRun.floats(arena, random, n);
      double exact = 0;
      double magnitude = 0;
      for (int i = 0; i < n; i++) {
        double product = (double) a.get(JAVA_FLOAT, 4L * i) * b.get(JAVA_FLOAT, 4L * i);
        exact += product;
        magnitude += Math.abs(product);
      }
      double bound = (n / 32 + 6 + n % 32) * 0x1p-24 * magnitude;
      assertEquals(exact, VectorKernels.dot(a, 0, b, 0, n), bound, "seed=" + n);
      assertEquals(exact, VectorKernels.dotWide(a, 0, b, 0, n), n * 0x1p-53 * magnitude);
    }
  }

  @Test
  void everyFiniteHalfDecodesExactly() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2L << 16, 64);
      for (int bits = 0; bits < 1 << 16; bits++) {
        halves.set(JAVA_SHORT, 2L * bits, (short) bits);
      }
      MemorySegment floats = arena.allocate(4L << 16, 64);
      VectorKernels.decodeHalves(halves, 0, floats, 0, 1 << 16);
      for (int bits = 0; bits < 1 << 16; bits++) {
        float expected = Float.float16ToFloat((short) bits);
        if (Float.isFinite(expected)) {
          assertEquals(Float.floatToRawIntBits(expected),
              Float.floatToRawIntBits(floats.get(JAVA_FLOAT, 4L * bits)), "half " + bits);
        }
      }
    }
  }

  @Test
  void storedFormsKeepTheirErrorBounds() {
    try (Arena arena = Arena.ofConfined()) {
      int n = 200;
      MemorySegment x = KernelRun.floats(arena, new SplittableRandom(2), n);
      MemorySegment stored = arena.allocate(4L * 68, 64);
      MemorySegment back = arena.allocate(4L * 256, 64);
      ScalarKernels.encodeBytes(x, 0, stored, 0, n);
      VectorKernels.decodeBytes(stored, 0, back, 0, 4);
      for (int i = 0; i < n; i++) {
        assertEquals(x.get(JAVA_FLOAT, 4L * i), back.get(JAVA_FLOAT, 4L * i), 1.001 / 254);
      }
      ScalarKernels.encodeNibbles(x, 0, stored, 0, n);
      VectorKernels.decodeNibbles(stored, 0, back, 0, 4);
      for (int i = 0; i < n; i++) {
        assertEquals(x.get(JAVA_FLOAT, 4L * i), back.get(JAVA_FLOAT, 4L * i), 1.001 / 14);
      }
      for (int i = n; i < 256; i++) {
        assertEquals(0f, back.get(JAVA_FLOAT, 4L * i));
      }
    }
  }

  @Test
  void choleskySolveSolves() {
    int n = 61;
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(5);
      MemorySegment x = KernelRun.doubles(arena, random, n * n);
      MemorySegment gram = arena.allocate(8L * n * n, 64);
      for (int i = 0; i < n; i++) {
        gram.set(JAVA_DOUBLE, 8L * (i * n + i), 1.0);
      }
      kernels.symmetricRankK(n, n, x, 0, 8L * n, gram, 0, 8L * n);
      MemorySegment lower = arena.allocate(8L * n * n, 64).copyFrom(gram);
      assertEquals(n, kernels.cholesky(n, lower, 0, 8L * n));
      MemorySegment b = KernelRun.doubles(arena, random, n);
      MemorySegment solution = arena.allocate(8L * n, 64).copyFrom(b);
      VectorKernels.solveLowerVector(n, lower, 0, 8L * n, solution, 0);
      VectorKernels.solveLowerTransposedVector(n, lower, 0, 8L * n, solution, 0);
      for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
          int row = Math.max(i, j);
          int column = Math.min(i, j);
          sum += gram.get(JAVA_DOUBLE, 8L * (row * n + column))
              * solution.get(JAVA_DOUBLE, 8L * j);
        }
        assertEquals(b.get(JAVA_DOUBLE, 8L * i), sum, 1e-9, "row " + i + ", seed=5");
      }
    }
  }

  @Test
  void choleskyNamesTheFirstRowWithoutAPositivePivot() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment matrix = arena.allocate(8L * 9, 64);
      matrix.set(JAVA_DOUBLE, 0, 4.0);
      matrix.set(JAVA_DOUBLE, 8L * 4, -1.0);
      matrix.set(JAVA_DOUBLE, 8L * 8, 1.0);
      MemorySegment copy = arena.allocate(8L * 9, 64).copyFrom(matrix);
      assertEquals(1, kernels.cholesky(3, matrix, 0, 24));
      assertEquals(1, ScalarKernels.cholesky(3, copy, 0, 24));
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void argmaxTakesTheFirstOfEqualsAndIsNotMisledByNotANumber(int n) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = KernelRun.floats(arena, new SplittableRandom(n), n);
      for (int i : new int[] {n - 1, n / 2, 0}) {
        x.set(JAVA_FLOAT, 4L * i, 2f);
        assertEquals(i, VectorKernels.argmax(x, 0, n), "seed=" + n);
      }
      x.set(JAVA_FLOAT, 4L * (n - 1), 3f);
      x.set(JAVA_FLOAT, 4L * (n / 3), Float.NaN);
      assertEquals(ScalarKernels.argmax(x, 0, n), VectorKernels.argmax(x, 0, n), "seed=" + n);
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void firstNotFiniteFindsEachKind(int n) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = KernelRun.floats(arena, new SplittableRandom(n), n);
      assertEquals(n, VectorKernels.firstNotFinite(x, 0, n));
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1f / 0f}) {
        for (int i : new int[] {0, n / 2, n - 1}) {
          float kept = x.get(JAVA_FLOAT, 4L * i);
          x.set(JAVA_FLOAT, 4L * i, bad);
          assertEquals(i, VectorKernels.firstNotFinite(x, 0, n));
          x.set(JAVA_FLOAT, 4L * i, kept);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void matrixKernelsGiveTheBitsOfTheirTwinsOnAnyNumberOfThreads(int threads) {
    int n = 410; // enough work for more than one thread, and no multiple of a tile
    try (Arena arena = Arena.ofShared(); MatrixKernels parallel = MatrixKernels.open(threads)) {
      MemorySegment x = KernelRun.doubles(arena, new SplittableRandom(6), n * n);
      long stride = 8L * n;
      MemorySegment[] results = new MemorySegment[2];
      for (int twin = 0; twin <= 1; twin++) {
        MemorySegment a = arena.allocate(4 * stride * n, 64);
        for (int i = 0; i < n; i++) {
          a.set(JAVA_DOUBLE, stride * i + 8L * i, 1.0);
        }
        long b = stride * n;
        long c = 2 * b;
        long d = 3 * b;
        MemorySegment.copy(x, 0, a, b, b);
        MemorySegment.copy(x, 0, a, c, b);
        if (twin == 0) {
          parallel.symmetricRankK(n, n, x, 0, stride, a, 0, stride);
          assertEquals(n, parallel.cholesky(n, a, 0, stride));
          parallel.solveLower(n, n, a, 0, stride, a, b, stride);
          parallel.solveLowerTransposed(n, n, a, 0, stride, a, c, stride);
          parallel.multiply(n, n, n, x, 0, stride, x, 0, stride, a, d, stride);
        } else {
          ScalarKernels.symmetricRankK(n, n, x, 0, stride, a, 0, stride);
          assertEquals(n, ScalarKernels.cholesky(n, a, 0, stride));
          ScalarKernels.solveLower(n, n, a, 0, stride, a, b, stride);
          ScalarKernels.solveLowerTransposed(n, n, a, 0, stride, a, c, stride);
          ScalarKernels.multiply(n, n, n, x, 0, stride, x, 0, stride, a, d, stride);
        }
        results[twin] = a;
      }
      assertEquals(-1, results[0].mismatch(results[1]), "seed=6");
    }
  }

  @Test
  void matrixKernelsRefuseABadNumberOfThreadsAndUseAfterClose() {
    assertThrows(IllegalArgumentException.class, () -> MatrixKernels.open(0));
    assertThrows(IllegalArgumentException.class, () -> MatrixKernels.open(65));
    kernels.close();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocate(8, 8);
      assertThrows(IllegalStateException.class, () -> kernels.cholesky(1, one, 0, 8));
    }
  }
}
