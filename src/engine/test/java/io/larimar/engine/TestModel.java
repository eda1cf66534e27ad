package io.larimar.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Where {@code ./larimar test} says that the native libraries and the model are. */
final class TestModel {
  private TestModel() {}

  static LarimarOptions options(Path store) {
    String natives = System.getenv("LARIMAR_NATIVES");
    String model = System.getenv("LARIMAR_MODEL");
    Assumptions.assumeTrue(natives != null && model != null && Files.isRegularFile(Path.of(model)),
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    return LarimarOptions.of(Path.of(natives), Path.of(model), store);
  }

  static Larimar open(Path store) {
    return Larimar.open(options(store), replayed -> { });
  }
}
