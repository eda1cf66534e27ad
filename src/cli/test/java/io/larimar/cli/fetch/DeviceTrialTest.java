package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.bindings.LlamaException;
import io.larimar.bindings.NativeLibrary.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS) // The stand-ins for the trial's process are shell scripts.
class DeviceTrialTest {
  private static final Device GPU =
      new Device(1, "CUDA0", "an invented GPU", Device.Kind.GPU, 1, 1);
  private static final Device CPU = new Device(0, "CPU", "this machine", Device.Kind.CPU, 1, 1);

  @TempDir private Path folder;
  private Path libraries;
  private Path tried;

  @BeforeEach
  void libraries() throws IOException {
    libraries = Files.createDirectory(folder.resolve("libraries"));
    Files.writeString(libraries.resolve("libggml-cuda.so"), "kernels");
    tried = folder.resolve("tried");
  }

  /** A trial whose process is this shell script; the script's own words are $1 to $3. */
  private DeviceTrial trial(String script) {
    Environment environment = new Environment(Map.of("PATH", System.getenv("PATH"),
        "LARIMAR_CACHE", folder.resolve("cache").toString()), "Linux", "amd64", folder);
    return new DeviceTrial(environment, List.of("sh", "-c",
        "echo \"$3\" >> '" + tried + "'; " + script, "trial"));
  }

  private int trials() throws IOException {
    return Files.readAllLines(tried).size();
  }

  @Test
  void whatPassedIsTriedAgainOnlyForOtherFilesOrDevices() throws Exception {
    DeviceTrial trial = trial("exit 0");
    Path model = folder.resolve("model.gguf");
    trial.require(libraries, model, List.of(GPU));
    trial.require(libraries, model, List.of(GPU));
    assertEquals(List.of("CUDA0"), Files.readAllLines(tried));
    trial.require(libraries, model, List.of(GPU,
        new Device(2, "CUDA1", "an invented GPU", Device.Kind.GPU, 1, 1)));
    assertEquals(List.of("CUDA0", "CUDA1"), Files.readAllLines(tried));
    Files.setLastModifiedTime(libraries.resolve("libggml-cuda.so"), FileTime.fromMillis(1));
    trial.require(libraries, model, List.of(GPU));
    assertEquals(3, trials());
  }

  @Test
  void anAbortIsToldWithItsReasonAndTheWayOutAndTriedAgain() throws Exception {
    DeviceTrial trial = trial(
        "echo loading >&2; echo 'ggml-cuda.cu:108: CUDA error' >&2; echo later >&2; kill -ABRT $$");
    for (int i = 1; i <= 2; i++) {
      String said = assertThrows(LlamaException.class,
          () -> trial.require(libraries, folder, List.of(GPU))).getMessage();
      for (String part : List.of("CUDA0 (an invented GPU)", "exit code 134",
          "(ggml-cuda.cu:108: CUDA error)", "larimar natives --build cuda")) {
        assertTrue(said.contains(part), said);
      }
      assertEquals(i, trials());
    }
  }

  @Test
  void aSilentEndIsToldToo() {
    Device other = new Device(1, "SYCL0", "another", Device.Kind.GPU, 1, 1);
    String said = assertThrows(LlamaException.class,
        () -> trial("exit 3").require(libraries, folder, List.of(other))).getMessage();
    assertTrue(said.contains("exit code 3;") && said.contains("--build cuda|vulkan|metal"), said);
  }

  /** The real process, libraries and model, on the one device that every machine has. */
  @Test
  @Tag("model")
  void theTrialDecodesAToken() throws Exception {
    String natives = System.getenv("LARIMAR_NATIVES");
    String model = System.getenv("LARIMAR_MODEL");
    Assumptions.assumeTrue(natives != null && model != null,
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    DeviceTrial trial = DeviceTrial.of(new Environment(Map.of("LARIMAR_CACHE",
        folder.resolve("cache").toString()), "Linux", "amd64", folder));
    trial.require(Path.of(natives), Path.of(model), List.of(CPU));
    String said = assertThrows(LlamaException.class,
        () -> trial.require(Path.of(natives), Path.of(model), List.of(GPU))).getMessage();
    assertTrue(said.contains("no device CUDA0; there are: CPU"), said);
    Device gone = new Device(0, "CPU", "unknown as yet", Device.Kind.CPU, 1, 1);
    said = assertThrows(LlamaException.class, () -> trial.require(
        Path.of(natives), folder.resolve("no.gguf"), List.of(gone))).getMessage();
    assertTrue(said.contains("no model file at"), said);
  }
}
