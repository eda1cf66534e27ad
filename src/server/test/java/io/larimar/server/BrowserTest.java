package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The console in headless Chromium, at desk width in English and at phone width in Japanese, on the
 * real model: taught, asked, forgotten with proof; contrast, labels and roles by axe-core; no page
 * that moves under its reader. {@code -Dlarimar.console.shots=FOLDER} keeps the screenshots.
 */
@Tag("model")
@ExtendWith(SharedEngine.class)
class BrowserTest {
  private static final double GOOD_SHIFT = 0.1; // of web.dev's Cumulative Layout Shift

  @TempDir
  private Path folder;

  @Test
  void theConsoleDoesItsWorkForEveryone(Larimar larimar) throws Exception {
    Path modules = ForeignTools.node("console", "playwright-core@1.65.1", "axe-core@4.14.1",
        "@sparticuz/chromium@147.0.0");
    Path script =
        Path.of(Objects.requireNonNull(getClass().getResource("console.mjs")).toURI());
    Path shots = Optional.ofNullable(System.getProperty("larimar.console.shots")).map(Path::of)
        .orElse(folder);
    Files.createDirectories(shots);
    try (LarimarServer server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0))) {
      String key = server.keys().create("admin", "default", EnumSet.allOf(Role.class)).secret();
      List<String> command = List.of("node", script.toString(), modules.toString(),
          server.address() + "/", key, shots.toString());
      ForeignTools.Outcome outcome = ForeignTools.run(240, folder, command);
      assertEquals(0, outcome.status(), outcome.said());
      JsonNode found = Json.tree(Files.readString(shots.resolve("console.json")));
      assertEquals("[]", found.get("faults").toString());
      assertEquals("{}", found.get("findings").toString());
      assertEquals(14, found.get("shifts").size());
      found.get("shifts").forEachEntry(
          (page, shift) -> assertTrue(shift.asDouble() < GOOD_SHIFT, page + " shifts by " + shift));
    } finally {
      larimar.forgetAll();
    }
  }
}
