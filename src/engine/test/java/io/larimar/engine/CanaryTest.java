package io.larimar.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.ledger.TestEvidence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After forget and compaction nothing of a fact is left: in no file of the store, no temporary file and
 * no log; in no object of the heap; and on Linux in no readable byte of the process.
 */
@Tag("model")
class CanaryTest {
  /** What {@link Larimar#overwriteFreeHeap} needs to reach every dead byte (docs/FORMATS.md). */
  static final List<String> FLAGS = List.of("-XX:+UseSerialGC", "-XX:MarkSweepDeadRatio=0",
      "-XX:MinHeapFreeRatio=0", "-XX:MaxHeapFreeRatio=0");

  /** Lets the C library overwrite memory that native code gives back. */
  private static final Map<String, String> TUNABLES =
      Map.of("GLIBC_TUNABLES", "glibc.malloc.perturb=165");

  @TempDir
  private Path folder;

  @Test
  void afterForgetAndCompactionNoFileAndNoByteOfTheProcessHoldsTheCanary()
      throws IOException, InterruptedException {
    TestModel.options(folder); // Skips the test where there is no model.
    Path store = folder.resolve("store");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path log = folder.resolve("log.txt");
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
        "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-Djava.io.tmpdir=" + temporary));
    command.addAll(FLAGS);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"),
        CanaryChild.class.getName(), store.toString(), folder.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(log.toFile());
    builder.environment().putAll(TUNABLES);
    Process child = builder.start();
    assertEquals(0, child.waitFor(), () -> tail(log));
    List<String> said = Files.readAllLines(log);
    for (String needle : List.of("live word1 Latin-1", "live word3 UTF-16LE", "live tokens",
        "all word1 Latin-1")) {
      assertTrue(said.stream().anyMatch(line -> line.startsWith("before " + needle)),
          "the scan finds what is there: " + needle);
    }
    assertTrue(said.contains("after done"));
    assertEquals(List.of(), said.stream().filter(line -> line.startsWith("after live")).toList());
    assertEquals(List.of(), said.stream().filter(line -> line.startsWith("after all")).toList());
    if (said.contains("memory scanned")) {
      assertTrue(said.stream().anyMatch(line -> line.startsWith("before memory word1")));
      assertTrue(said.stream().anyMatch(line -> line.startsWith("before memory tokens")));
      assertTrue(said.stream().anyMatch(line -> line.startsWith("before memory word4 UTF-8")),
          "off the heap too");
      assertEquals(List.of(),
          said.stream().filter(line -> line.startsWith("after memory")).toList());
    } else {
      System.out.println("no /proc/self/mem here: only the heap was searched, not all memory");
    }
    int inFiles = 0;
    for (long seed = 1; seed <= 3; seed++) {
      String word = CanaryChild.word(seed).toString();
      List<Path> holding = files(word);
      assertEquals(List.of(), holding, "files that hold word " + seed);
      inFiles += holding.size();
    }
    long before = said.stream().filter(line -> line.startsWith("before ")).count() - 1;
    long after = said.stream().filter(line -> line.startsWith("after ")).count() - 1;
    TestEvidence.write("canary", "mvn -pl src/engine -am test -Dtest=CanaryTest", Map.of(
        "canaryLeftInFiles", (long) inFiles, "canaryLeftInMemory", after,
        "canaryFoundBefore", before,
        "searched", said.contains("memory scanned") ? "files, heap, all readable memory"
            : "files and heap"));
  }

  private List<Path> files(String word) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.filter(Files::isRegularFile).filter(path -> holds(path, word)).toList();
    }
  }

  private static boolean holds(Path path, String word) {
    try {
      String content = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
      String wide = new String(word.getBytes(StandardCharsets.UTF_16LE),
          StandardCharsets.ISO_8859_1);
      return content.contains(word) || content.contains(wide);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
