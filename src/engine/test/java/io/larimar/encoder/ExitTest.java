package io.larimar.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that ends while sentences are encoded ends with the code it was given. */
class ExitTest {
  /** Encodes on threads of its own and ends the process so many milliseconds later. */
  static final class Child {
    public static void main(String[] arguments) throws InterruptedException {
      AddressEncoder encoder = AddressEncoder.open(EncoderOptions.DEFAULT);
      for (int i = 0; i < 4; i++) {
        Thread.ofPlatform().daemon().start(() -> {
          while (true) {
            try (Arena arena = Arena.ofConfined()) {
              encoder.encode("The maximum flow rate of the pump is",
                  arena.allocate(ValueLayout.JAVA_FLOAT, encoder.width()));
            }
          }
        });
      }
      Thread.sleep(Long.parseLong(arguments[0]));
      System.exit(7);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 150, 250, 350, 500, 1_000, 2_000})
  void loadedOrRunning(int milliseconds) throws Exception {
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-XX:ErrorFile=/dev/null", "-cp", System.getProperty("java.class.path"),
        Child.class.getName(), Integer.toString(milliseconds))
        .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends");
    assertEquals(7, process.exitValue());
  }
}
