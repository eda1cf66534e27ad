package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a build says where it cannot begin. */
class NativeBuildTest {
  @TempDir private Path folder;

  @Test
  void aMachineWithoutToolsIsToldAllOfThemAtOnce() throws Exception {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Environment bare = new Environment(Map.of("PATH", bin.toString(), "LARIMAR_CACHE",
        folder.resolve("cache").toString()), "Linux", "amd64", folder);
    NativeBuild build = NativeBuild.of(bare, folder);
    String said = assertThrows(FetchException.class,
        () -> build.llamaBench(folder, Progress.onStandardError())).getMessage();
    for (String tool : List.of("git", "CMake", "C++", "Ninja")) {
      assertTrue(said.contains(tool), said);
    }
  }
}
