package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.scope.ScopeParameters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code calibrate} on the demo's FAQ, with the real sentence encoders and no model. */
class CalibrateCommandTest {
  @TempDir
  private Path folder;

  private Path faq;
  private String out = "";
  private String err = "";

  @BeforeEach
  void copyFaq() throws IOException {
    faq = folder.resolve("faq.json");
    try (InputStream in = CalibrateCommandTest.class.getResourceAsStream("demo-faq.json")) {
      Files.write(faq, in.readAllBytes());
    }
  }

  private int larimar(String... arguments) {
    PrintStream realOut = System.out;
    PrintStream realErr = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
    try {
      return Main.run(arguments);
    } finally {
      System.setOut(realOut);
      System.setErr(realErr);
      out = said.toString(StandardCharsets.UTF_8);
      err = complained.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  void itWritesParametersThatTheEngineReadsAndReportsTheHalfHeldOut() {
    Path output = folder.resolve("scope.properties");
    assertEquals(0, larimar("calibrate", "--data", faq.toString(), "--seed", "3", "--output",
        output.toString(), "--json"), err);
    String line = out.lines().filter(l -> l.startsWith("{")).findFirst().orElseThrow();
    JsonNode report = Output.mapper().readTree(line);
    ScopeParameters read = ScopeParameters.read(output);
    assertEquals(report.path("thresholds").path("things").doubleValue(), read.thingThreshold());
    for (String field : new String[] {"eer", "f1", "falseAccept", "falseReject", "accepted"}) {
      assertTrue(report.path("after").has(field), field);
    }
    assertEquals(75,
        report.path("fittedFacts").intValue() + report.path("heldOutFacts").intValue());
  }

  @Test
  void whatIsWrongIsSaidAndEndsWithTheCodeForWrongUsage() throws IOException {
    assertEquals(2, larimar("calibrate"));
    assertTrue(err.contains("--data FILE"), err);
    assertEquals(2, larimar("calibrate", "--data", folder.resolve("none.json").toString()));
    assertTrue(err.contains("no such file"), err);
    Path broken = folder.resolve("broken.properties");
    Files.writeString(broken, "coverage=much\n");
    assertEquals(2, larimar("calibrate", "--data", faq.toString(), "--scope", broken.toString()));
    assertTrue(err.contains("coverage is no number: much"), err);
  }
}
