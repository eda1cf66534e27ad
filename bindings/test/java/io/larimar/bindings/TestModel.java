package io.larimar.bindings;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Where the tests find the native libraries and a model: {@code LARIMAR_NATIVES} and
 * {@code LARIMAR_MODEL}, which {@code ./larimar test} sets.
 */
final class TestModel {
  private TestModel() {}

  static NativeLibrary natives() {
    String directory = System.getenv("LARIMAR_NATIVES");
    Assumptions.assumeTrue(directory != null, "LARIMAR_NATIVES is not set; use ./larimar test");
    return NativeLibrary.load(Path.of(directory));
  }

  static Path file() {
    natives();
    String file = System.getenv("LARIMAR_MODEL");
    Assumptions.assumeTrue(file != null && Files.isRegularFile(Path.of(file)),
        "LARIMAR_MODEL names no GGUF file; use ./larimar test");
    return Path.of(file);
  }
}
