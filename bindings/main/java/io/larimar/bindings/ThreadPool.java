package io.larimar.bindings;

import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.ggml_threadpool_params;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Owner of a {@code ggml_threadpool}: the CPU threads of a context, kept from one graph to the
 * next. Without one ggml starts its threads anew for each graph, so for each token.
 */
final class ThreadPool implements AutoCloseable {
  private static final FunctionDescriptor NEW =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS);
  private static final FunctionDescriptor FREE = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);

  private final MemorySegment handle;
  private final MethodHandle free;
  private final int threads;
  private final Affinity before; // null where nothing is pinned
  private boolean closed;

  private ThreadPool(MemorySegment handle, MethodHandle free, int threads, Affinity before) {
    this.handle = handle;
    this.free = free;
    this.threads = threads;
    this.before = before;
  }

  /**
   * Starts threads; the one that decodes is counted among them.
   *
   * @param pinned whether each thread keeps to one processor, the first to the first that the
   *     calling thread may use; the calling thread is let go when the pool is closed
   */
  static ThreadPool open(int threads, boolean pinned) {
    return start(threads, pinned ? Affinity.ofThisThread() : null);
  }

  /** A pool of more threads, pinned as this one is; this one is ended by {@link #free} then. */
  ThreadPool grown(int threads) {
    return start(threads, before);
  }

  private static ThreadPool start(int threads, Affinity before) {
    if (before != null && threads > before.processors().cardinality()) {
      throw new IllegalArgumentException("pinned threads need a processor each: threads=" + threads
          + ", processors=" + before.processors().cardinality() + "; give fewer, or do not pin");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = Llama.ggml_threadpool_params_default(arena, threads);
      if (before != null) {
        int most = (int) ggml_threadpool_params.cpumask(params).byteSize();
        before.processors().stream().filter(processor -> processor < most)
            .forEach(processor -> ggml_threadpool_params.cpumask(params, processor, true));
        ggml_threadpool_params.strict_cpu(params, true);
      }
      MemorySegment handle =
          (MemorySegment) function("ggml_threadpool_new", NEW).invokeExact(params);
      if (handle.equals(MemorySegment.NULL)) {
        throw new LlamaException(
            "ggml_threadpool_new", 0, "cannot start " + threads + " threads; give fewer");
      }
      return new ThreadPool(handle, function("ggml_threadpool_free", FREE), threads, before);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
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
      if (before != null) {
        before.restore();
      }
    }
  }

  /** Ends the threads once a {@link #grown} pool is attached, which pins the caller from now on. */
  void free() {
    closed = true;
    try {
      free.invokeExact(handle);
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing of its own", t);
    }
  }
}
