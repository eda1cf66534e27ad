package io.larimar.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;
import java.util.Optional;

/**
 * The processors that a thread may run on, as {@code sched_getaffinity(2)} of Linux tells them.
 *
 * <p>ggml pins the thread that decodes together with those it starts and never lets it go; whatever
 * that thread starts later inherits the pin. So who pins looks here before and restores after.
 */
record Affinity(BitSet processors) {
  private static final int BYTES = 1024; // of a mask: 8,192 processors, as many as Linux can have
  private static final FunctionDescriptor CALL = FunctionDescriptor.of(ValueLayout.JAVA_INT,
      ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

  /** That of the calling thread; empty on a system without such a call. */
  static Optional<Affinity> ofThisThread() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(BYTES);
      return call("sched_getaffinity", mask) < 0 ? Optional.empty()
          : Optional.of(new Affinity(BitSet.valueOf(mask.toArray(ValueLayout.JAVA_BYTE))));
    }
  }

  /** Gives it back to the calling thread. */
  void restore() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(BYTES);
      mask.copyFrom(MemorySegment.ofArray(processors.toByteArray()));
      int status = call("sched_setaffinity", mask);
      if (status < 0) {
        throw new LlamaException("sched_setaffinity", status,
            "the thread keeps to the processor that it was pinned to");
      }
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
