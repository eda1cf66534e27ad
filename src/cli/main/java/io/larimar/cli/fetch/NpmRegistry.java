package io.larimar.cli.fetch;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds packages through the user's npm. */
final class NpmRegistry implements Registry {
  private static final Duration QUESTION_LIMIT = Duration.ofMinutes(2);
  private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(30);

  private final Environment environment;

  NpmRegistry(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Location locate(Artifact artifact) throws FetchException {
    Command.Result result = Command.run(environment, QUESTION_LIMIT, List.of(npm(artifact), "view",
        artifact.toString(), "dist.tarball", "dist.integrity", "--json"));
    JsonNode answer = parse(artifact, result);
    if (result.exitCode() != 0 || !answer.path("dist.tarball").isString()) {
      throw refused(artifact, answer.path("error"), result);
    }
    Optional<Digest> published = Optional.of(answer.path("dist.integrity"))
        .filter(JsonNode::isString).map(JsonNode::stringValue)
        .filter(text -> text.startsWith("sha512-")).map(Digest::integrity);
    return new Location(URI.create(answer.path("dist.tarball").stringValue()), published);
  }

  @Override
  public Path download(Artifact artifact, Path folder) throws FetchException {
    Command.Result result = Command.run(environment, DOWNLOAD_LIMIT, List.of(npm(artifact), "pack",
        artifact.toString(), "--pack-destination", folder.toString(), "--silent"));
    if (result.exitCode() != 0) {
      throw refused(artifact, new JsonMapper().missingNode(), result);
    }
    return Fetcher.onlyFile(folder, "npm pack " + artifact);
  }

  private String npm(Artifact artifact) throws FetchException {
    return environment.executable("npm").map(Path::toString).orElseThrow(() -> new FetchException(
        "npm is not on PATH and " + artifact + " has to be fetched: install Node.js 20 or newer"
            + " (Debian, Ubuntu: apt install npm; Fedora: dnf install npm; macOS: brew install"
            + " node), or set LARIMAR_NATIVES to a folder with the libraries of llama.cpp "
            + Catalogue.LLAMA_RELEASE));
  }

  private JsonNode parse(Artifact artifact, Command.Result result) throws FetchException {
    JsonMapper json = new JsonMapper(); // Built only where something is really to be fetched.
    try {
      return result.out().isBlank() ? json.missingNode() : json.readTree(result.out());
    } catch (JacksonException malformed) {
      throw new FetchException("npm's answer about " + artifact + " cannot be read: "
          + malformed.getOriginalMessage(), malformed);
    }
  }

  private static FetchException refused(
      Artifact artifact, JsonNode error, Command.Result result) {
    String code = error.path("code").isString() ? error.path("code").stringValue() : "";
    if (Network.down(code + " " + result.err())) {
      return Network.unreachable("npm", artifact);
    }
    String reason = error.path("summary").isString() ? error.path("summary").stringValue()
        : Network.firstLine(result.err(), "npm error");
    if (code.equals("E404") || reason.contains("404")) {
      return new FetchException("npm's registry does not have " + artifact
          + ": look at `npm config get registry`, or build with `larimar natives --build cpu`");
    }
    return new FetchException(
        "npm cannot fetch " + artifact + ": " + Network.firstLine(reason, ""));
  }
}
