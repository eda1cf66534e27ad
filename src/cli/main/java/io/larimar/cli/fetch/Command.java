package io.larimar.cli.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs another program, with no standard input and a time limit. */
final class Command {
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private Command() {}

  /**
   * How a program ended.
   *
   * @param exitCode its exit code
   * @param out its standard output
   * @param err its standard error
   */
  record Result(int exitCode, String out, String err) {
    /** Both streams, for a look through. */
    String all() {
      return out + "\n" + err;
    }
  }

  /** Runs a program to its end and keeps what it says. */
  static Result run(Environment environment, Duration limit, List<String> words)
      throws FetchException {
    StringBuilder out = new StringBuilder();
    return run(environment, limit, words, Path.of("."), line -> out.append(line).append('\n'), out);
  }

  /** Runs a program in a folder and hands over each line of its output as it comes. */
  static Result follow(Environment environment, Duration limit, List<String> words, Path folder,
      Consumer<String> lines) throws FetchException {
    return run(environment, limit, words, folder, lines, new StringBuilder());
  }

  private static Result run(Environment environment, Duration limit, List<String> words,
      Path folder, Consumer<String> lines, StringBuilder out) throws FetchException {
    ProcessBuilder builder = new ProcessBuilder(words)
        .directory(folder.toFile())
        .redirectInput(ProcessBuilder.Redirect.from(environment.windows()
            ? new java.io.File("NUL") : new java.io.File("/dev/null")));
    builder.environment().clear();
    builder.environment().putAll(environment.variables());
    Process process;
    try {
      process = builder.start();
    } catch (IOException failure) {
      throw new FetchException("cannot start " + words.getFirst() + ": " + failure.getMessage(),
          failure);
    }
    FutureTask<String> err = new FutureTask<>(() -> text(process.getErrorStream()));
    Thread.ofVirtual().start(err);
    FutureTask<Void> reader = new FutureTask<>(() -> {
      process.inputReader(StandardCharsets.UTF_8).lines().forEach(lines);
      return null;
    });
    Thread.ofVirtual().start(reader);
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new FetchException("`" + String.join(" ", words) + "` did not end within "
            + limit.toSeconds() + " s");
      }
      reader.get(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
      return new Result(process.exitValue(), out.toString(),
          err.get(DRAIN.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new FetchException("interrupted while " + words.getFirst() + " was running", interrupt);
    } catch (ExecutionException | java.util.concurrent.TimeoutException failure) {
      throw new FetchException("cannot read what " + words.getFirst() + " says", failure);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String text(InputStream in) {
    try (in) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
