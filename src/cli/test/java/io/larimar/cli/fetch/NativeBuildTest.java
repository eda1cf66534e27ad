package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a build says where it cannot begin, or brought what cannot work. */
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

  @Test
  void aBuildFolderThatWasCopiedWithItsProjectIsMadeAnew() throws Exception {
    Path build = Files.createDirectories(folder.resolve("target/native/cpu"));
    Path cache = build.resolve("CMakeCache.txt");
    Files.writeString(cache, "A:B=C\nCMAKE_HOME_DIRECTORY:INTERNAL=" + folder + "\n");
    NativeBuild.dropBuildOfAnotherPlace(build, folder);
    assertTrue(Files.exists(cache));
    Files.writeString(cache, "A:B=C\nCMAKE_HOME_DIRECTORY:INTERNAL=" + folder + "/before\n");
    NativeBuild.dropBuildOfAnotherPlace(build, folder);
    assertFalse(Files.exists(build));
    NativeBuild.dropBuildOfAnotherPlace(build, folder);
  }

  @Test
  void aLibraryWithACopyOfTheCxxRunTimeIsRefused() throws Exception {
    Path library = folder.resolve("libllama.so");
    Files.write(library, new byte[] {0x7f, 'E', 'L', 'F', (byte) 0x80, 0, 'x'});
    String said = assertThrows(FetchException.class,
        () -> NativeBuild.requireSharedRuntime(library)).getMessage();
    assertTrue(said.contains("C++ run time") && said.contains("apt install"), said);
    Files.writeString(library, "\0libc.so.6\0libstdc++.so.6\0");
    NativeBuild.requireSharedRuntime(library);
  }

  /** The rule holds of libraries that are known to work. */
  @Test
  @Tag("model")
  @EnabledOnOs(OS.LINUX)
  void theLibrariesInUseShareTheirRunTime() throws Exception {
    String natives = System.getenv("LARIMAR_NATIVES");
    Assumptions.assumeTrue(natives != null, "LARIMAR_NATIVES is not set; use ./larimar test");
    try (Stream<Path> files = Files.list(Path.of(natives))) {
      Path llama = files.filter(file -> file.getFileName().toString().startsWith("libllama."))
          .findFirst().orElseThrow();
      NativeBuild.requireSharedRuntime(llama);
    }
  }
}
