package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The README's curl lines are real: each of them works, in their order. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class ReadmeCurlTest {
  private static final Pattern LINES = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final String ADDRESS = "http://127.0.0.1:8420";

  @TempDir
  private Path folder;

  private static List<String> lines() throws IOException {
    Matcher matcher = LINES.matcher(Files.readString(Path.of("..", "..", "README.md")));
    assertTrue(matcher.find(), "README.md has a block of sh");
    return matcher.group(1).lines().toList();
  }

  private static String shell(String line) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", line).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), line + "\n" + said);
    return said;
  }

  private static boolean hasCurl() {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(place -> Files.isExecutable(Path.of(place, "curl")));
  }

  @Test
  void eachLineWorksAndTheLastProvesTheDeletion(Larimar larimar) throws Exception {
    Assumptions.assumeTrue(hasCurl(), "curl is not installed");
    try (LarimarServer server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0))) {
      List<String> said = new ArrayList<>();
      for (String line : lines()) {
        said.add(shell(line.replace(ADDRESS, server.address().toString())));
      }
      assertEquals(6, said.size());
      assertTrue(said.get(1).contains("38"), said.get(1));
      assertTrue(said.get(2).endsWith("data: [DONE]\n\n"), said.get(2));
      assertTrue(said.get(3).contains("ZX-400"), said.get(3));
      assertTrue(said.get(5).contains("\"verified\":true"), said.get(5));
      new Client(server, Optional.empty()).delete("/memories?all=true&receipt=false").expect(200);
    }
  }
}
