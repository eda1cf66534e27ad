package io.larimar.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class PointerTest {
  private static final Pointer POINTER = new Pointer(new int[] {1, 2, 3}, 2);

  private static float[] raised(Pointer pointer, int... generated) {
    MemorySegment logits = MemorySegment.ofArray(new float[5]);
    pointer.apply(logits, generated, generated.length);
    return logits.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void itStandsOnTheNextTokenOfAnAnswerThatWasBegun() {
    assertArrayEquals(new float[] {0, 2, 0, 0, 0}, raised(POINTER));
    assertArrayEquals(new float[] {0, 0, 2, 0, 0}, raised(POINTER, 1));
    assertArrayEquals(new float[] {0, 0, 0, 2, 0}, raised(POINTER, 1, 2));
    for (int[] other : new int[][] {{1, 2, 3}, {4}, {0, 1}, {1, 3}, {1, 2, 3, 1}}) {
      assertArrayEquals(new float[5], raised(POINTER, other));
    }
  }

  @Test
  void anAnswerIsSaidWhenItIsWhole() {
    assertTrue(POINTER.said(new int[] {1, 2, 3, 4}, 3));
    for (int count : new int[] {0, 1, 2, 4}) {
      assertFalse(POINTER.said(new int[] {1, 2, 3, 4}, count), "" + count);
    }
    assertFalse(POINTER.said(new int[] {1, 2, 4}, 3));
    assertFalse(Pointer.NONE.said(new int[0], 0));
  }

  @Test
  void noneChangesNothing() {
    assertArrayEquals(new float[5], raised(Pointer.NONE));
    assertArrayEquals(new float[5], raised(new Pointer(new int[] {1}, 0)));
  }

  @Test
  void aBiasOutOfBoundsIsRefused() {
    for (float bias : new float[] {-1, 21, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new Pointer(new int[0], bias));
    }
  }
}
