package io.larimar.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/**
 * Programs of other languages that tests drive a server with, fetched once into the user's cache by
 * pip and npm. Where they cannot be had the test is skipped and says why.
 */
final class ForeignTools {
  private static final int FETCH_SECONDS = 240;

  /** What a program said, and how it ended. */
  record Outcome(int status, String said) {}

  private ForeignTools() {}

  private static Path folder(String name) {
    Path cache = Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"));
    return cache.resolve("larimar").resolve("tests").resolve(name);
  }

  /** A virtual environment of Python with these packages; the folder of its programs. */
  static Path python(String name, String... packages) {
    Path folder = folder("python-" + name);
    Path done = folder.resolve("done");
    if (!Files.exists(done)) {
      fetch(List.of("python3", "-m", "venv", "--clear", folder.toString()));
      List<String> install = new ArrayList<>(List.of(folder.resolve("bin/pip").toString(),
          "install", "--quiet", "--disable-pip-version-check"));
      install.addAll(List.of(packages));
      fetch(install);
      mark(done);
    }
    return folder.resolve("bin");
  }

  /** A folder with these packages of npm in its node_modules. */
  static Path node(String name, String... packages) {
    Path folder = folder("node-" + name);
    Path done = folder.resolve("done");
    if (!Files.exists(done)) {
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw new TestAbortedException("cannot make " + folder, e);
      }
      List<String> install = new ArrayList<>(List.of("npm", "install", "--prefix",
          folder.toString(), "--no-audit", "--no-fund", "--silent"));
      install.addAll(List.of(packages));
      fetch(install);
      mark(done);
    }
    return folder;
  }

  private static void mark(Path done) {
    try {
      Files.writeString(done, "");
    } catch (IOException e) {
      throw new TestAbortedException("cannot write " + done, e);
    }
  }

  private static void fetch(List<String> command) {
    Outcome outcome;
    try {
      outcome = run(FETCH_SECONDS, Path.of("."), command);
    } catch (IOException e) {
      throw new TestAbortedException(command.getFirst() + " is not here: " + e.getMessage(), e);
    }
    if (outcome.status() != 0) {
      throw new TestAbortedException(String.join(" ", command) + " ended with " + outcome.status()
          + ": " + outcome.said());
    }
  }

  /** Runs a program in a folder to its end; -1 where it did not end in time. */
  static Outcome run(int seconds, Path folder, List<String> command) throws IOException {
    Path said = Files.createTempFile("larimar-tool", ".txt");
    Process process = new ProcessBuilder(command).directory(folder.toFile())
        .redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      return new Outcome(ended ? process.exitValue() : -1,
          new String(Files.readAllBytes(said), StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      Files.delete(said);
    }
  }
}
