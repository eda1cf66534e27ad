package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelCasesTest {
  @Test
  void everyKernelAgreesWithOpenBlas() {
    try (Arena arena = Arena.ofShared()) {
      Optional<OpenBlas> blas = OpenBlas.find(arena);
      assumeTrue(blas.isPresent(), "OpenBLAS is not installed");
      for (KernelCases.Case one : new KernelCases(arena, blas).all(false)) {
        one.larimar().run();
        one.blas().orElseThrow().run();
        one.agree().run(); // throws where they differ
      }
    }
  }

  @Test
  void aFileThatIsNoLibraryIsRefused() {
    try (Arena arena = Arena.ofShared()) {
      assertThrows(IllegalArgumentException.class,
          () -> OpenBlas.find(Optional.of("no-such-openblas.so"), arena));
    }
  }

  @Test
  void chartHoldsEveryLineAndNothingFromOutside() {
    String svg = Chart.svg("t", "x", "y", List.of(
        new Chart.Line("one", new double[] {1, 1_000}, new double[] {0.5, 20}),
        new Chart.Line("two", new double[] {1, 1_000}, new double[] {1, 1})));
    assertTrue(svg.contains(">one<") && svg.contains(">two<"), svg);
    assertTrue(!svg.contains("http") && !svg.contains("NaN"), svg);
  }
}
