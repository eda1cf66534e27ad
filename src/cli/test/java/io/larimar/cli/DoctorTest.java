package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.cli.Doctor.Check;
import io.larimar.cli.fetch.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;
  private Doctor doctor;

  @BeforeEach
  void onAFreshMachine() {
    doctor = new Doctor(new Environment(
        Map.of("LARIMAR_CACHE", folder.resolve("cache").toString()), "Linux", "amd64", folder));
  }

  private static void assertBad(Check check, String found) {
    assertFalse(check.good(), check::toString);
    assertTrue(check.remedy().isPresent(), check::toString);
    assertTrue(check.toString().contains(found), check::toString);
  }

  @Test
  void aFreshMachineLacksLibrariesAndModelAndIsToldHowToGetThem() {
    assertBad(doctor.natives(), "larimar natives");
    assertBad(doctor.model("smollm2-135m"), "larimar model smollm2-135m");
    assertFalse(Files.exists(folder.resolve("cache")));
  }

  @Test
  void anOldJdkIsSaid() {
    assertBad(doctor.jdk(Runtime.Version.parse("21.0.4+7")), "LARIMAR_JAVA_HOME");
    assertTrue(doctor.jdk(Runtime.Version.parse("25.0.1+8")).good());
  }

  @Test
  void narrowVectorsAreSaid() {
    assertBad(doctor.vector(64), "64 bits");
    assertTrue(doctor.vector(256).toString().contains("8 floats"));
  }

  @Test
  void aModelFileOfTheUsersOwnIsFoundAndAMissingOneSaid() throws IOException {
    Path own = Files.write(folder.resolve("own.gguf"), new byte[1]);
    assertTrue(doctor.model(own.toString()).good());
    assertBad(doctor.model(folder.resolve("none.gguf").toString()), "there is no file");
  }

  @Test
  void aStoreBelowAFileIsSaid() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertBad(doctor.store(file.resolve("store")), "is a file");
    assertTrue(doctor.store(folder.resolve("deep/store")).good());
  }

  @Test
  void everyCheckIsOneLine() {
    List<Check> checks = doctor.checks(256, "smollm2-135m", folder.resolve("store"));
    assertEquals(List.of("jdk", "vector", "natives", "model", "disk", "store"),
        checks.stream().map(Check::name).toList());
    checks.forEach(check -> assertEquals(1, check.toString().lines().count(), check::toString));
  }
}
