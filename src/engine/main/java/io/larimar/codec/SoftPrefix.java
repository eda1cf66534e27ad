package io.larimar.codec;

import java.util.Optional;

/**
 * Rows that enter the decoder before the prompt, (P, D) floats as {@code llama_batch.embd} takes
 * them.
 *
 * @param rows P x D floats, row-major; not changed after construction
 * @param positions P
 * @param constant how many leading rows are the same for every fact and may be kept in the KV cache
 * @param begins whether the rows include the model's begin token, so that the prompt must not
 * @param deep learned keys and values in the place of those that the constant rows would get
 */
public record SoftPrefix(float[] rows, int positions, int constant, boolean begins,
    Optional<DeepHead> deep) {
  /** No rows: the base model. */
  public static final SoftPrefix NONE = new SoftPrefix(new float[0], 0, 0, false);

  /** Rows alone. */
  public SoftPrefix(float[] rows, int positions, int constant, boolean begins) {
    this(rows, positions, constant, begins, Optional.empty());
  }

  public SoftPrefix {
    if (positions < 0 || constant < 0 || constant > positions) {
      throw new IllegalArgumentException("constant must be in [0, positions]: constant=" + constant
          + ", positions=" + positions);
    }
    if (deep.isPresent() && deep.get().positions() != constant) {
      throw new IllegalArgumentException("keys and values must be given for each constant row: rows="
          + constant + ", given=" + deep.get().positions());
    }
    if (positions == 0 ? rows.length != 0 : rows.length % positions != 0) {
      throw new IllegalArgumentException("rows must hold positions x D floats: rows=" + rows.length
          + ", positions=" + positions);
    }
  }

  /** Whether it holds no rows. */
  public boolean isEmpty() {
    return positions == 0;
  }
}
