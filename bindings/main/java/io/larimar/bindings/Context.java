package io.larimar.bindings;

import io.larimar.bindings.NativeLibrary.NativeLog;
import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.ggml_abort_callback;
import io.larimar.bindings.llama.llama_context_params;
import io.larimar.bindings.llama.llama_perf_context_data;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
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
  private ThreadPool threads;
  // ggml pauses the pool before the new one when it next decodes, so none may end before the context.
  private final List<ThreadPool> outgrown = new ArrayList<>();
  private MemorySegment[] rows = new MemorySegment[0]; // (outputs) of V logits, where they lay last
  private boolean closed;

  /**
   * How a context is made.
   *
   * @param length cells of the KV cache, shared by all sequences
   * @param batch most positions in one {@link #decode}
   * @param sequences most sequences alive at once
   * @param threads threads for one position at a time
   * @param batchThreads threads for many positions at once
   * @param tuning what changes speed and size, and the last bits of a logit
   */
  public record Options(
      int length, int batch, int sequences, int threads, int batchThreads, Tuning tuning) {

    /** With llama.cpp's own defaults of tuning. */
    public Options(int length, int batch, int sequences, int threads, int batchThreads) {
      this(length, batch, sequences, threads, batchThreads, Tuning.DEFAULT);
    }

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

  /**
   * What changes a context's speed and size.
   *
   * @param cache how keys and values are stored
   * @param flashAttention whether attention is computed without its whole matrix
   * @param pinned whether each thread keeps to one processor, which must be there for each; the
   *     thread that owns the context is let go when the context is closed
   */
  public record Tuning(CacheType cache, FlashAttention flashAttention, boolean pinned) {
    /** Half precision, flash attention as llama.cpp chooses, threads where the system puts them. */
    public static final Tuning DEFAULT = new Tuning(CacheType.F16, FlashAttention.AUTO, false);

    public Tuning {
      if (cache != CacheType.F16 && flashAttention == FlashAttention.OFF) {
        throw new IllegalArgumentException("a KV cache of type " + cache
            + " needs flash attention: leave it on, or take F16");
      }
    }
  }

  /** How keys and values are stored: half precision, or blocks of 8 or 4 bits. */
  public enum CacheType { F16, Q8_0, Q4_0 }

  /** Whether attention is computed without its whole matrix; AUTO leaves it to llama.cpp. */
  public enum FlashAttention { AUTO, OFF, ON }

  /** What {@link #decode} found: done, or no room in the KV cache (nothing was changed then). */
  public enum Outcome { DONE, NO_ROOM }

  private Context(Model model, MemorySegment handle, Options options, ThreadPool threads) {
    this.model = model;
    this.handle = handle;
    this.threads = threads;
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
      tune(params, options.tuning());
      MemorySegment handle = Llama.llama_init_from_model(model.handle(), params);
      if (handle.equals(MemorySegment.NULL)) {
        throw new LlamaException("llama_init_from_model", 0, "cannot make a context of "
            + options.length() + " positions: " + NativeLog.lastError("llama.cpp gave no reason")
            + "; try a smaller context");
      }
      ThreadPool threads;
      try {
        threads = ThreadPool.open(Math.max(options.threads(), options.batchThreads()),
            options.tuning().pinned());
      } catch (RuntimeException e) {
        Llama.llama_free(handle);
        throw e;
      }
      Llama.llama_attach_threadpool(handle, threads.handle(), MemorySegment.NULL);
      return new Context(model, handle, options, threads);
    }
  }

  private static void tune(MemorySegment params, Tuning tuning) {
    int type = switch (tuning.cache()) {
      case F16 -> Llama.GGML_TYPE_F16();
      case Q8_0 -> Llama.GGML_TYPE_Q8_0();
      case Q4_0 -> Llama.GGML_TYPE_Q4_0();
    };
    llama_context_params.type_k(params, type);
    llama_context_params.type_v(params, type);
    llama_context_params.flash_attn_type(params, switch (tuning.flashAttention()) {
      case AUTO -> Llama.LLAMA_FLASH_ATTN_TYPE_AUTO();
      case OFF -> Llama.LLAMA_FLASH_ATTN_TYPE_DISABLED();
      case ON -> Llama.LLAMA_FLASH_ATTN_TYPE_ENABLED();
    });
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
    return sized(Llama.llama_get_logits_ith(handle, index).address());
  }

  /** The V floats at an address; the segments are kept, as a token makes no garbage. */
  private MemorySegment sized(long address) {
    for (MemorySegment row : rows) {
      if (row.address() == address) {
        return row;
      }
    }
    int kept = rows.length < options.sequences() ? rows.length : 0; // llama.cpp moved its buffer
    rows = Arrays.copyOf(rows, kept + 1);
    rows[kept] =
        MemorySegment.ofAddress(address).reinterpret(4L * model.vocabulary().size());
    return rows[kept];
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
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(stateBytes(sequence));
      state(sequence, bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Bytes of one sequence's state as it is now. */
  public long stateBytes(int sequence) {
    check();
    checkSequence(sequence);
    return Llama.llama_state_seq_get_size(handle, sequence);
  }

  /** Writes the state of one sequence to a segment of exactly {@link #stateBytes}. */
  public void state(int sequence, MemorySegment target) {
    check();
    checkSequence(sequence);
    long written =
        Llama.llama_state_seq_get_data(handle, target, target.byteSize(), sequence);
    if (written != target.byteSize()) {
      throw new LlamaException("llama_state_seq_get_data", (int) written,
          "expected " + target.byteSize() + " bytes of state");
    }
  }

  /** Puts back a state that {@link #state} gave, into any sequence of the same context. */
  public void restore(int sequence, byte[] state) {
    try (Arena arena = Arena.ofConfined()) {
      restore(sequence, arena.allocateFrom(ValueLayout.JAVA_BYTE, state));
    }
  }

  /** Puts back a state that lies off the heap; it is not changed. */
  public void restore(int sequence, MemorySegment state) {
    check();
    checkSequence(sequence);
    if (Llama.llama_state_seq_set_data(handle, state, state.byteSize(), sequence) == 0) {
      throw new LlamaException("llama_state_seq_set_data", 0,
          "the state was refused: it is of another model or context, or there is no room");
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
    int most = Math.max(threads, batchThreads);
    if (most > this.threads.threads()) {
      ThreadPool more = this.threads.grown(most);
      Llama.llama_attach_threadpool(handle, more.handle(), MemorySegment.NULL);
      outgrown.add(this.threads);
      this.threads = more;
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
      outgrown.forEach(ThreadPool::free);
      threads.close();
    }
  }
}
