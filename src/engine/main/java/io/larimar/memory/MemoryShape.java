package io.larimar.memory;

import java.util.Objects;

/**
 * The sizes of an {@link EpisodicMemory}; memories merge only if their shapes are equal.
 *
 * @param keyWidth K, floats of a key (address w)
 * @param latentWidth C, floats of a latent z
 * @param keyPrecision how keys are stored
 * @param latentPrecision how latents are stored
 * @param blockCapacity the most facts that one block holds; a fuller block splits
 * @param ridge lambda, added to the diagonal of the block's Gram matrix
 * @param groupBits ids that are equal but for so many low bits lie in one block: an episode
 */
public record MemoryShape(int keyWidth, int latentWidth, Precision keyPrecision,
    Precision latentPrecision, int blockCapacity, double ridge, int groupBits) {
  /** The widest key or latent. */
  public static final int MAX_WIDTH = 65_536;

  /** The largest block: its factor is a square of doubles. */
  public static final int MAX_BLOCK_CAPACITY = 256;

  /** Facts of a block where nothing else is asked for; see the decision record on blocks. */
  public static final int DEFAULT_BLOCK_CAPACITY = 32;

  /** Small against the squared distance of two keys, large against double rounding. */
  public static final double DEFAULT_RIDGE = 1e-4;

  public MemoryShape {
    Objects.requireNonNull(keyPrecision, "keyPrecision");
    Objects.requireNonNull(latentPrecision, "latentPrecision");
    requireWithin("keyWidth", keyWidth, MAX_WIDTH);
    requireWithin("latentWidth", latentWidth, MAX_WIDTH);
    requireWithin("blockCapacity", blockCapacity, MAX_BLOCK_CAPACITY);
    if (!(ridge >= 1e-9 && ridge <= 1e3)) {
      throw new IllegalArgumentException("ridge must be in [1e-9, 1e3]: ridge=" + ridge);
    }
    if (groupBits < 0 || groupBits > 8 || 1 << groupBits > blockCapacity) {
      throw new IllegalArgumentException("a group must fit one block: groupBits=" + groupBits
          + ", blockCapacity=" + blockCapacity);
    }
  }

  /** The shape in which each fact finds its block alone. */
  public MemoryShape(int keyWidth, int latentWidth, Precision keyPrecision,
      Precision latentPrecision, int blockCapacity, double ridge) {
    this(keyWidth, latentWidth, keyPrecision, latentPrecision, blockCapacity, ridge, 0);
  }

  /** The shape with keys and latents in floats. */
  public MemoryShape(int keyWidth, int latentWidth, int blockCapacity, double ridge) {
    this(keyWidth, latentWidth, Precision.FLOAT, Precision.FLOAT, blockCapacity, ridge);
  }

  /** The shape with floats and the default block capacity and ridge. */
  public static MemoryShape of(int keyWidth, int latentWidth) {
    return new MemoryShape(keyWidth, latentWidth, DEFAULT_BLOCK_CAPACITY, DEFAULT_RIDGE);
  }

  /** The same sizes stored in other precisions. */
  public MemoryShape stored(Precision keys, Precision latents) {
    return new MemoryShape(keyWidth, latentWidth, keys, latents, blockCapacity, ridge, groupBits);
  }

  /** The same sizes with groups of 2 to the {@code groupBits} ids that lie together. */
  public MemoryShape grouped(int groupBits) {
    return new MemoryShape(keyWidth, latentWidth, keyPrecision, latentPrecision, blockCapacity,
        ridge, groupBits);
  }

  /** Where an id stands in the trie of blocks. */
  long place(long id) {
    return BlockTrie.hash(id >>> groupBits);
  }

  RowCodec keyCodec() {
    return new RowCodec(keyPrecision, keyWidth);
  }

  RowCodec latentCodec() {
    return new RowCodec(latentPrecision, latentWidth);
  }

  /** Bytes of one key as given and returned: K floats. */
  public long keyBytes() {
    return 4L * keyWidth;
  }

  /** Bytes of one latent as given and returned: C floats. */
  public long latentBytes() {
    return 4L * latentWidth;
  }

  private static void requireWithin(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          name + " must be in [1, " + most + "]: " + name + "=" + value);
    }
  }
}
