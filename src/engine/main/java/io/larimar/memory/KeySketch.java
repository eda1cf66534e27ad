package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * 256 signs of a key under a fixed random rotation: two keys at angle a differ in a / pi of them.
 * The rotation is seeded signs, a Hadamard transform, and 256 of its outputs.
 */
final class KeySketch {
  /** Bits of a sketch. */
  static final int BITS = 256;

  /** Longs of a sketch. */
  static final int WORDS = BITS / 64;

  private static final long SEED = 0x4c41_5249_4d41_52L; // part of the snapshot format

  private final int width;
  private final int order;
  private final float[] signs;
  private final int[] outputs = new int[BITS];

  KeySketch(int width) {
    this.width = width;
    order = Math.max(BITS, Integer.highestOneBit(2 * width - 1));
    SplittableRandom random = new SplittableRandom(SEED);
    signs = new float[width];
    for (int i = 0; i < width; i++) {
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    int[] all = new int[order];
    for (int i = 0; i < order; i++) {
      all[i] = i;
    }
    for (int i = 0; i < BITS; i++) {
      int j = random.nextInt(i, order);
      outputs[i] = all[j];
      all[j] = all[i];
    }
  }

  /** Bytes of scratch that {@link #compute} needs. */
  long scratchBytes() {
    return 4L * order;
  }

  /**
   * The sketch of a key.
   *
   * @param key K floats   @param words the sketch, overwritten   @param scratch overwritten
   *     Cost O(K log K).
   */
  void compute(MemorySegment key, long keyOffset, MemorySegment words, MemorySegment scratch) {
    for (int i = 0; i < width; i++) {
      scratch.set(JAVA_FLOAT, 4L * i, signs[i] * key.get(JAVA_FLOAT, keyOffset + 4L * i));
    }
    VectorKernels.clearFloats(scratch, 4L * width, order - width);
    VectorKernels.hadamard(scratch, 0, order);
    for (int w = 0; w < WORDS; w++) {
      long word = 0;
      for (int b = 0; b < 64; b++) {
        word |= scratch.get(JAVA_FLOAT, 4L * outputs[64 * w + b]) < 0 ? 1L << b : 0;
      }
      words.set(JAVA_LONG, 8L * w, word);
    }
  }
}
