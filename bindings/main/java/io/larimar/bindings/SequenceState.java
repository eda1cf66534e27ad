package io.larimar.bindings;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The keys and values inside the bytes of {@link Context#state}, as llama.cpp v0.5.0 lays them out:
 * a header, then for each cache of the model (a model with sliding attention has two) the cells'
 * positions, the keys of each layer and the values of each layer, in half precision.
 *
 * <p>Not thread-safe; the state's bytes are changed in place.
 */
public final class SequenceState {
  private static final int HEADER = 2 * Integer.BYTES; // a magic number, the sequence
  private static final int HALF = 1; // GGML_TYPE_F16

  private final ByteBuffer bytes;
  private final List<List<Layer>> caches = new ArrayList<>();

  /** Where one layer's numbers lie; values are (P, width) or, transposed, (width, P). */
  private record Layer(int keys, int values, int positions, int keyWidth, int valueWidth,
      boolean transposed) {}

  private SequenceState(byte[] state) {
    this.bytes = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads the layout of a state.
   *
   * @throws LlamaException if it is not laid out as expected: another release of llama.cpp, a cache
   *     that is not in half precision, or a model whose memory is not keys and values
   */
  public static SequenceState of(byte[] state) {
    SequenceState parsed = new SequenceState(state);
    try {
      parsed.bytes.position(HEADER);
      while (parsed.bytes.hasRemaining()) {
        parsed.caches.add(parsed.readCache());
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw unknown("it ends early or leads beyond its end");
    }
    return parsed;
  }

  /**
   * The state of so many positions, as that of one is laid out; its keys and values repeat those of
   * the one. What {@link #put} then fills was never computed.
   *
   * @param one bytes of {@link Context#state} of a sequence of one position, not changed
   * @throws IllegalArgumentException if the sequence has more positions, or none
   * @throws LlamaException as {@link #of}
   */
  public static byte[] repeat(byte[] one, int positions) {
    for (List<Layer> layers : of(one).caches) {
      if (layers.isEmpty() || layers.getFirst().positions() != 1) {
        throw new IllegalArgumentException("a state of one position was expected, this has "
            + (layers.isEmpty() ? 0 : layers.getFirst().positions()));
      }
    }
    ByteBuffer in = ByteBuffer.wrap(one).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer out = ByteBuffer.allocate(Math.multiplyExact(one.length, positions))
        .order(ByteOrder.LITTLE_ENDIAN);
    copy(in, out, HEADER);
    while (in.hasRemaining()) {
      int streams = in.getInt(in.position());
      copy(in, out, Integer.BYTES);
      for (int s = 0; s < streams; s++) {
        if (in.getInt(in.position()) == 0) { // no cells
          copy(in, out, Integer.BYTES);
        } else {
          repeatStream(in, out, positions);
        }
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static void repeatStream(ByteBuffer in, ByteBuffer out, int positions) {
    in.getInt();
    out.putInt(positions);
    int first = in.getInt();
    long sequences = in.getLong(); // one, and which
    for (int i = 0; i < positions; i++) {
      out.putInt(first + i).putLong(sequences);
    }
    boolean transposed = in.getInt(in.position()) != 0;
    int layers = in.getInt(in.position() + Integer.BYTES);
    copy(in, out, 2 * Integer.BYTES);
    for (int i = 0; i < 2 * layers; i++) { // the keys of each, then the values of each
      copy(in, out, Integer.BYTES); // type
      boolean columns = transposed && i >= layers;
      int rows = columns ? in.getInt(in.position() + Integer.BYTES) : 1;
      int bytes = columns ? Short.BYTES : (int) in.getLong(in.position());
      copy(in, out, Long.BYTES);
      for (int row = 0; row < rows; row++) {
        for (int p = 0; p < positions; p++) {
          out.put(out.position(), in, in.position(), bytes);
          out.position(out.position() + bytes);
        }
        in.position(in.position() + bytes);
      }
    }
  }

  private static void copy(ByteBuffer in, ByteBuffer out, int bytes) {
    out.put(in.slice(in.position(), bytes));
    in.position(in.position() + bytes);
  }

  private List<Layer> readCache() {
    List<Layer> layers = new ArrayList<>();
    int streams = count(bytes.getInt());
    for (int s = 0; s < streams; s++) {
      int positions = count(bytes.getInt());
      if (positions > 0) {
        if (!layers.isEmpty()) {
          throw unknown("one sequence has cells in several streams");
        }
        layers = readStream(positions);
      }
    }
    return layers;
  }

  private List<Layer> readStream(int positions) {
    for (int i = 0; i < positions; i++) {
      bytes.getInt(); // the cell's position
      if (bytes.getInt() != 1) {
        throw unknown("a cell belongs to no sequence, or to several");
      }
      bytes.getInt(); // the sequence
    }
    boolean transposed = bytes.getInt() != 0;
    int count = count(bytes.getInt());
    int[] keys = new int[count];
    int[] keyWidths = new int[count];
    for (int i = 0; i < count; i++) {
      checkHalf(bytes.getInt());
      keyWidths[i] = count(bytes.getLong()) / Short.BYTES;
      keys[i] = skip(positions, keyWidths[i]);
    }
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      checkHalf(bytes.getInt());
      int width;
      if (transposed) {
        if (bytes.getInt() != Short.BYTES) {
          throw unknown("a value's size is not 2 bytes");
        }
        width = count(bytes.getInt());
      } else {
        width = count(bytes.getLong()) / Short.BYTES;
      }
      int values = skip(positions, width);
      layers.add(new Layer(keys[i], values, positions, keyWidths[i], width, transposed));
    }
    return layers;
  }

  private int skip(int positions, int width) {
    int at = bytes.position();
    bytes.position(Math.addExact(at, Math.multiplyExact(positions, width * Short.BYTES)));
    return at;
  }

  private int count(long value) {
    if (value < 0 || value > bytes.capacity()) {
      throw unknown("a count is " + value);
    }
    return (int) value;
  }

  private static void checkHalf(int type) {
    if (type != HALF) {
      throw unknown("the cache's type is " + type + ", not half precision (1)");
    }
  }

  private static LlamaException unknown(String why) {
    return new LlamaException("llama_state_seq_get_data", 0,
        "the state of a sequence is laid out in an unknown way: " + why
            + "; use llama.cpp v0.5.0 with a KV cache in half precision");
  }

  /** How many caches the model has: 1, or 2 with sliding attention. */
  public int caches() {
    return caches.size();
  }

  /** How many layers a cache holds, in the model's order. */
  public int layers(int cache) {
    return caches.get(cache).size();
  }

  /** P, how many positions a cache holds of the sequence. */
  public int positions(int cache) {
    return caches.get(cache).isEmpty() ? 0 : caches.get(cache).getFirst().positions();
  }

  /** Floats in a layer's key of one position (all its heads), and as many in its value. */
  public int width(int cache, int layer) {
    Layer at = caches.get(cache).get(layer);
    if (at.keyWidth() != at.valueWidth()) {
      throw unknown("keys and values differ in width: " + at.keyWidth() + ", " + at.valueWidth());
    }
    return at.keyWidth();
  }

  /** Copies a layer's keys, then its values, (2, P, width) halves, to the array from {@code to}. */
  public void get(int cache, int layer, short[] halves, int to) {
    move(cache, layer, halves, to, false);
  }

  /** Overwrites a layer's keys and values by (2, P, width) halves, from {@code from} on. */
  public void put(int cache, int layer, short[] halves, int from) {
    move(cache, layer, halves, from, true);
  }

  private void move(int cache, int layer, short[] halves, int start, boolean in) {
    Layer at = caches.get(cache).get(layer);
    int width = width(cache, layer);
    int size = at.positions() * width;
    if (start < 0 || halves.length - start < 2 * size) {
      throw new IllegalArgumentException("a layer has 2 x " + at.positions() + " x " + width
          + " numbers: length=" + halves.length + ", start=" + start);
    }
    moveAll(at.keys(), halves, start, size, in);
    if (!at.transposed()) {
      moveAll(at.values(), halves, start + size, size, in);
      return;
    }
    for (int i = 0; i < size; i++) {
      int offset = at.values() + Short.BYTES * ((i % width) * at.positions() + i / width);
      if (in) {
        bytes.putShort(offset, halves[start + size + i]);
      } else {
        halves[start + size + i] = bytes.getShort(offset);
      }
    }
  }

  private void moveAll(int offset, short[] halves, int from, int count, boolean in) {
    ShortBuffer there =
        bytes.slice(offset, Short.BYTES * count).order(bytes.order()).asShortBuffer();
    if (in) {
      there.put(halves, from, count);
    } else {
      there.get(halves, from, count);
    }
  }
}
