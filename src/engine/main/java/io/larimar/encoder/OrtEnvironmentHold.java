package io.larimar.encoder;

import ai.onnxruntime.OrtEnvironment;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * Keeps ONNX Runtime's environment alive until the process is gone.
 *
 * <p>Its Java API frees the environment in a shutdown hook of its own, which waits for no session:
 * one that is just loaded or runs then uses freed memory (SIGSEGV at a termination, about one in
 * five where the weights were still loading). The environment counts those who created it, so one
 * creation before that of the Java API, by the C API, makes that hook free nothing.
 */
final class OrtEnvironmentHold {
  private static final int API_VERSION = 18; // an older table is a beginning of a newer one
  private static final int CREATE_ENV = 3; // its place in struct OrtApi
  private static final int WARNING = 2; // ORT_LOGGING_LEVEL_WARNING, as the Java API has it
  private static final AddressLayout TABLE = ValueLayout.ADDRESS.withTargetLayout(
      MemoryLayout.sequenceLayout(CREATE_ENV + 1, ValueLayout.ADDRESS));

  private OrtEnvironmentHold() {}

  /** Loads the library and makes the environment that the Java API then finds. */
  static void hold() {
    initialise();
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment base = (MemorySegment) linker.downcallHandle(
          SymbolLookup.loaderLookup().findOrThrow("OrtGetApiBase"),
          FunctionDescriptor.of(TABLE)).invokeExact();
      MemorySegment api = (MemorySegment) linker.downcallHandle(
          base.get(ValueLayout.ADDRESS, 0),
          FunctionDescriptor.of(TABLE, ValueLayout.JAVA_INT)).invokeExact(API_VERSION);
      MemorySegment status = (MemorySegment) linker.downcallHandle(
          api.getAtIndex(ValueLayout.ADDRESS, CREATE_ENV),
          FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
              ValueLayout.ADDRESS))
          .invokeExact(WARNING, arena.allocateFrom("larimar"), arena.allocate(ValueLayout.ADDRESS));
      if (!status.equals(MemorySegment.NULL)) {
        throw new IllegalStateException("ONNX Runtime: CreateEnv failed; is another release than the"
            + " one of pom.xml on the class path?");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
  }

  /** Its initialiser loads the library, into the class loader of both. */
  private static void initialise() {
    try {
      Class.forName(OrtEnvironment.class.getName());
    } catch (ClassNotFoundException e) {
      throw new AssertionError("a class that is there", e);
    }
  }
}
