package io.larimar.server;

import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One engine on the real model for all tests of the module, as opening it is what takes time. */
final class SharedEngine implements ParameterResolver {
  /** The engine and its folder, closed after the last test. */
  private record Opened(Larimar larimar, Path folder) implements AutoCloseable {
    static Opened open() {
      String natives = System.getenv("LARIMAR_NATIVES");
      String model = System.getenv("LARIMAR_MODEL");
      Assumptions.assumeTrue(
          natives != null && model != null && Files.isRegularFile(Path.of(model)),
          "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
      try {
        Path folder = Files.createTempDirectory("larimar-server");
        return new Opened(Larimar.open(LarimarOptions.of(
            Path.of(natives), Path.of(model), folder.resolve("store")), replayed -> { }), folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      larimar.close();
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Larimar.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context.getRoot().getStore(ExtensionContext.Namespace.create(SharedEngine.class))
        .computeIfAbsent(Opened.class, any -> Opened.open(), Opened.class).larimar();
  }
}
