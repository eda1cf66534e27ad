package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own client for Python, on the real model. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class PythonClientTest {
  @TempDir
  private Path folder;

  @Test
  void openAisClientForPythonFindsWhatItLooksFor(Larimar larimar) throws Exception {
    Path python = ForeignTools.python("openai", "openai==3.57.0");
    Path script = Path.of(
        Objects.requireNonNull(getClass().getResource("openai_client.py")).toURI());
    larimar.write(Fact.of("Orla gateway", "The number of ports of the {} is", "16"));
    try (LarimarServer server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0))) {
      String key = server.keys().create("python", "default", EnumSet.of(Role.READ)).secret();
      ForeignTools.Outcome outcome = ForeignTools.run(180, folder, List.of(
          python.resolve("python").toString(), script.toString(), "" + server.address(), key));
      assertEquals(0, outcome.status(), outcome.said());
      assertTrue(outcome.said().contains("all good"), outcome.said());
    } finally {
      larimar.forgetAll();
    }
  }
}
