package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
  void whatAStartNeedsLiesOutsideTheJarsByteForByte() throws IOException {
    Path unpacked = folder.resolve("a folder");
    Unpack.main(new String[] {unpacked.toString()});
    try (Stream<Path> files = Files.list(unpacked)) {
      Set<String> names =
          files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
      assertEquals(Set.of("libonnxruntime.so", "libonnxruntime4j_jni.so", "libsqlitejdbc.so",
          "bge-small-en-v1.5-q.onnx"), names);
    }
    try (InputStream weights =
        Unpack.class.getClassLoader().getResourceAsStream("bge-small-en-v1.5-q.onnx")) {
      assertArrayEquals(weights.readAllBytes(),
          Files.readAllBytes(unpacked.resolve("bge-small-en-v1.5-q.onnx")));
    }
  }
}
