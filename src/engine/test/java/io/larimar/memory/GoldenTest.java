package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoldenTest {
  private static final double RIDGE = 1e-3;
  private final Map<String, Golden.Matrix> golden = Golden.load();

  @Test
  void dualBlockReadsWhatNumPyComputesFromThePrimalForm() {
    Golden.Matrix keys = golden.get("block.keys");
    Golden.Matrix latents = golden.get("block.latents");
    Golden.Matrix free = golden.get("block.free");
    MemoryShape shape = new MemoryShape(keys.columns(), latents.columns(), 16, RIDGE);
    try (Arena arena = Arena.ofConfined(); EpisodicMemory memory = EpisodicMemory.open(shape)) {
      MemorySegment out = arena.allocate(shape.latentBytes(), 64);
      for (int i = 0; i < keys.rows(); i++) {
        memory.write(i, keys.floatRow(arena, i), latents.floatRow(arena, i), 1);
      }
      for (int i = 0; i < keys.rows(); i++) {
        memory.read(i, out);
        assertRow(golden.get("block.read"), i, out);
        memory.readWithKey(i, free.floatRow(arena, i), out);
        assertRow(golden.get("block.readFree"), i, out);
      }
      for (int i = 1; i < keys.rows(); i += 3) {
        memory.forget(i);
      }
      Golden.Matrix after = golden.get("block.readFreeAfterForgetting");
      for (int row = 0, i = 0; i < keys.rows(); i++) {
        if (i % 3 != 1) {
          memory.readWithKey(i, free.floatRow(arena, i), out);
          assertRow(after, row++, out);
        }
      }
    }
  }

  /** Floats of size about 1, summed over 12 facts in float: a few units in the 7th digit. */
  private static void assertRow(Golden.Matrix expected, int row, MemorySegment floats) {
    for (int j = 0; j < expected.columns(); j++) {
      assertEquals(expected.at(row, j), floats.get(JAVA_FLOAT, 4L * j), 5e-6,
          "row " + row + ", column " + j);
    }
  }

  @Test
  void primalMemoryAgreesWithNumPyWrittenOneByOneOrAtOnceAndAfterForgetting() {
    Golden.Matrix keys = golden.get("block.keys");
    Golden.Matrix latents = golden.get("block.latents");
    Golden.Matrix free = golden.get("block.free");
    int count = keys.rows();
    try (Arena arena = Arena.ofConfined();
        LeastSquaresMemory oneByOne =
            LeastSquaresMemory.open(keys.columns(), latents.columns(), RIDGE);
        LeastSquaresMemory atOnce =
            LeastSquaresMemory.open(keys.columns(), latents.columns(), RIDGE)) {
      for (int i = 0; i < count; i++) {
        oneByOne.write(keys.doubleRow(arena, i), latents.doubleRow(arena, i));
      }
      atOnce.writeAll(count, keys.doubles(arena), latents.doubles(arena));
      for (int i = 0; i < count; i++) {
        for (LeastSquaresMemory memory : new LeastSquaresMemory[] {oneByOne, atOnce}) {
          assertRead(golden.get("block.read"), i, memory, keys.doubleRow(arena, i), arena);
          assertRead(golden.get("block.readFree"), i, memory, free.doubleRow(arena, i), arena);
        }
      }
      for (int i = 1; i < count; i += 3) {
        assertTrue(oneByOne.forget(keys.doubleRow(arena, i), latents.doubleRow(arena, i)));
      }
      for (int row = 0, i = 0; i < count; i++) {
        if (i % 3 != 1) {
          assertRead(golden.get("block.readFreeAfterForgetting"), row++, oneByOne,
              free.doubleRow(arena, i), arena);
        }
      }
      assertEquals(0, oneByOne.rebuilds());
    }
  }

  private static void assertRead(Golden.Matrix expected, int row, LeastSquaresMemory memory,
      MemorySegment key, Arena arena) {
    MemorySegment out = arena.allocate(8L * expected.columns(), 64);
    memory.read(key, out);
    for (int j = 0; j < expected.columns(); j++) {
      assertEquals(expected.at(row, j), out.get(JAVA_DOUBLE, 8L * j), 2e-9, // see FORGET_THRESHOLD
          "row " + row + ", column " + j);
    }
  }

  @Test
  void paperModeAgreesWithNumPy() {
    Golden.Matrix reference = golden.get("paper.reference");
    Golden.Matrix latents = golden.get("paper.latents");
    Golden.Matrix expected = golden.get("paper.read");
    try (Arena arena = Arena.ofConfined();
        PaperMemory memory = PaperMemory.open(reference.rows(), reference.columns(),
            latents.rows(), reference.doubles(arena))) {
      memory.write(latents.doubles(arena));
      MemorySegment out = arena.allocate(8L * expected.values().length, 64);
      memory.read(golden.get("paper.queries").doubles(arena), out);
      for (int i = 0; i < expected.values().length; i++) {
        assertEquals(expected.values()[i], out.get(JAVA_DOUBLE, 8L * i), 1e-10, "value " + i);
      }
    }
  }
}
