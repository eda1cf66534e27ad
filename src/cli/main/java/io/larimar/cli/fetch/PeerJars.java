package io.larimar.cli.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/**
 * Brings the jars of other runtimes into the cache folder, by Maven, for `larimar bench --peers`.
 * They are no part of the product and on nobody's class path but the peer's own process's.
 */
public final class PeerJars {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final String COPY =
      "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies";

  private final Environment environment;
  private final Cache cache;

  /** For these surroundings. */
  public PeerJars(Environment environment) {
    this.environment = environment;
    this.cache = Cache.of(environment);
  }

  /**
   * The folder with a runtime's jars; fetched once.
   *
   * @param coordinates group, artifact and version, joined by colons
   * @throws FetchException if Maven is missing or cannot fetch it
   */
  public Path find(String coordinates, Progress progress) throws FetchException {
    String[] parts = coordinates.split(":");
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "coordinates must be GROUP:ARTIFACT:VERSION: coordinates=" + coordinates);
    }
    Path folder = cache.root().resolve("peers").resolve(parts[1] + "-" + parts[2]);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Path maven = environment.executable("mvn").orElseThrow(() -> new FetchException(
        "Maven is not on PATH and is needed to fetch " + coordinates));
    cache.prepare(folder.getParent(), 0);
    progress.note("fetching " + coordinates + " by Maven");
    try {
      Path fresh = Files.createTempDirectory(folder.getParent(), ".fetching");
      try {
        Files.writeString(fresh.resolve("pom.xml"), """
            <project><modelVersion>4.0.0</modelVersion>
            <groupId>io.larimar</groupId><artifactId>peer</artifactId><version>0</version>
            <packaging>pom</packaging><dependencies><dependency><groupId>%s</groupId>
            <artifactId>%s</artifactId><version>%s</version></dependency></dependencies></project>
            """.formatted((Object[]) parts));
        Command.Result result = Command.run(environment, LIMIT, List.of(maven.toString(), "-B",
            "-q", "-f", fresh.resolve("pom.xml").toString(), COPY, "-DincludeScope=runtime",
            "-DoutputDirectory=" + fresh.resolve("lib")));
        if (result.exitCode() != 0 || !Files.isDirectory(fresh.resolve("lib"))) {
          throw new FetchException("Maven cannot fetch " + coordinates + ": "
              + Network.firstLine(result.all(), "[ERROR]"));
        }
        Files.move(fresh.resolve("lib"), folder, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Cache.deleteTree(fresh);
      }
      return folder;
    } catch (FetchException known) {
      throw known;
    } catch (IOException failure) {
      throw Cache.explain("cannot keep the jars of " + coordinates, failure);
    }
  }
}
