package io.larimar.cli.fetch;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds wheels through the user's pip. */
final class PipRegistry implements Registry {
  private static final Duration QUESTION_LIMIT = Duration.ofMinutes(5);
  private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(60);

  /** pip's own account of what it sees: {@code Found link ADDRESS (from INDEX) ..., version: V}. */
  private static final Pattern FOUND =
      Pattern.compile("Found link (\\S+?\\.whl)(#\\S*)? .*version: (\\S+)");

  private final Environment environment;

  PipRegistry(Environment environment) {
    this.environment = environment;
  }

  /**
   * {@inheritDoc}
   *
   * <p>{@code pip index versions -vv} names every file it sees and downloads none, where
   * {@code pip install --dry-run --report} downloads the whole wheel before pip 23.3.
   */
  @Override
  public Location locate(Artifact artifact) throws FetchException {
    Command.Result result = pip(artifact, QUESTION_LIMIT,
        List.of("index", "versions", artifact.name(), "-vv"));
    Optional<URI> address = result.all().lines()
        .map(FOUND::matcher)
        .filter(Matcher::find)
        .filter(found -> found.group(3).equals(artifact.version()))
        .map(found -> URI.create(found.group(1)))
        .findFirst();
    if (address.isPresent()) {
      return new Location(address.get(), Optional.empty());
    }
    throw refused(artifact, result);
  }

  @Override
  public Path download(Artifact artifact, Path folder) throws FetchException {
    Command.Result result = pip(artifact, DOWNLOAD_LIMIT, List.of("download", "--no-deps",
        "--only-binary", ":all:", "--progress-bar", "off", "--dest", folder.toString(),
        artifact.toString()));
    if (result.exitCode() != 0) {
      throw refused(artifact, result);
    }
    return Fetcher.onlyFile(folder, "pip download " + artifact);
  }

  private Command.Result pip(Artifact artifact, Duration limit, List<String> words)
      throws FetchException {
    List<String> command = new ArrayList<>(client(artifact));
    command.addAll(List.of("--disable-pip-version-check", "--no-input", "--retries", "2"));
    command.addAll(words);
    return Command.run(environment, limit, command);
  }

  private List<String> client(Artifact artifact) throws FetchException {
    Optional<List<String>> own = environment.executable("pip3", "pip")
        .map(pip -> List.of(pip.toString()));
    if (own.isPresent()) {
      return own.get();
    }
    Optional<Path> python = environment.executable("python3", "python");
    if (python.isPresent() && Command.run(environment, QUESTION_LIMIT,
        List.of(python.get().toString(), "-m", "pip", "--version")).exitCode() == 0) {
      return List.of(python.get().toString(), "-m", "pip");
    }
    throw new FetchException("pip is not on PATH and " + artifact + " has to be fetched: install"
        + " Python 3 with pip (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install"
        + " python3-pip; macOS: brew install python), or give a model file of your own with --model"
        + " FILE.gguf");
  }

  private static FetchException refused(Artifact artifact, Command.Result result) {
    if (Network.down(result.all())) {
      return Network.unreachable("pip", artifact);
    }
    return new FetchException("pip cannot find " + artifact + ": "
        + Network.firstLine(result.err(), "ERROR:"));
  }
}
