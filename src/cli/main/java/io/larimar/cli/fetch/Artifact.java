package io.larimar.cli.fetch;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One published file, pinned.
 *
 * @param origin which of the user's clients knows where it is
 * @param name its name in that registry
 * @param version the exact version
 * @param sizeBytes its size, where it is pinned
 * @param digest its checksum; where absent, the one that the registry publishes is taken
 */
record Artifact(
    Origin origin, String name, String version, OptionalLong sizeBytes, Optional<Digest> digest) {

  /** The client through which a file is found. */
  enum Origin { NPM, PIP }

  static Artifact npm(String name, String version, long sizeBytes, String integrity) {
    return new Artifact(Origin.NPM, name, version, OptionalLong.of(sizeBytes),
        Optional.of(Digest.integrity(integrity)));
  }

  static Artifact npmUnpinned(String name, String version) {
    return new Artifact(
        Origin.NPM, name, version, OptionalLong.empty(), Optional.empty());
  }

  static Artifact wheel(String name, String version, long sizeBytes, String sha256) {
    return new Artifact(Origin.PIP, name, version, OptionalLong.of(sizeBytes),
        Optional.of(Digest.sha256(sha256)));
  }

  /** The file's name in the cache folder. */
  String fileName() {
    String flat = name.replace("@", "").replace('/', '-').replace('.', '-');
    return flat + "-" + version + (origin == Origin.NPM ? ".tgz" : ".whl");
  }

  @Override
  public String toString() {
    return name + (origin == Origin.NPM ? "@" : "==") + version;
  }
}
