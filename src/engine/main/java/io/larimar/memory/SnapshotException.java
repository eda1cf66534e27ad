package io.larimar.memory;

import java.nio.file.Path;

/** A snapshot that cannot be trusted or is not one; the memory is then rebuilt from the ledger. */
public final class SnapshotException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SnapshotException(Path file, String what) {
    super("snapshot " + file + ": " + what + "; rebuild the memory from the ledger");
  }
}
