package io.larimar.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class PointerTest {
  private static float[] raised(Pointer pointer, int... generated) {
    MemorySegment logits = MemorySegment.ofArray(new float[6]);
    pointer.apply(logits, generated, generated.length);
    return logits.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void itStandsOnTheNextTokenOfEachAnswerThatWasBegun() {
    Pointer pointer = new Pointer(List.of(new int[] {1, 2, 3}, new int[] {1, 4}, new int[] {5}), 2);
    assertArrayEquals(new float[] {0, 2, 0, 0, 0, 2}, raised(pointer)); // token 1 once, not twice
    assertArrayEquals(new float[] {0, 0, 2, 0, 2, 0}, raised(pointer, 1));
    assertArrayEquals(new float[] {0, 0, 0, 2, 0, 0}, raised(pointer, 1, 2));
    for (int[] past : List.of(new int[] {1, 2, 3}, new int[] {5}, new int[] {0}, new int[] {0, 1})) {
      assertArrayEquals(new float[6], raised(pointer, past));
    }
  }

  @Test
  void anAnswerIsSaidWhenItIsWhole() {
    Pointer pointer = new Pointer(List.of(new int[] {1, 2, 3}, new int[] {5}), 2);
    assertTrue(pointer.said(new int[] {1, 2, 3, 9}, 3) && pointer.said(new int[] {5}, 1));
    for (int count : new int[] {0, 1, 2, 4}) {
      assertFalse(pointer.said(new int[] {1, 2, 3, 9}, count), "" + count);
    }
    assertFalse(Pointer.NONE.said(new int[] {}, 0));
  }

  @Test
  void noneChangesNothing() {
    assertTrue(Pointer.NONE.idle());
    assertTrue(new Pointer(List.of(new int[] {1}), 0).idle());
    assertFalse(new Pointer(List.of(new int[] {1}), 1).idle());
    assertArrayEquals(new float[6], raised(Pointer.NONE));
    assertArrayEquals(new float[6], raised(new Pointer(List.of(new int[] {1}), 0)));
  }

  @Test
  void aBiasOutOfBoundsIsRefused() {
    for (float bias : new float[] {-1, 21, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new Pointer(List.of(), bias));
    }
  }
}
