package io.larimar.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * OpenBLAS through FFM on one thread, as the peer of the kernels; by rows where it can. The system's
 * library, or the file that {@value #VARIABLE} names, such as the one in PyPI's
 * {@code scipy-openblas32}, whose names begin with {@code scipy_}.
 */
final class OpenBlas {
  static final String VARIABLE = "LARIMAR_OPENBLAS";
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;
  private static final int LOWER = 122;
  private static final int NON_UNIT = 131;
  private static final int LEFT = 141;
  private static final MemoryLayout INT = JAVA_INT;
  private static final MemoryLayout FLOAT = JAVA_FLOAT;
  private static final MemoryLayout DOUBLE = JAVA_DOUBLE;

  private final SymbolLookup library;
  private final MethodHandle sdot;
  private final MethodHandle sgemv;
  private final MethodHandle dgemv;
  private final MethodHandle sger;
  private final MethodHandle dsyrk;
  private final MethodHandle dtrsv;
  private final MethodHandle dtrsm;
  private final MethodHandle dgemm;
  private final MethodHandle dpotrf;
  private final MemorySegment ints;
  private final MemorySegment uplo;

  private OpenBlas(SymbolLookup library, Arena arena) {
    this.library = library;
    sdot = leaf("cblas_sdot",
        FunctionDescriptor.of(JAVA_FLOAT, INT, ADDRESS, INT, ADDRESS, INT));
    sgemv = leaf("cblas_sgemv", FunctionDescriptor.ofVoid(INT, INT, INT, INT, FLOAT, ADDRESS, INT,
        ADDRESS, INT, FLOAT, ADDRESS, INT));
    dgemv = leaf("cblas_dgemv", FunctionDescriptor.ofVoid(INT, INT, INT, INT, DOUBLE, ADDRESS,
        INT, ADDRESS, INT, DOUBLE, ADDRESS, INT));
    sger = leaf("cblas_sger", FunctionDescriptor.ofVoid(INT, INT, INT, FLOAT, ADDRESS, INT,
        ADDRESS, INT, ADDRESS, INT));
    dsyrk = leaf("cblas_dsyrk", FunctionDescriptor.ofVoid(INT, INT, INT, INT, INT, DOUBLE,
        ADDRESS, INT, DOUBLE, ADDRESS, INT));
    dtrsv = leaf("cblas_dtrsv", FunctionDescriptor.ofVoid(INT, INT, INT, INT, INT, ADDRESS, INT,
        ADDRESS, INT));
    dtrsm = leaf("cblas_dtrsm", FunctionDescriptor.ofVoid(INT, INT, INT, INT, INT, INT, INT,
        DOUBLE, ADDRESS, INT, ADDRESS, INT));
    dgemm = leaf("cblas_dgemm", FunctionDescriptor.ofVoid(INT, INT, INT, INT, INT, INT, DOUBLE,
        ADDRESS, INT, ADDRESS, INT, DOUBLE, ADDRESS, INT));
    dpotrf = leaf("dpotrf_",
        FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    ints = arena.allocate(12, 4);
    uplo = arena.allocateFrom("U"); // column-major upper is row-major lower
    call(() -> {
      leaf("openblas_set_num_threads", FunctionDescriptor.ofVoid(INT)).invokeExact(1);
    });
  }

  /** The library of this machine, empty where none is installed. */
  static Optional<OpenBlas> find(Arena arena) {
    return find(Optional.ofNullable(System.getenv(VARIABLE)), arena);
  }

  /**
   * The library of a file, or of this machine.
   *
   * @throws IllegalArgumentException if the file is no library
   */
  static Optional<OpenBlas> find(Optional<String> file, Arena arena) {
    if (file.isPresent()) {
      return Optional.of(
          new OpenBlas(SymbolLookup.libraryLookup(Path.of(file.get()), arena), arena));
    }
    try {
      return Optional.of(
          new OpenBlas(SymbolLookup.libraryLookup("libopenblas.so.0", arena), arena));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Its release and how it was built, as it says. */
  String release() {
    try {
      MemorySegment text = (MemorySegment) leaf("openblas_get_config",
          FunctionDescriptor.of(ADDRESS.withTargetLayout(
              MemoryLayout.sequenceLayout(256, JAVA_BYTE)))).invokeExact();
      return text.getString(0).trim();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The kernel set that it picked for this processor. */
  String core() {
    try {
      MemorySegment name = (MemorySegment) leaf("openblas_get_corename",
          FunctionDescriptor.of(ADDRESS.withTargetLayout(
              MemoryLayout.sequenceLayout(64, JAVA_BYTE)))).invokeExact();
      return name.getString(0);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private MethodHandle leaf(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(
        library.find(name).orElseGet(() -> library.findOrThrow("scipy_" + name)), type,
        Linker.Option.critical(false));
  }

  private interface Call {
    void run() throws Throwable;
  }

  private static void call(Call call) {
    try {
      call.run();
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing", e);
    }
  }

  float dot(int n, MemorySegment x, MemorySegment y) {
    try {
      return (float) sdot.invokeExact(n, x, 1, y, 1);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  void gemv(int rows, int columns, MemorySegment a, MemorySegment x, MemorySegment y) {
    call(() -> {
      sgemv.invokeExact(
          ROW_MAJOR, NO_TRANSPOSE, rows, columns, 1f, a, columns, x, 1, 0f, y, 1);
    });
  }

  void gemvTransposed(int rows, int columns, MemorySegment a, MemorySegment x, MemorySegment y) {
    call(() -> {
      sgemv.invokeExact(
          ROW_MAJOR, TRANSPOSE, rows, columns, 1f, a, columns, x, 1, 0f, y, 1);
    });
  }

  void gemvDouble(int rows, int columns, MemorySegment a, MemorySegment x, MemorySegment y) {
    call(() -> {
      dgemv.invokeExact(
          ROW_MAJOR, NO_TRANSPOSE, rows, columns, 1.0, a, columns, x, 1, 0.0, y, 1);
    });
  }

  void rankOne(int rows, int columns, MemorySegment x, MemorySegment y, MemorySegment a) {
    call(() -> {
      sger.invokeExact(ROW_MAJOR, rows, columns, 1f, x, 1, y, 1, a, columns);
    });
  }

  void symmetricRankK(int n, int rows, MemorySegment x, MemorySegment a) {
    call(() -> {
      dsyrk.invokeExact(
          ROW_MAJOR, LOWER, TRANSPOSE, n, rows, 1.0, x, n, 1.0, a, n);
    });
  }

  void solveLower(int n, MemorySegment l, MemorySegment x) {
    call(() -> {
      dtrsv.invokeExact(ROW_MAJOR, LOWER, NO_TRANSPOSE, NON_UNIT, n, l, n, x, 1);
    });
  }

  void solveLower(int n, int columns, MemorySegment l, MemorySegment b) {
    call(() -> {
      dtrsm.invokeExact(ROW_MAJOR, LEFT, LOWER, NO_TRANSPOSE, NON_UNIT, n, columns, 1.0,
          l, n, b, columns);
    });
  }

  void multiply(
      int rows, int inner, int columns, MemorySegment a, MemorySegment b, MemorySegment c) {
    call(() -> {
      dgemm.invokeExact(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, rows, columns, inner, 1.0,
          a, inner, b, columns, 0.0, c, columns);
    });
  }

  void cholesky(int n, MemorySegment a) {
    ints.set(JAVA_INT, 0, n);
    ints.set(JAVA_INT, 4, n);
    call(() -> {
      dpotrf.invokeExact(uplo, ints, a, ints.asSlice(4, 4), ints.asSlice(8, 4));
    });
  }
}
