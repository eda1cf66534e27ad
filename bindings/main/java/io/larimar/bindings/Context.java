package io.larimar.bindings;

import io.larimar.bindings.NativeLibrary.NativeLog;
import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.ggml_abort_callback;
import io.larimar.bindings.llama.llama_context_params;
import io.larimar.bindings.llama.llama_perf_context_data;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Owner of a {@code llama_context}: the KV cache and the compute state of one model.
 *
 * <p>It belongs to the thread that opened it; any other thread gets an
 * {@link IllegalStateException}. Whatever llama.cpp would abort on is checked here.
 */
public final class Context implements AutoCloseable {
  private final Thread owner = Thread.currentThread();
  private final Model model;
  private final MemorySegment handle;
  private final MemorySegment memory;
  private final Options options;
  private final int length;
  private final BitSet outputs = new BitSet();
  private boolean closed;

  /**
   * How a context is made.
   *
   * @param length cells of the KV cache, shared by all sequences
   * @param batch most positions in one {@link #decode}
   * @param sequences most sequences alive at once
   * @param threads threads for one position at a time
   * @param batchThreads threads for many positions at once
   */
  public record Options(int length, int batch, int sequences, int threads, int batchThreads) {
    public Options {
      positive("length", length);
      positive("batch", batch);
      positive("sequences", sequences);
      positive("threads", threads);
      positive("batchThreads", batchThreads);
    }

    private static void positive(String name, int value) {
      if (value <= 0) {
        throw new IllegalArgumentException(name + " must be positive: " + name + "=" + value);
      }
    }
  }

  /** What {@link #decode} found: done, or no room in the KV cache (nothing was changed then). */
  public enum Outcome { DONE, NO_ROOM }

  private Context(Model model, MemorySegment handle, Options options) {
    this.model = model;
    this.handle = handle;
    this.memory = Llama.llama_get_memory(handle);
    this.options = options;
    this.length = Llama.llama_n_ctx(handle);
  }

