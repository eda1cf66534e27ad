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
    int header = 4 * Integer.BYTES;
    if (in.remaining() < header) {
      return -1;
    }
    long size = 2 * Short.BYTES; // of a key and of a value
    for (int i = 0; i < 4; i++) { // layers, positions, heads, floats in a head
      int count = in.getInt(in.position() + i * Integer.BYTES);
      if (count <= 0 || count > in.limit()) {
        return -1;
      }
      size *= count;
      if (size > in.limit()) {
        return -1;
      }
    }
    return header + in.getInt(in.position()) + size;
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
    int[] next = new int[into.caches()]; // of each cache, the layers that are done
    for (int layer = 0; layer < cacheOf.length; layer++) {
      int cache = cacheOf[layer];
      boolean there = cache >= 0 && cache < next.length && next[cache] < into.layers(cache);
      if (!there || into.positions(cache) != positions
          || into.width(cache, next[cache]) != width) {
        throw unfit("layer " + layer + " is not in cache " + cache + " with P=" + positions
            + " and width=" + width);
      }
      into.put(cache, next[cache]++, halves, layer * 2 * positions * width);
    }
    for (int cache = 0; cache < next.length; cache++) {
      if (next[cache] != into.layers(cache)) {
        throw unfit("cache " + cache + " has " + into.layers(cache) + " layers, the frame "
            + next[cache]);
      }
    }
  }

  private static LlamaException unfit(String why) {
    return new LlamaException("llama_state_seq_set_data", 0, "the frame's keys and values do not fit"
        + " the model's cache: " + why + "; learn a frame for this model with train/");
  }
}
