package io.larimar.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.scope.LabelledPrompt;
import io.larimar.scope.ScopeParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calibration on invented facts and the real sentence encoders; no model is needed. */
class CalibrationTest {
  @TempDir
  private Path folder;

  private Path file(String text) throws IOException {
    Path file = folder.resolve("data.json");
    Files.writeString(file, text);
    return file;
  }

  /** Facts about pumps, each with two questions that ask for it and two that do not. */
  private Path pumps(int count) throws IOException {
    StringBuilder text = new StringBuilder("{\"facts\": [");
    for (int i = 0; i < count; i++) {
      String pump = "QX-" + (100 + i) + " pump";
      text.append(i == 0 ? "" : ",\n").append("""
          {"subject": "%1$s", "prompt": "The weight of the %1$s is", "target": "12 kilograms",
           "rephrasings": ["How heavy is the %1$s?", "How much does the %1$s weigh?"],
           "other": "What colour is the %1$s?",
           "neighbours": ["How heavy is the ZZ-9 pump?"]}""".formatted(pump));
    }
    return file(text.append("]}").toString());
  }

  @Test
  void aThresholdThatAcceptsAllIsMendedOnTheHalfHeldOut() throws IOException {
    ScopeParameters loose = ScopeParameters.shipped().withThingThreshold(0);
    Calibration found = Calibration.run(pumps(8), loose, 1);
    assertEquals(4, found.fittedFacts());
    assertEquals(4, found.heldOutFacts());
    assertEquals(1, found.before().acceptedByKind().get("other"));
    assertEquals(0, found.after().acceptedByKind().get("other"));
    assertEquals(1, found.after().acceptedByKind().get("paraphrase"));
    assertEquals(1, found.after().f1());
  }

  @Test
  void whatTheDataCannotTellStaysAsItIs() throws IOException {
    ScopeParameters given = ScopeParameters.shipped().withThresholds(0.123, 0.456);
    ScopeParameters fitted = Calibration.run(pumps(8), given, 1).parameters();
    assertEquals(0.123, fitted.spacedThreshold());
    assertEquals(0.456, fitted.ideographicThreshold());
    assertEquals(given.coverage(), fitted.coverage());
  }

  @Test
  void theSameSeedGivesTheSameCalibration() throws IOException {
    Path data = pumps(8);
    ScopeParameters base = ScopeParameters.shipped().withThingThreshold(0);
    assertEquals(Calibration.run(data, base, 5), Calibration.run(data, base, 5));
  }

  @Test
  void theFormsOfFilesAreToldApart() throws IOException {
    List<LabelledPrompt> own = LabelledPrompts.read(pumps(1));
    assertEquals(List.of(true, true, true, false, false),
        own.stream().map(LabelledPrompt::inScope).toList());
    for (String name : List.of("counterfact-three.json", "zsre-three.json")) {
      try (var in = CalibrationTest.class.getResourceAsStream(name)) {
        Files.write(folder.resolve(name), in.readAllBytes());
      }
      List<LabelledPrompt> prompts = LabelledPrompts.read(folder.resolve(name));
      assertTrue(prompts.stream().anyMatch(LabelledPrompt::inScope), name);
      assertTrue(prompts.stream().anyMatch(p -> !p.inScope()), name);
    }
  }

  private String refusal(String text) throws IOException {
    Path data = file(text);
    return assertThrows(IllegalArgumentException.class,
        () -> Calibration.run(data, ScopeParameters.shipped(), 0)).getMessage();
  }

  @Test
  void filesThatCannotBeFittedAreRefusedWithTheReason() throws IOException {
    assertTrue(refusal("[{\"colour\": \"blue\"}]").contains("record 1: is of no known form"));
    assertTrue(refusal("no json").contains("line 1"));
    assertTrue(refusal("[{\"subject\": \"A\", \"rephrasings\": [\"A?\"]}]").contains("text must be"));
    assertTrue(refusal("[{\"text\": \"A is B\", \"rephrasings\": [\"A?\"]}]").contains("at least 4"));
    String one = "{\"text\": \"Fact %d is here\", \"rephrasings\": [\"Fact %1$d?\"]}";
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      all.append(one.formatted(i)).append('\n');
    }
    assertTrue(refusal(all.toString()).contains("are needed in each half"));
    assertThrows(IllegalArgumentException.class, () -> Calibration.run(
        folder.resolve("missing.json"), ScopeParameters.shipped(), 0));
  }
}
