package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.encoder.EncoderOptions;
import io.larimar.encoder.SentenceEncoder;
import io.larimar.encoder.SentenceModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class UnpackTest {
  @TempDir Path folder;

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatAStartNeedsLiesOutsideTheJars() throws Exception {
    Path unpacked = folder.resolve("a folder");
    Unpack.main(new String[] {unpacked.toString()});
    try (Stream<Path> files = Files.list(unpacked)) {
      Set<String> names =
          files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
      assertEquals(Set.of("libonnxruntime.so", "libonnxruntime4j_jni.so", "libsqlitejdbc.so",
          "optimized-bge-small-en-v1.5-q.onnx"), names);
    }
    assertEquals(embedding(), embedding("-Dlarimar.unpacked=" + unpacked,
        "-Donnxruntime.native.path=" + unpacked), "the same bits from the folder");

    Files.writeString(unpacked.resolve("optimized-bge-small-en-v1.5-q.onnx"), "no model");
    assertTrue(embedding("-Dlarimar.unpacked=" + unpacked).contains("cannot load"),
        "the folder's model was what was read");
  }

  /** What {@link Embed} prints in a JVM of these flags. */
  private static String embedding(String... flags) throws Exception {
    List<String> words = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED"));
    words.addAll(List.of(flags));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), Embed.class.getName()));
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), printed);
    return printed;
  }

  /** Prints the embedding of a sentence, or why there is none. */
  static final class Embed {
    private Embed() {}

    public static void main(String[] arguments) {
      try (SentenceEncoder encoder =
          SentenceEncoder.open(SentenceModel.ENGLISH, EncoderOptions.DEFAULT)) {
        System.out.println(Arrays.toString(encoder.encode("The tap is made of brass.")));
      } catch (RuntimeException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
