package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A peer's jars are fetched once, whole or not at all. */
@DisabledOnOs(OS.WINDOWS)
class PeerJarsTest {
  private static final String PEER = "org.example:peer:1.0";

  @TempDir private Path folder;

  private PeerJars maven(String script) throws IOException {
    Path maven = Files.createDirectories(folder.resolve("bin")).resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\n" + script + "\n");
    assertTrue(maven.toFile().setExecutable(true));
    return new PeerJars(Fixtures.linux(folder, maven.getParent()));
  }

  @Test
  void theJarsAreFetchedOnce() throws Exception {
    PeerJars jars = maven("""
        for word; do case $word in -DoutputDirectory=*) to=${word#*=} ;; esac; done
        /bin/mkdir "$to"; echo jar > "$to/a.jar"
        """);
    Path found = jars.find(PEER, Progress.silent());
    assertEquals("peer-1.0", found.getFileName().toString());
    assertTrue(Files.exists(found.resolve("a.jar")));
    assertEquals(found, maven("exit 1").find(PEER, Progress.silent()));
  }

  @Test
  void aFetchThatFailsLeavesNothing() throws Exception {
    FetchException failed = assertThrows(FetchException.class,
        () -> maven("echo '[ERROR] no such artifact'; exit 1").find(PEER, Progress.silent()));
    assertTrue(failed.getMessage().contains("no such artifact"), failed.getMessage());
    Path peers = Cache.of(Fixtures.linux(folder, folder)).root().resolve("peers");
    try (var left = Files.list(peers)) {
      assertFalse(left.findAny().isPresent());
    }
  }

  @Test
  void withoutMavenOrWithHalfANameNothingIsFetched() {
    PeerJars none = new PeerJars(Fixtures.linux(folder, folder));
    assertTrue(assertThrows(FetchException.class, () -> none.find(PEER, Progress.silent()))
        .getMessage().contains("Maven"));
    assertThrows(IllegalArgumentException.class, () -> none.find("peer:1.0", Progress.silent()));
  }
}
