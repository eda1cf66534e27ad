package io.larimar.codec;

import io.larimar.bindings.LlamaException;
import io.larimar.bindings.SequenceState;
import java.nio.ByteBuffer;

/**
 * The learned keys and values of a prefix's first P positions in every layer of a model: prefix
 * tuning (Li and Liang 2021, arXiv 2101.00190). They take the place of what the model computes for
 * the head rows, at no cost once they stand in the KV cache.
 *
 * <p>Numbers are half precision, keys rotated to their positions, in the order of llama.cpp's cache.
 */
public final class DeepHead {
  private final int positions;
  private final int width;
  private final byte[] cacheOf; // of each layer
  private final short[] halves; // (layers, 2, P, width)

  private DeepHead(int positions, int width, byte[] cacheOf, short[] halves) {
    this.positions = positions;
    this.width = width;
    this.cacheOf = cacheOf;
    this.halves = halves;
  }

  /** Reads the section of a frame's file ({@code docs/FORMATS.md}, "Frame"). */
  static DeepHead read(ByteBuffer in) {
    int layers = in.getInt();
    int positions = in.getInt();
    int width = in.getInt() * in.getInt();
    byte[] cacheOf = new byte[layers];
    in.get(cacheOf);
    short[] halves = new short[layers * 2 * positions * width];
    in.asShortBuffer().get(halves);
    in.position(in.position() + halves.length * Short.BYTES);
    return new DeepHead(positions, width, cacheOf, halves);
  }

  /** Bytes of the section that begins here, or -1 if its numbers make no sense. */
  static long size(ByteBuffer in) {
    if (in.remaining() < 4 * Integer.BYTES) {
      return -1;
    }
    int at = in.position();
    long layers = in.getInt(at);
    long positions = in.getInt(at + 4);
    long heads = in.getInt(at + 8);
    long headWidth = in.getInt(at + 12);
    long limit = in.limit();
    boolean sane = layers > 0 && positions > 0 && heads > 0 && headWidth > 0 && layers < limit
        && positions < limit && heads * headWidth < limit && heads < limit && headWidth < limit;
    return sane
        ? 4 * Integer.BYTES + layers + layers * positions * heads * headWidth * 2 * Short.BYTES
        : -1;
  }

  /** P, how many positions it stands for. */
  public int positions() {
    return positions;
  }

  /**
   * Puts it in the place of the keys and values in a state of exactly its positions.
   *
   * @param state bytes of {@code Context.state}; overwritten in place
   * @throws LlamaException if the state has other layers, positions or widths
   */
  public void replaceIn(byte[] state) {
    SequenceState into = SequenceState.of(state);
    int[] next = new int[2];
    for (int layer = 0; layer < cacheOf.length; layer++) {
      int cache = cacheOf[layer];
      int at = next[cache]++;
      if (cache >= into.caches() || at >= into.layers(cache)
          || into.positions(cache) != positions || into.width(cache, at) != width) {
        throw new LlamaException("llama_state_seq_set_data", 0, "the frame's keys and values do not"
            + " fit the model's cache at layer " + layer + ": P=" + positions + ", width=" + width
            + "; learn a frame for this model with train/");
      }
      into.put(cache, at, halves, layer * 2 * positions * width);
    }
    for (int cache = 0; cache < into.caches(); cache++) {
      if (cache >= next.length || into.layers(cache) != next[cache]) {
        throw new LlamaException("llama_state_seq_set_data", 0, "the frame has not as many layers as"
            + " the model's cache " + cache + "; learn a frame for this model with train/");
      }
    }
  }
}
