package io.larimar.cli.fetch;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** One of the user's own package clients, asked where a pinned file is. */
interface Registry {

  /**
   * Where a file may be had.
   *
   * @param address its address, on whichever registry or mirror the user has set up
   * @param published the checksum that the registry names, if it names one
   */
  record Location(URI address, Optional<Digest> published) {}

  /** Asks where a file is; nothing is downloaded. */
  Location locate(Artifact artifact) throws FetchException;

  /**
   * Lets the client itself download a file, for registries that want a login or a proxy which only
   * the client knows.
   *
   * @param folder an empty folder that takes the file
   * @return the file
   */
  Path download(Artifact artifact, Path folder) throws FetchException;
}
