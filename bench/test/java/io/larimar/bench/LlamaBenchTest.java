package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.bindings.LlamaException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The tool's answer is read, and a tool that gives none is no silent zero. */
@DisabledOnOs(OS.WINDOWS)
class LlamaBenchTest {
  @TempDir private Path folder;

  private LlamaBench saying(String answer) throws Exception {
    Path program = folder.resolve("llama-bench");
    Files.writeString(program, "#!/bin/sh\n" + answer + "\n");
    assertTrue(program.toFile().setExecutable(true));
    return new LlamaBench(program, folder, Path.of("model.gguf"), 2, 512);
  }

  @Test
  void theSamplesAreTakenOneByOne() throws Exception {
    LlamaBench bench = saying("echo '[{\"avg_ts\": 3, \"samples_ts\": [2.5, 3.5]}]'");
    assertArrayEquals(new double[] {2.5, 3.5}, bench.tokensPerSecond(0, 8, 2));
  }

  @Test
  void aToolThatFailsOrSaysLessIsNamedWithItsCommand() throws Exception {
    LlamaException failed =
        assertThrows(LlamaException.class, () -> saying("exit 4").tokensPerSecond(8, 0, 1));
    assertTrue(failed.getMessage().contains("-p 8 -n 0"), failed.getMessage());
    assertThrows(LlamaException.class,
        () -> saying("echo '[{\"samples_ts\": [1]}]'").tokensPerSecond(8, 0, 2));
  }
}
