package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class CacheTest {
  private static final Path HOME = Path.of("/home/someone");

  private static Path root(Map<String, String> variables, String osName) {
    return Cache.of(new Environment(variables, osName, "aarch64", HOME)).root();
  }

  @Test
  void theFolderFollowsEachSystemsCustom() {
    assertEquals(HOME.resolve(".cache/larimar"), root(Map.of(), "Linux"));
    assertEquals(HOME.resolve("Library/Caches/larimar"), root(Map.of(), "Mac OS X"));
    assertEquals(Path.of("/x/larimar"), root(Map.of("XDG_CACHE_HOME", "/x"), "Linux"));
    assertEquals(HOME.resolve(".cache/larimar"),
        root(Map.of("XDG_CACHE_HOME", "relative"), "Linux"));
    assertEquals(Path.of("/own"),
        root(Map.of("XDG_CACHE_HOME", "/x", "LARIMAR_CACHE", "/own"), "Linux"));
  }

  @Test
  void thePlatformIsNamedAsNpmNamesIt() {
    assertEquals("linux-x64", new Environment(Map.of(), "Linux", "amd64", HOME).platform());
    assertEquals("mac-arm64", new Environment(Map.of(), "Mac OS X", "aarch64", HOME).platform());
    assertEquals("win-x64", new Environment(Map.of(), "Windows 11", "amd64", HOME).platform());
    assertEquals("linux-riscv64",
        new Environment(Map.of(), "Linux", "riscv64", HOME).platform());
  }

  @Test
  void theSecondTakerOfALockWaitsForTheFirst(@TempDir Path folder) throws Exception {
    Cache cache = Fixtures.cache(folder);
    AtomicBoolean given = new AtomicBoolean();
    BlockingQueue<String> notes = new ArrayBlockingQueue<>(8);
    BlockingQueue<Boolean> seen = new ArrayBlockingQueue<>(1);
    try (Cache.Lock _ = cache.lock("a", Progress.silent())) {
      Thread.ofVirtual().start(() -> {
        try (Cache.Lock _ = cache.lock("a", noting(notes))) {
          seen.add(given.get());
        } catch (IOException failure) {
          seen.add(false);
        }
      });
      assertTrue(notes.poll(120, TimeUnit.SECONDS).contains("waiting for another"));
      given.set(true);
    }
    assertEquals(true, seen.poll(120, TimeUnit.SECONDS));
  }

  private static Progress noting(BlockingQueue<String> notes) {
    return new Progress() {
      @Override
      public Step step(String label, long total, Unit unit) {
        return Progress.silent().step(label, total, unit);
      }

      @Override
      public void note(String line) {
        notes.add(line);
      }
    };
  }

  @Test
  void aLockOfAnotherNameIsFree(@TempDir Path folder) throws IOException {
    Cache cache = Fixtures.cache(folder);
    try (Cache.Lock _ = cache.lock("a", Progress.silent());
        Cache.Lock _ = cache.lock("b", Progress.silent())) {
      assertTrue(folder.resolve("locks/b.lock").toFile().exists());
    }
  }
}
