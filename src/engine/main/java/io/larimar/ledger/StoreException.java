package io.larimar.ledger;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.ReadOnlyFileSystemException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Objects;

/** A store that cannot be opened or changed: what is wrong, and in the message what to do. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  // SQLite's primary result codes, https://sqlite.org/rescode.html.
  private static final int SQLITE_PERM = 3;
  private static final int SQLITE_BUSY = 5;
  private static final int SQLITE_READONLY = 8;
  private static final int SQLITE_CORRUPT = 11;
  private static final int SQLITE_FULL = 13;
  private static final int SQLITE_CANTOPEN = 14;
  private static final int SQLITE_NOTADB = 26;

  /** What kind of trouble it is. */
  public enum Reason {
    /** The store was written by a newer release. */
    NEWER_VERSION,
    /** Another ledger, of this or another process, holds the store. */
    ALREADY_OPEN,
    /** The directory or its files may not be written. */
    READ_ONLY,
    /** The disk, the quota or the store's own limit is full; the change was not made. */
    DISK_FULL,
    /** The store's content contradicts itself. */
    CORRUPT,
    /** The directory holds something else. */
    NOT_A_STORE,
    /** The disk or the file system failed in another way. */
    IO
  }

  private final Reason reason;

  StoreException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  StoreException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /** What kind of trouble it is. */
  public Reason reason() {
    return reason;
  }

  /** The typed form of a failure of SQLite while it did {@code action} on {@code place}. */
  public static StoreException of(SQLException cause, String action, Object place) {
    String what = action + " " + place + ": ";
    return switch (cause.getErrorCode()) {
      case SQLITE_BUSY -> new StoreException(Reason.ALREADY_OPEN, what
          + "another connection holds the store; close it first", cause);
      case SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN -> new StoreException(Reason.READ_ONLY,
          what + "the directory or a file in it cannot be written; give this user write access or"
              + " choose another --store", cause);
      case SQLITE_FULL -> new StoreException(Reason.DISK_FULL, what
          + "no space left; nothing of this change was written: free space (or raise"
          + " LedgerOptions.maxBytes) and repeat it", cause);
      case SQLITE_CORRUPT, SQLITE_NOTADB -> new StoreException(Reason.CORRUPT, what
          + "the file is damaged; restore a backup with Ledger.restore", cause);
      default -> new StoreException(Reason.IO, what + cause.getMessage(), cause);
    };
  }

  /** The typed form of a failure of the file system while it did {@code action}. */
  public static StoreException of(IOException cause, String action, Object place) {
    String what = action + " " + place + ": ";
    String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("no space left") || text.contains("quota exceeded")
        || text.contains("not enough space") || text.contains("file too large")) {
      return new StoreException(Reason.DISK_FULL, what + "no space left; free space and repeat it",
          cause);
    }
    if (cause instanceof AccessDeniedException || text.contains("read-only file system")
        || text.contains("permission denied") || text.contains("operation not permitted")) {
      return new StoreException(Reason.READ_ONLY, what
          + "not writable; give this user write access or choose another --store", cause);
    }
    return new StoreException(Reason.IO, what + cause, cause);
  }

  /** The typed form of a read-only file system. */
  static StoreException of(ReadOnlyFileSystemException cause, String action, Object place) {
    return new StoreException(Reason.READ_ONLY, action + " " + place
        + ": the file system is read-only; choose another --store", cause);
  }
}
