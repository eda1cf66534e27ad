package io.larimar.cli.fetch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The folder where fetched files live, and the lock that keeps two processes apart in it. */
public final class Cache {
  private static final long LOCK_POLL_MILLIS = 100;
  private static final long MEGABYTE_BYTES = 1_000_000;

  private final Path root;
  private final ToLongFunction<Path> freeBytes;

  /** The cache at this folder; @param freeBytes tells how much room the folder's disk has. */
  Cache(Path root, ToLongFunction<Path> freeBytes) {
    this.root = root;
    this.freeBytes = freeBytes;
  }

  /**
   * The user's cache folder: {@code LARIMAR_CACHE}, else {@code larimar} below
   * {@code XDG_CACHE_HOME}, else {@code ~/Library/Caches/larimar} on macOS,
   * {@code %LOCALAPPDATA%\larimar} on Windows and {@code ~/.cache/larimar} elsewhere.
   */
  public static Cache of(Environment environment) {
    return new Cache(rootOf(environment), Cache::usableBytes);
  }

  private static Path rootOf(Environment environment) {
    return environment.variable("LARIMAR_CACHE").map(Path::of)
        .or(() -> environment.variable("XDG_CACHE_HOME").map(Path::of)
            .filter(Path::isAbsolute) // The XDG rules say to ignore a relative one.
            .map(folder -> folder.resolve("larimar")))
        .or(() -> environment.variable("LOCALAPPDATA").filter(unused -> environment.windows())
            .map(folder -> Path.of(folder, "larimar")))
        .orElseGet(() -> environment.mac()
            ? environment.home().resolve("Library/Caches/larimar")
            : environment.home().resolve(".cache/larimar"));
  }

  /** The folder itself; it need not exist yet. */
  public Path root() {
    return root;
  }

  /** Where the native libraries of the pinned release lie, one folder for each build. */
  Path natives() {
    return root.resolve("natives").resolve("llama.cpp-" + Catalogue.LLAMA_RELEASE);
  }

  /** Where models lie. */
  Path models() {
    return root.resolve("models");
  }

  /** Where archives lie until they are unpacked, so that a broken download can go on. */
  Path downloads() {
    return root.resolve("downloads");
  }

  /** Where the source of llama.cpp lies. */
  Path sources() {
    return root.resolve("sources");
  }

  /** Bytes that may still be written to the disk of the cache folder. */
  public long freeBytes() {
    Path existing = root.toAbsolutePath();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return freeBytes.applyAsLong(existing);
  }

  /** Makes a folder of the cache and sees that it has room for so many bytes. */
  void prepare(Path folder, long neededBytes) throws FetchException {
    try {
      Files.createDirectories(folder);
    } catch (IOException failure) {
      throw explain("cannot make the cache folder " + folder, failure);
    }
    if (!Files.isWritable(folder)) {
      throw new FetchException("the cache folder " + folder
          + " is not writable: give this user write access, or set LARIMAR_CACHE to another"
          + " folder");
    }
    long free = freeBytes();
    if (free < neededBytes) {
      throw new FetchException(String.format(Locale.ROOT,
          "the disk of %s is full: %d MB needed, %d MB free; free some space, or set LARIMAR_CACHE"
              + " to a folder on another disk", folder,
          (neededBytes + MEGABYTE_BYTES - 1) / MEGABYTE_BYTES, free / MEGABYTE_BYTES));
    }
  }

  /**
   * Takes the lock of this name, waiting for another process that has it.
   *
   * @return closes to give the lock back; the system does so too when the process dies
   */
  Lock lock(String name, Progress progress) throws FetchException {
    Path folder = root.resolve("locks");
    prepare(folder, 0);
    FileChannel channel;
    try {
      channel = FileChannel.open(folder.resolve(name + ".lock"),
          StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException failure) {
      throw explain("cannot open the lock of " + name, failure);
    }
    try {
      return new Lock(channel, acquire(channel, name, progress));
    } catch (FetchException | RuntimeException failure) {
      closeQuietly(channel, failure);
      throw failure;
    }
  }

  private static FileLock acquire(FileChannel channel, String name, Progress progress)
      throws FetchException {
    boolean said = false;
    while (true) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException sameProcess) {
        // Another thread of this process has it: wait as for another process.
      } catch (IOException failure) {
        throw explain("cannot lock " + name, failure);
      }
      if (!said) {
        progress.note("waiting for another larimar that is fetching " + name);
        said = true;
      }
      try {
        Thread.sleep(LOCK_POLL_MILLIS);
      } catch (InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        throw new FetchException("interrupted while waiting for the lock of " + name, interrupt);
      }
    }
  }

  private static void closeQuietly(FileChannel channel, Exception cause) {
    try {
      channel.close();
    } catch (IOException second) {
      cause.addSuppressed(second);
    }
  }

  /** Turns a failed file operation into one line that says what to do. */
  static FetchException explain(String what, IOException failure) {
    String reason = switch (failure) {
      case AccessDeniedException denied -> denied.getFile() + " is not writable: give this user"
          + " write access, or set LARIMAR_CACHE to another folder";
      case FileAlreadyExistsException taken -> taken.getFile() + " is a file where a folder is"
          + " needed: move it away, or set LARIMAR_CACHE to another folder";
      case NoSuchFileException gone -> gone.getFile() + " is not there any more";
      case FileSystemException other when full(other) -> "the disk is full: free some space, or"
          + " set LARIMAR_CACHE to a folder on another disk";
      case FileSystemException other -> other.getMessage();
      case IOException other when full(other) -> "the disk is full: free some space, or set"
          + " LARIMAR_CACHE to a folder on another disk";
      default -> String.valueOf(failure.getMessage());
    };
    return new FetchException(what + ": " + reason, failure);
  }

  private static boolean full(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("No space left") || message.contains("not enough space")
        || message.contains("quota exceeded");
  }

  /** Deletes a file, or a folder with all that is in it; no error where nothing is there. */
  static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> tree = Files.walk(path)) {
      deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : deepestFirst) {
      Files.deleteIfExists(each);
    }
  }

  private static long usableBytes(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException unknown) {
      return Long.MAX_VALUE; // Some file systems cannot say; the write itself will.
    }
  }

  /** A held lock. */
  static final class Lock implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;

    private Lock(FileChannel channel, FileLock lock) {
      this.channel = channel;
      this.lock = lock;
    }

    @Override
    public void close() throws FetchException {
      try (channel) {
        lock.release();
      } catch (IOException failure) {
        throw explain("cannot give a lock back", failure);
      }
    }
  }
}
