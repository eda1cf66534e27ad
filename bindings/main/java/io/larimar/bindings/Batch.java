package io.larimar.bindings;

import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.llama_batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Owner of a {@code llama_batch}: positions of one or more sequences to be decoded together, either
 * all token ids or all embedding rows.
 *
 * <p>Used by the thread that owns the context. Every value is checked when it is added.
 */
public final class Batch implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final int capacity;
  private final int width; // 0: token ids
  private final MemorySegment struct;
  private final MemorySegment tokens; // (capacity) int
  private final MemorySegment embeddings; // (capacity, D) float
  private final MemorySegment positions; // (capacity) int
  private final MemorySegment sequenceCounts; // (capacity) int
  private final MemorySegment[] sequences; // (capacity) of (1) int
  private final MemorySegment outputs; // (capacity) byte
  private int count;
  private boolean closed;

  private Batch(int capacity, int width) {
    this.capacity = capacity;
    this.width = width;
    this.struct = Llama.llama_batch_init(arena, capacity, width, 1);
    this.tokens = width == 0 ? sized(llama_batch.token(struct), 4L * capacity) : MemorySegment.NULL;
    this.embeddings =
        width == 0 ? MemorySegment.NULL : sized(llama_batch.embd(struct), 4L * capacity * width);
    this.positions = sized(llama_batch.pos(struct), 4L * capacity);
    this.sequenceCounts = sized(llama_batch.n_seq_id(struct), 4L * capacity);
    this.outputs = sized(llama_batch.logits(struct), capacity);
    MemorySegment pointers =
        sized(llama_batch.seq_id(struct), ValueLayout.ADDRESS.byteSize() * capacity);
    this.sequences = new MemorySegment[capacity];
    for (int i = 0; i < capacity; i++) {
      sequences[i] = sized(pointers.getAtIndex(ValueLayout.ADDRESS, i), Integer.BYTES);
    }
  }

  private MemorySegment sized(MemorySegment pointer, long bytes) {
    if (pointer.equals(MemorySegment.NULL)) {
      throw new LlamaException("llama_batch_init", 0,
          "no memory for a batch of " + capacity + " positions of width " + width);
    }
    return pointer.reinterpret(bytes);
  }

  /** A batch of up to {@code capacity} token ids. */
  public static Batch ofTokens(int capacity) {
    return open(capacity, 0);
  }

  /** A batch of up to {@code capacity} rows of D = {@code width} floats. */
  public static Batch ofEmbeddings(int capacity, int width) {
    if (width <= 0) {
      throw new IllegalArgumentException("width must be positive: width=" + width);
    }
    return open(capacity, width);
  }

  private static Batch open(int capacity, int width) {
    NativeLibrary.loaded("llama_batch_init");
    if (capacity <= 0 || capacity > 1 << 20) {
      throw new IllegalArgumentException(
          "capacity must be in [1, 1048576]: capacity=" + capacity);
    }
    return new Batch(capacity, width);
  }

  /** Adds a token; {@code output} asks for the logits after it. Returns its index in the batch. */
  public int add(int token, int position, int sequence, boolean output) {
    if (width != 0) {
      throw new IllegalStateException("this batch takes embedding rows, not tokens");
    }
    checkRoom(position, sequence);
    tokens.setAtIndex(ValueLayout.JAVA_INT, count, token);
    return put(position, sequence, output);
  }

  /** Adds row {@code index} of a row-major (n, D) float matrix. Returns its index in the batch. */
  public int addRow(MemorySegment rows, long index, int position, int sequence, boolean output) {
    if (width == 0) {
      throw new IllegalStateException("this batch takes tokens, not embedding rows");
    }
    checkRoom(position, sequence);
    MemorySegment.copy(rows, index * width * 4L, embeddings, count * (width * 4L), width * 4L);
    return put(position, sequence, output);
  }

  private void checkRoom(int position, int sequence) {
    if (closed) {
      throw new IllegalStateException("batch is closed");
    }
    if (count == capacity) {
      throw new IllegalStateException("batch is full: capacity=" + capacity);
    }
    if (position < 0 || sequence < 0) {
      throw new IllegalArgumentException("position and sequence must not be negative: position="
          + position + ", sequence=" + sequence);
    }
  }

  private int put(int position, int sequence, boolean output) {
    positions.setAtIndex(ValueLayout.JAVA_INT, count, position);
    sequenceCounts.setAtIndex(ValueLayout.JAVA_INT, count, 1);
    sequences[count].set(ValueLayout.JAVA_INT, 0, sequence);
    outputs.set(ValueLayout.JAVA_BYTE, count, (byte) (output ? 1 : 0));
    return count++;
  }

  /** Empties the batch for the next step. */
  public void clear() {
    count = 0;
  }

  /** Positions in it. */
  public int count() {
    return count;
  }

  /** Positions that it can take. */
  public int capacity() {
    return capacity;
  }

  /** D of its rows, 0 if it takes tokens. */
  public int width() {
    return width;
  }

  boolean output(int index) {
    return outputs.get(ValueLayout.JAVA_BYTE, index) != 0;
  }

  int token(int index) {
    return tokens.getAtIndex(ValueLayout.JAVA_INT, index);
  }

  int sequence(int index) {
    return sequences[index].get(ValueLayout.JAVA_INT, 0);
  }

  MemorySegment struct() {
    if (closed) {
      throw new IllegalStateException("batch is closed");
    }
    llama_batch.n_tokens(struct, count);
    return struct;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Llama.llama_batch_free(struct);
      arena.close();
    }
  }
}
