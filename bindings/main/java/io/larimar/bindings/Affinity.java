package io.larimar.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;

/**
 * The processors that a thread may run on, as {@code sched_getaffinity(2)} tells them. Systems
 * without that call have no say in it here: all processors count then, and nothing is restored.
 *
 * <p>ggml pins the thread that decodes together with those it starts and never lets it go; whatever
 * that thread starts later inherits the pin. So who pins looks here before and restores after.
 */
record Affinity(BitSet processors) {
  private static final int BYTES = 128; // glibc's cpu_set_t: 1,024 processors
  private static final FunctionDescriptor CALL = FunctionDescriptor.of(ValueLayout.JAVA_INT,
      ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

  /** That of the calling thread. */
  static Affinity ofThisThread() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(BYTES);
      if (call("sched_getaffinity", mask) >= 0) {
        return new Affinity(BitSet.valueOf(mask.toArray(ValueLayout.JAVA_BYTE)));
      }
      BitSet all = new BitSet();
      all.set(0, Runtime.getRuntime().availableProcessors());
      return new Affinity(all);
    }
  }

  /** Gives it back to the calling thread, where the system has such a call. */
  void restore() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(BYTES);
      mask.copyFrom(MemorySegment.ofArray(processors.toByteArray()));
      call("sched_setaffinity", mask);
    }
  }

  /** Calls for the calling thread (its id is 0 there); negative if it failed or is not there. */
  private static int call(String name, MemorySegment mask) {
    Linker linker = Linker.nativeLinker();
    MemorySegment address = linker.defaultLookup().find(name).orElse(MemorySegment.NULL);
    if (address.equals(MemorySegment.NULL)) {
      return -1;
    }
    MethodHandle handle = linker.downcallHandle(address, CALL);
    try {
      return (int) handle.invokeExact(0, (long) BYTES, mask);
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
  }
}