  /**
   * Makes a context for the calling thread. The KV cache is unified, so that a part of one
   * sequence can be shared with another ({@link #copy}).
   */
  public static Context open(Model model, Options options) {
    int most = (int) Llama.llama_max_parallel_sequences();
    if (options.sequences() > most) {
      throw new IllegalArgumentException("sequences must be at most " + most
          + " in this build: sequences=" + options.sequences());
    }
    NativeLog.clear();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = Llama.llama_context_default_params(arena);
      llama_context_params.n_ctx(params, options.length());
      llama_context_params.n_batch(params, options.batch());
      llama_context_params.n_ubatch(params, Math.min(512, options.batch()));
      llama_context_params.n_seq_max(params, options.sequences());
      llama_context_params.n_threads(params, options.threads());
      llama_context_params.n_threads_batch(params, options.batchThreads());
      llama_context_params.kv_unified(params, true);
      llama_context_params.swa_full(params, true);
      llama_context_params.no_perf(params, true);
      MemorySegment handle = Llama.llama_init_from_model(model.handle(), params);
      if (handle.equals(MemorySegment.NULL)) {
        throw new LlamaException("llama_init_from_model", 0, "cannot make a context of "
            + options.length() + " positions: " + NativeLog.lastError("llama.cpp gave no reason")
            + "; try a smaller context");
      }
      return new Context(model, handle, options);
    }
  }

  /**
   * Decodes a batch.
   *
   * @param cancelled asked while a batch of more than 64 positions is computed; true stops it
   * @return {@link Outcome#NO_ROOM} when the KV cache has no cells left for it
   * @throws CancellationException if it was stopped; the caller removes what was half done
   * @throws LlamaException on any other failure
   */
  public Outcome decode(Batch batch, BooleanSupplier cancelled) {
    check();
    checkBatch(batch);
    int code;
    if (batch.count() > 64) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment stub = ggml_abort_callback.allocate(data -> ask(cancelled), arena);
        Llama.llama_set_abort_callback(handle, stub, MemorySegment.NULL);
        code = Llama.llama_decode(handle, batch.struct());
        Llama.llama_set_abort_callback(handle, MemorySegment.NULL, MemorySegment.NULL);
      }
    } else {
      code = Llama.llama_decode(handle, batch.struct());
    }
    outputs.clear();
    return switch (code) {
      case 0 -> {
        for (int i = 0; i < batch.count(); i++) {
          outputs.set(i, batch.output(i));
        }
        yield Outcome.DONE;
      }
      case 1 -> Outcome.NO_ROOM;
      case 2 -> throw new CancellationException("decoding was cancelled");
      default -> throw new LlamaException("llama_decode", code,
          NativeLog.lastError("the batch was refused") + "; the sequence must be started anew");
    };
  }

  private static boolean ask(BooleanSupplier cancelled) {
    try {
      return cancelled.getAsBoolean();
    } catch (Throwable t) {
      // An exception that leaves an upcall ends the JVM; stopping is the safe answer.
      return true;
    }
  }

  private void checkBatch(Batch batch) {
    if (batch.count() == 0 || batch.count() > options.batch()) {
      throw new IllegalArgumentException("batch must hold 1 to " + options.batch()
          + " positions: count=" + batch.count());
    }
    if (batch.width() != 0 && batch.width() != model.embeddingWidth()) {
      throw new IllegalArgumentException("rows must have the model's width: width="
          + batch.width() + ", D=" + model.embeddingWidth());
    }
    for (int i = 0; i < batch.count(); i++) {
      checkSequence(batch.sequence(i));
      if (batch.width() == 0) {
        model.vocabulary().checkToken(batch.token(i));
      }
    }
  }

  /**
   * Logits after position {@code index} of the last decoded batch, read in place: V floats, valid
   * until the next {@link #decode}. Positions that asked for no output have none.
   */
  public MemorySegment logits(int index) {
    check();
    checkOutput(index);
    return Llama.llama_get_logits_ith(handle, index)
        .reinterpret(4L * model.vocabulary().size());
  }

  void checkOutput(int index) {
    if (index < 0 || !outputs.get(index)) {
      throw new IllegalArgumentException("position " + index
          + " of the last batch has no logits: it did not ask for output");
    }
  }

  /** Removes positions [from, to) of a sequence; {@code to} negative means to its end. */
  public void remove(int sequence, int from, int to) {
    check();
    checkSequence(sequence);
    if (!Llama.llama_memory_seq_rm(memory, sequence, from, to)) {
      throw new LlamaException("llama_memory_seq_rm", 0, "the state of " + model.file()
          + " cannot be cut at a position; only whole sequences can be removed");
    }
  }

  /** Shares positions [from, to) of one sequence with another, without computing them again. */
  public void copy(int source, int target, int from, int to) {
    check();
    checkSequence(source);
    checkSequence(target);
    Llama.llama_memory_seq_cp(memory, source, target, from, to);
  }

  /** The last position of a sequence, -1 if it is empty. */
  public int lastPosition(int sequence) {
    check();
    checkSequence(sequence);
    return Llama.llama_memory_seq_pos_max(memory, sequence);
  }

  /** The first position of a sequence, -1 if it is empty. */
  public int firstPosition(int sequence) {
    check();
    checkSequence(sequence);
    return Llama.llama_memory_seq_pos_min(memory, sequence);
  }

  /** Empties the KV cache; with {@code erase} its bytes are overwritten, too. */
  public void clear(boolean erase) {
    check();
    Llama.llama_memory_clear(memory, erase);
  }

  /** State of one sequence (its KV cells), as bytes that {@link #restore} takes back. */
  public byte[] state(int sequence) {
    check();
    checkSequence(sequence);
    try (Arena arena = Arena.ofConfined()) {
      long size = Llama.llama_state_seq_get_size(handle, sequence);
      MemorySegment bytes = arena.allocate(size);
      long written = Llama.llama_state_seq_get_data(handle, bytes, size, sequence);
      if (written != size) {
        throw new LlamaException("llama_state_seq_get_data", (int) written,
            "expected " + size + " bytes of state");
      }
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Puts back a state that {@link #state} gave, into any sequence of the same context. */
  public void restore(int sequence, byte[] state) {
    check();
    checkSequence(sequence);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, state);
      if (Llama.llama_state_seq_set_data(handle, bytes, state.length, sequence) == 0) {
        throw new LlamaException("llama_state_seq_set_data", 0,
            "the state was refused: it is of another model or context, or there is no room");
      }
    }
  }

  /** Counts of positions decoded so far: prompt positions, single steps, reused graphs. */
  public int[] counts() {
    check();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment perf = Llama.llama_perf_context(arena, handle);
      return new int[] {llama_perf_context_data.n_p_eval(perf),
          llama_perf_context_data.n_eval(perf), llama_perf_context_data.n_reused(perf)};
    }
  }

  /** Changes the number of threads. */
  public void threads(int threads, int batchThreads) {
    check();
    if (threads <= 0 || batchThreads <= 0) {
      throw new IllegalArgumentException("threads must be positive: threads=" + threads
          + ", batchThreads=" + batchThreads);
    }
    Llama.llama_set_n_threads(handle, threads, batchThreads);
  }

  /** Threads for one position at a time. */
  public int threads() {
    check();
    return Llama.llama_n_threads(handle);
  }

  /** Cells of its KV cache. */
  public int length() {
    return length;
  }

  /** The options that it was made with. */
  public Options options() {
    return options;
  }

  /** The model that it runs. */
  public Model model() {
    return model;
  }

  MemorySegment handle() {
    check();
    return handle;
  }

  private void check() {
    if (closed) {
      throw new IllegalStateException("context is closed");
    }
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException("context belongs to thread " + owner.getName()
          + ", called from " + Thread.currentThread().getName());
    }
    model.handle();
  }

  private void checkSequence(int sequence) {
    if (sequence < 0 || sequence >= options.sequences()) {
      throw new IllegalArgumentException("sequence must be in [0, " + options.sequences()
          + "): sequence=" + sequence);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      check();
      closed = true;
      Llama.llama_free(handle);
    }
  }
}
