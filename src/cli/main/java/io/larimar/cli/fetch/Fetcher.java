package io.larimar.cli.fetch;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Brings a pinned archive into the cache: by our own download, else by the package client. */
final class Fetcher {
  private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

  private final Cache cache;
  private final Environment environment;
  private final Registry npm;
  private final Registry pip;
  private final Duration pause;

  /** A fetcher; @param pause how long to wait after a first failed attempt. */
  Fetcher(Environment environment, Cache cache, Duration pause) {
    this.environment = environment;
    this.cache = cache;
    this.npm = new NpmRegistry(environment);
    this.pip = new PipRegistry(environment);
    this.pause = pause;
  }

  /**
   * The archive, downloaded and checked. The caller removes it when it is unpacked.
   *
   * @param unpackedBytes how much room the caller needs beside it
   */
  Path obtain(Artifact artifact, long unpackedBytes, Progress progress) throws FetchException {
    Path target = cache.downloads().resolve(artifact.fileName());
    cache.prepare(cache.downloads(), artifact.sizeBytes().orElse(0) + unpackedBytes);
    if (artifact.digest().isPresent() && intact(target, artifact.digest().get())) {
      return target;
    }
    Registry registry = artifact.origin() == Artifact.Origin.NPM ? npm : pip;
    progress.note("asking " + client(artifact) + " where " + artifact + " is");
    Registry.Location location = registry.locate(artifact);
    Digest digest = expected(artifact, location);
    if (location.address().getScheme().equals("file")) {
      return keep(Path.of(location.address()), artifact, digest, target, false);
    }
    if (proxied(location.address())) {
      return byClient(registry, artifact, digest, target, "a proxy is set", progress);
    }
    try (Download download = new Download(pause, STALL_LIMIT);
        Progress.Step step =
            progress.step("fetching " + artifact, artifact.sizeBytes().orElse(0))) {
      download.fetch(location.address(), target, artifact.sizeBytes(), digest, step);
      return target;
    } catch (Download.Refused refusal) {
      return byClient(registry, artifact, digest, target, refusal.getMessage(), progress);
    }
  }

  private static String client(Artifact artifact) {
    return artifact.origin() == Artifact.Origin.NPM ? "npm" : "pip";
  }

  private static Digest expected(Artifact artifact, Registry.Location location)
      throws FetchException {
    Optional<Digest> pinned = artifact.digest();
    if (pinned.isPresent() && location.published().isPresent()
        && !pinned.get().equals(location.published().get())) {
      throw new FetchException("the registry publishes another file as " + artifact
          + " than the one pinned here (" + location.published().get().brief() + ", pinned "
          + pinned.get().brief() + "): it is not fetched");
    }
    return pinned.or(location::published).orElseThrow(() -> new FetchException(
        "the registry publishes no checksum of " + artifact + ": it is not fetched"));
  }

  private boolean proxied(URI address) {
    String scheme = address.getScheme();
    return environment.variable(scheme + "_proxy").isPresent()
        || environment.variable(scheme.toUpperCase(java.util.Locale.ROOT) + "_PROXY").isPresent();
  }

  private Path byClient(Registry registry, Artifact artifact, Digest digest, Path target,
      String reason, Progress progress) throws FetchException {
    progress.note("fetching " + artifact + " by " + client(artifact) + " itself (" + reason + ")");
    Path folder = temporaryFolder(artifact);
    try {
      return keep(registry.download(artifact, folder), artifact, digest, target, true);
    } finally {
      remove(folder);
    }
  }

  private Path temporaryFolder(Artifact artifact) throws FetchException {
    try {
      return Files.createTempDirectory(cache.downloads(), artifact.fileName());
    } catch (IOException failure) {
      throw Cache.explain("cannot make a folder for " + artifact, failure);
    }
  }

  /** Checks a file that another program brought and gives it its place. */
  private static Path keep(
      Path file, Artifact artifact, Digest digest, Path target, boolean ours)
      throws FetchException {
    try {
      if (!digest.matches(file)) {
        throw new FetchException("the file that " + client(artifact) + " brought for " + artifact
            + " does not have the published checksum " + digest.brief() + ": it is not used");
      }
      if (ours) {
        Files.move(file, target, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
      }
      return target;
    } catch (FetchException known) {
      throw known;
    } catch (IOException failure) {
      throw Cache.explain("cannot keep " + artifact, failure);
    }
  }

  private static boolean intact(Path target, Digest digest) throws FetchException {
    try {
      return Files.isRegularFile(target) && digest.matches(target);
    } catch (IOException failure) {
      throw Cache.explain("cannot read " + target, failure);
    }
  }

  /** The one file that a client has put into an empty folder. */
  static Path onlyFile(Path folder, String command) throws FetchException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.toList();
      if (found.size() != 1) {
        throw new FetchException(
            "`" + command + "` brought " + found.size() + " files where one was expected");
      }
      return found.getFirst();
    } catch (FetchException known) {
      throw known;
    } catch (IOException failure) {
      throw Cache.explain("cannot read " + folder, failure);
    }
  }

  /** Removes what is needed no more. */
  static void remove(Path path) throws FetchException {
    try {
      Cache.deleteTree(path);
    } catch (IOException failure) {
      throw Cache.explain("cannot remove " + path, failure);
    }
  }
}
