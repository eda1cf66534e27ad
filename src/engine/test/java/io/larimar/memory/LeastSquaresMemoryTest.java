package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeastSquaresMemoryTest {
  private static final int K = 64;
  private static final int C = 24;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private MemorySegment unit(SplittableRandom random) {
    MemorySegment key = arena.allocate(8L * K, 64);
    double norm = 0;
    for (int i = 0; i < K; i++) {
      double value = random.nextGaussian();
      key.set(JAVA_DOUBLE, 8L * i, value);
      norm += value * value;
    }
    for (int i = 0; i < K; i++) {
      key.set(JAVA_DOUBLE, 8L * i,
          (float) (key.get(JAVA_DOUBLE, 8L * i) / Math.sqrt(norm)));
    }
    return key;
  }

  private MemorySegment latent(SplittableRandom random) {
    MemorySegment latent = arena.allocate(8L * C, 64);
    for (int i = 0; i < C; i++) {
      latent.set(JAVA_DOUBLE, 8L * i, (float) random.nextGaussian());
    }
    return latent;
  }

  private double distance(LeastSquaresMemory a, LeastSquaresMemory b, MemorySegment key) {
    MemorySegment x = arena.allocate(8L * C, 64);
    MemorySegment y = arena.allocate(8L * C, 64);
    a.read(key, x);
    b.read(key, y);
    double most = 0;
    for (int i = 0; i < C; i++) {
      most = Math.max(most,
          Math.abs(x.get(JAVA_DOUBLE, 8L * i) - y.get(JAVA_DOUBLE, 8L * i)));
    }
    return most;
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-1, 1e-2, 1e-3, 1e-4})
  void downdateEqualsNeverWrittenWithinItsBound(double ridge) {
    SplittableRandom random = new SplittableRandom(8);
    try (LeastSquaresMemory never = LeastSquaresMemory.open(K, C, ridge);
        LeastSquaresMemory memory = LeastSquaresMemory.open(K, C, ridge)) {
      MemorySegment[] keys = new MemorySegment[48];
      MemorySegment[] latents = new MemorySegment[48];
      for (int i = 0; i < keys.length; i++) {
        keys[i] = unit(random);
        latents[i] = latent(random);
        memory.write(keys[i], latents[i]);
        if (i % 2 == 0) {
          never.write(keys[i], latents[i]);
        }
      }
      for (int i = 1; i < keys.length; i += 2) {
        memory.forget(keys[i], latents[i]);
      }
      assertEquals(0, memory.rebuilds());
      double bound = 1e-14 / (ridge * ridge); // as FORGET_THRESHOLD says, with room for seeds
      for (MemorySegment key : keys) {
        assertEquals(0, distance(never, memory, key), bound, "seed=8");
      }
    }
  }

  @Test
  void illConditionedForgetRebuilds() {
    SplittableRandom random = new SplittableRandom(9);
    try (LeastSquaresMemory never = LeastSquaresMemory.open(K, C, 1e-9);
        LeastSquaresMemory memory = LeastSquaresMemory.open(K, C, 1e-9)) {
      MemorySegment kept = unit(random);
      MemorySegment keptLatent = latent(random);
      MemorySegment key = unit(random);
      MemorySegment latent = latent(random);
      memory.write(kept, keptLatent);
      never.write(kept, keptLatent);
      memory.write(key, latent);
      assertFalse(memory.forget(key, latent));
      assertEquals(1, memory.rebuilds());
      assertEquals(0, distance(never, memory, kept), 1e-6);
    }
  }

  @Test
  void mergeIsTheSumOfBoth() {
    SplittableRandom random = new SplittableRandom(10);
    try (LeastSquaresMemory a = LeastSquaresMemory.open(K, C, 1e-3);
        LeastSquaresMemory b = LeastSquaresMemory.open(K, C, 1e-3);
        LeastSquaresMemory both = LeastSquaresMemory.open(K, C, 1e-3)) {
      MemorySegment last = unit(random);
      for (int i = 0; i < 40; i++) {
        last = unit(random);
        MemorySegment latent = latent(random);
        (i % 3 == 0 ? a : b).write(last, latent);
        both.write(last, latent);
      }
      a.merge(b);
      assertEquals(0, distance(both, a, last), 1e-10, "seed=10");
      assertThrows(IllegalArgumentException.class, () -> a.merge(a));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 32})
  void dualFormReadsLikeThePrimalForm(int facts) {
    SplittableRandom random = new SplittableRandom(facts);
    MemoryShape shape = new MemoryShape(K, C, 32, 1e-3);
    try (LeastSquaresMemory primal = LeastSquaresMemory.open(K, C, 1e-3);
        EpisodicMemory dual = EpisodicMemory.open(shape)) {
      for (int i = 0; i < facts; i++) {
        MemorySegment key = unit(random);
        MemorySegment latent = latent(random);
        primal.write(key, latent);
        dual.write(i, floats(key), floats(latent), 1);
      }
      MemorySegment query = unit(random);
      MemorySegment x = arena.allocate(8L * C, 64);
      MemorySegment y = arena.allocate(4L * C, 64);
      primal.read(query, x);
      assertEquals(1, dual.readWithKey(0, floats(query), y));
      for (int i = 0; i < C; i++) {
        assertEquals(x.get(JAVA_DOUBLE, 8L * i), y.get(JAVA_FLOAT, 4L * i), 1e-5);
      }
    }
  }

  private MemorySegment floats(MemorySegment doubles) {
    MemorySegment floats = arena.allocate(doubles.byteSize() / 2, 64);
    for (long i = 0; i < doubles.byteSize() / 8; i++) {
      floats.set(JAVA_FLOAT, 4 * i, (float) doubles.get(JAVA_DOUBLE, 8 * i));
    }
    return floats;
  }

  @Test
  void paperModeRefusesAnEpisodeOnWhichItsPseudoInverseDiverges() {
    MemorySegment reference = arena.allocate(8L * 8 * 12, 64);
    for (int i = 0; i < 8; i++) {
      reference.set(JAVA_DOUBLE, 8L * (i * 12 + i), i == 0 ? 70.0 : 1.0);
    }
    String said = assertThrows(IllegalArgumentException.class,
        () -> PaperMemory.open(8, 12, 2, reference)).getMessage();
    assertTrue(said.contains("singular value over 63"), said);
  }

  @Test
  void badInputIsRefusedAndChangesNothing() {
    SplittableRandom random = new SplittableRandom(14);
    try (LeastSquaresMemory memory = LeastSquaresMemory.open(K, C, 1e-3);
        LeastSquaresMemory untouched = LeastSquaresMemory.open(K, C, 1e-3)) {
      MemorySegment key = unit(random);
      MemorySegment latent = latent(random);
      memory.write(key, latent);
      untouched.write(key, latent);
      MemorySegment bad = latent(random);
      for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        bad.set(JAVA_DOUBLE, 24, value);
        String said = assertThrows(
            IllegalArgumentException.class, () -> memory.write(key, bad)).getMessage();
        assertTrue(said.contains("latent[3]=" + value), said);
        assertThrows(IllegalArgumentException.class, () -> memory.forget(key, bad));
        assertThrows(IllegalArgumentException.class, () -> memory.writeAll(1, key, bad));
      }
      assertThrows(IllegalArgumentException.class, () -> memory.write(latent, key));
      assertEquals(0, distance(memory, untouched, key));
    }
  }

  @Test
  void useAfterCloseThrows() {
    LeastSquaresMemory memory = LeastSquaresMemory.open(4, 4, 1);
    memory.close();
    MemorySegment row = arena.allocate(32, 64);
    assertThrows(IllegalStateException.class, () -> memory.read(row, row));
    PaperMemory paper = PaperMemory.open(4, 4, 1, arena.allocate(128, 64));
    paper.close();
    assertThrows(IllegalStateException.class, () -> paper.write(row));
  }
}
