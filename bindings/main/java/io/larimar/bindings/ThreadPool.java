package io.larimar.bindings;

import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.ggml_threadpool_params;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;
import java.util.Optional;

/**
 * Owner of a {@code ggml_threadpool}: the CPU threads of a context, kept from one graph to the
 * next. Without one ggml starts its threads anew for each graph, so for each token.
 */
final class ThreadPool implements AutoCloseable {
  private static final FunctionDescriptor NEW =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS);
  private static final FunctionDescriptor FREE = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);
  /**
   * How long a thread without work spins before it sleeps, in ggml's steps of 131,072 looks: some
   * 3.5 ms, longer than any pause between two tokens. ggml's own 50 keeps a processor from the rest
   * of the process for 0.2 s after each graph (docs/decisions/0019).
   */
  private static final int POLL = 1;

  private final MemorySegment handle;
  private final MethodHandle free;
  private final int threads;
  private final Optional<BitSet> pins; // the processors that threads are pinned to, if they are
  private final Optional<Affinity> before; // of the calling thread, where it is to be restored
  private boolean closed;

  private ThreadPool(MemorySegment handle, MethodHandle free, int threads,
      Optional<BitSet> pins, Optional<Affinity> before) {
    this.handle = handle;
    this.free = free;
    this.threads = threads;
    this.pins = pins;
    this.before = before;
  }

  /**
   * Starts threads; the one that decodes is counted among them.
   *
   * @param pinned whether each thread keeps to one processor, the first to the first that the
   *     calling thread may use; the calling thread is let go when the pool is closed
   */
  static ThreadPool open(int threads, boolean pinned) {
    if (!pinned) {
      return start(threads, Optional.empty(), Optional.empty());
    }
    Optional<Affinity> before = Affinity.ofThisThread();
    return start(threads, Optional.of(before.map(Affinity::processors).orElseGet(ThreadPool::all)),
        before);
  }

  private static BitSet all() {
    BitSet all = new BitSet();
    all.set(0, Runtime.getRuntime().availableProcessors());
    return all;
  }

  /** A pool of more threads, pinned as this one is; this one is ended by {@link #free} with the context. */
  ThreadPool grown(int threads) {
    return start(threads, pins, before);
  }

  private static ThreadPool start(
      int threads, Optional<BitSet> pins, Optional<Affinity> before) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = Llama.ggml_threadpool_params_default(arena, threads);
      ggml_threadpool_params.poll(params, POLL);
      pins.ifPresent(processors -> pin(params, threads, processors));
      MemorySegment handle =
          (MemorySegment) function("ggml_threadpool_new", NEW).invokeExact(params);
      if (handle.equals(MemorySegment.NULL)) {
        throw new LlamaException(
            "ggml_threadpool_new", 0, "cannot start " + threads + " threads; give fewer");
      }
      return new ThreadPool(handle, function("ggml_threadpool_free", FREE), threads, pins, before);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
  }

  private static void pin(MemorySegment params, int threads, BitSet processors) {
    int most = (int) ggml_threadpool_params.cpumask(params).byteSize();
    int count = processors.get(0, most).cardinality();
    if (threads > count) {
      throw new IllegalArgumentException("pinned threads need a processor each: threads=" + threads
          + ", processors=" + count + "; give fewer, or do not pin");
    }
    processors.stream().filter(processor -> processor < most)
        .forEach(processor -> ggml_threadpool_params.cpumask(params, processor, true));
    ggml_threadpool_params.strict_cpu(params, true);
  }

  /** A function of the CPU back end, which may have been loaded at run time. */
  private static MethodHandle function(String name, FunctionDescriptor type) {
    NativeLibrary library = NativeLibrary.loaded(name);
    int cpu = library.devices().stream()
        .filter(device -> device.kind() == NativeLibrary.Device.Kind.CPU)
        .map(NativeLibrary.Device::index).findFirst()
        .orElseThrow(() -> new LlamaException(name, 0, "no CPU device is registered"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = Llama.ggml_backend_reg_get_proc_address(
          Llama.ggml_backend_dev_backend_reg(Llama.ggml_backend_dev_get(cpu)),
          arena.allocateFrom(name));
      if (address.equals(MemorySegment.NULL)) {
        throw new LlamaException("ggml_backend_reg_get_proc_address", 0,
            "the CPU back end has no " + name + "; fetch it again with `larimar natives`");
      }
      return Linker.nativeLinker().downcallHandle(address, type);
    }
  }

  MemorySegment handle() {
    if (closed) {
      throw new IllegalStateException("thread pool is closed");
    }
    return handle;
  }

  int threads() {
    return threads;
  }

  /** Ends the threads; contexts that they are attached to must be freed before. */
  @Override
  public void close() {
    if (!closed) {
      free();
      before.ifPresent(Affinity::restore);
    }
  }

  /** Ends the threads and leaves the caller pinned, as a {@link #grown} pool has pinned it, too. */
  void free() {
    closed = true;
    try {
      free.invokeExact(handle);
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
  }
}
