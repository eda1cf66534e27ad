package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.ProgressBar;
import org.junit.jupiter.api.Test;

class BarsTest {
  @Test
  void aLogGetsLinesAndNoBarThatMoves() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (ProgressBar bar = Bars.bar("facts", 1_000, out, false)) {
      for (int i = 0; i < 1_000; i++) {
        bar.step();
      }
    }
    String said = bytes.toString(StandardCharsets.UTF_8);
    assertFalse(said.contains("\r"), said);
    assertTrue(said.lines().count() <= 4 && said.contains("1000/1000"), said);
  }
}
