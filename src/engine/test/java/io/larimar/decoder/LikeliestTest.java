package io.larimar.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.larimar.linalg.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LikeliestTest {
  private static final int[] SIZES = {1, 511, 512, 513, 4_095, 4_096, 4_097, 49_152, 50_001};

  private final Likeliest likeliest = new Likeliest();

  @Test
  void findsTheFirstOfTheLargestAsAPlainLoopDoes() {
    try (Arena arena = Arena.ofConfined()) {
      for (int size : SIZES) {
        Random random = new Random(size);
        MemorySegment logits = arena.allocate(4L * size, 64);
        for (int round = 0; round < 8; round++) {
          double shift = -4 + round; // all below zero, all above, and between
          for (int i = 0; i < size; i++) {
            // Few values, so that there are equals.
            float logit = (float) (Math.round(random.nextGaussian() * 8) / 8.0 + shift);
            logits.setAtIndex(ValueLayout.JAVA_FLOAT, i, logit);
          }
          assertEquals(ScalarKernels.argmax(logits, 0, size), likeliest.of(logits),
              "size=" + size + ", round=" + round);
        }
      }
    }
  }

  @Test
  void zerosOfEitherSignAreEqualAndInfinitiesAreTheEnds() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment logits = arena.allocate(4L * 2_000, 64);
      logits.elements(ValueLayout.JAVA_FLOAT)
          .forEach(x -> x.set(ValueLayout.JAVA_FLOAT, 0, Float.NEGATIVE_INFINITY));
      assertEquals(0, likeliest.of(logits), "all shut out");
      logits.setAtIndex(ValueLayout.JAVA_FLOAT, 1_999, -Float.MAX_VALUE);
      assertEquals(1_999, likeliest.of(logits));
      logits.setAtIndex(ValueLayout.JAVA_FLOAT, 1_500, 0f);
      logits.setAtIndex(ValueLayout.JAVA_FLOAT, 700, -0f);
      assertEquals(700, likeliest.of(logits));
      logits.setAtIndex(ValueLayout.JAVA_FLOAT, 1_600, Float.POSITIVE_INFINITY);
      assertEquals(1_600, likeliest.of(logits));
    }
  }
}
