package io.larimar.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The files of a store directory: their names, owner-only writing, and who holds the store. */
final class StoreFiles {
  static final String DATABASE = "ledger.db";
  static final String MASTER_KEY = "master.key";
  static final String SIGNING_KEY = "signing.key";
  static final String HOLDER = "store.pid";
  private static final Set<String> OURS = Set.of(DATABASE, DATABASE + "-wal", DATABASE + "-shm",
      DATABASE + "-journal", MASTER_KEY, SIGNING_KEY, HOLDER, MASTER_KEY + ".new",
      SIGNING_KEY + ".new", HOLDER + ".new");
  private static final long MAX_SMALL_FILE_BYTES = 1 << 16;

  private final Path directory;

  StoreFiles(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  Path directory() {
    return directory;
  }

  Path database() {
    return directory.resolve(DATABASE);
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  /** Makes the directory where it is missing; refuses one that holds something else. */
  void prepare() {
    try {
      if (Files.exists(directory) && !Files.isDirectory(directory)) {
        throw new StoreException(StoreException.Reason.NOT_A_STORE,
            directory + " is a file; give a directory");
      }
      createDirectories();
      requireWritable(directory);
      if (Files.exists(database())) {
        requireWritable(database());
      }
      if (!Files.exists(database())) {
        try (Stream<Path> files = Files.list(directory)) {
          Optional<Path> foreign = files
              .filter(path -> !OURS.contains(path.getFileName().toString())).findFirst();
          if (foreign.isPresent()) {
            throw new StoreException(StoreException.Reason.NOT_A_STORE, directory
                + " is not a store: it has no " + DATABASE + " but holds "
                + foreign.get().getFileName() + "; give a store or an empty directory");
          }
        }
      }
    } catch (IOException e) {
      throw StoreException.of(e, "opening", directory);
    } catch (ReadOnlyFileSystemException e) {
      throw StoreException.of(e, "opening", directory);
    }
  }

  private static void requireWritable(Path path) {
    if (!Files.isWritable(path)) {
      throw new StoreException(StoreException.Reason.READ_ONLY, path + " cannot be written;"
          + " give this user write access or choose another --store");
    }
  }

  private void createDirectories() throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    try {
      Files.createDirectories(directory, ownerOnly("rwx------"));
    } catch (FileAlreadyExistsException e) {
      throw new StoreException(StoreException.Reason.NOT_A_STORE,
          e.getFile() + " is a file; give a directory", e);
    }
  }

  /** Refuses the store while another live process holds it. */
  void requireNotHeld() {
    holder().filter(holder -> holder.pid() != ProcessHandle.current().pid())
        .filter(Holder::alive)
        .ifPresent(holder -> {
          throw alreadyOpen(Optional.empty());
        });
  }

  /** The error that names who holds the store. */
  StoreException alreadyOpen(Optional<Throwable> cause) {
    String who = holder().map(holder -> holder.pid() == ProcessHandle.current().pid()
        ? "this process (pid " + holder.pid() + ")" : "the process with pid " + holder.pid())
        .orElse("another process (pid not known yet)");
    String message = "the store " + directory + " is already open in " + who
        + "; close it there, or use another --store";
    return cause.map(e -> new StoreException(StoreException.Reason.ALREADY_OPEN, message, e))
        .orElseGet(() -> new StoreException(StoreException.Reason.ALREADY_OPEN, message));
  }

  /** Notes this process as the holder; only with the lock in hand. */
  void writeHolder() {
    ProcessHandle self = ProcessHandle.current();
    write(HOLDER, self.pid() + " " + startMillis(self) + "\n");
  }

  /** Takes the note back. */
  void removeHolder() {
    try {
      Files.deleteIfExists(path(HOLDER));
    } catch (IOException e) {
      throw StoreException.of(e, "closing", path(HOLDER));
    }
  }

  private record Holder(long pid, long startMillis) {
    /** Alive, and not another process that was given the same number later. */
    boolean alive() {
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive)
          .map(process -> StoreFiles.startMillis(process) == startMillis).orElse(false);
    }
  }

  private Optional<Holder> holder() {
    try {
      String[] words = Files.readString(path(HOLDER)).strip().split(" ");
      return words.length == 2
          ? Optional.of(new Holder(Long.parseLong(words[0]), Long.parseLong(words[1])))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      // No note, or one cut short by a crash: the lock itself decides.
      return Optional.empty();
    }
  }

  private static long startMillis(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Writes a small file that only the owner may read: whole or not at all, durable. */
  void write(String name, String content) {
    Path temporary = path(name + ".new");
    try {
      Files.deleteIfExists(temporary);
      Files.createFile(temporary, ownerOnly("rw-------"));
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(temporary, path(name), StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      forceDirectory(directory);
    } catch (IOException e) {
      throw StoreException.of(e, "writing", path(name));
    }
  }

  /** Reads a small file of ours; empty where it is missing. */
  Optional<String> read(String name) {
    try {
      if (Files.size(path(name)) > MAX_SMALL_FILE_BYTES) {
        throw new StoreException(StoreException.Reason.CORRUPT, path(name)
            + " is not a key file: it is larger than " + MAX_SMALL_FILE_BYTES + " bytes");
      }
      return Optional.of(
          new String(Files.readAllBytes(path(name)), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw StoreException.of(e, "reading", path(name));
    }
  }

  /** Refuses a directory without a store. */
  void requireStore() {
    for (String name : List.of(DATABASE, MASTER_KEY, SIGNING_KEY)) {
      if (!Files.isRegularFile(path(name))) {
        throw new StoreException(StoreException.Reason.NOT_A_STORE,
            directory + " is no store and no backup of one: it has no " + name);
      }
    }
  }

  /** Refuses a directory that holds anything. */
  void requireEmpty() {
    if (!Files.exists(directory)) {
      return;
    }
    if (!Files.isDirectory(directory)) {
      throw new StoreException(StoreException.Reason.NOT_A_STORE,
          directory + " is a file; give a directory");
    }
    try (Stream<Path> found = Files.list(directory)) {
      if (found.findAny().isPresent()) {
        throw new IllegalArgumentException(directory + " must be missing or empty");
      }
    } catch (IOException e) {
      throw StoreException.of(e, "reading", directory);
    }
  }

  /** Copies the key files of a store into this directory, made where it is missing. */
  void copyKeysOf(StoreFiles other) {
    try {
      createDirectories();
    } catch (IOException e) {
      throw StoreException.of(e, "making", directory);
    }
    for (String name : List.of(MASTER_KEY, SIGNING_KEY)) {
      write(name, other.read(name).orElseThrow(() -> new StoreException(
          StoreException.Reason.NOT_A_STORE, other.path(name) + " is missing")));
    }
  }

  /** Copies the database of a closed store into this directory. */
  void copyDatabaseOf(StoreFiles other) {
    try {
      for (String name : List.of(DATABASE, DATABASE + "-wal")) {
        if (Files.exists(other.path(name))) {
          Files.copy(other.path(name), path(name));
        }
      }
    } catch (IOException e) {
      throw StoreException.of(e, "copying", other.directory());
    }
  }

  /** Makes a file of ours durable. */
  void force(String name) {
    try (FileChannel channel = FileChannel.open(path(name), StandardOpenOption.WRITE)) {
      channel.force(true);
      forceDirectory(directory);
    } catch (IOException e) {
      throw StoreException.of(e, "writing", path(name));
    }
  }

  /** Gives the directory, whole, another name; what stood there must be empty. */
  void moveTo(StoreFiles target) {
    try {
      Files.deleteIfExists(target.directory);
      Files.move(directory, target.directory, StandardCopyOption.ATOMIC_MOVE);
      forceDirectory(target.directory.getParent());
    } catch (IOException e) {
      throw StoreException.of(e, "moving", directory);
    }
  }

  /** Deletes our files and the directory. */
  void delete() {
    try {
      for (String name : OURS) {
        Files.deleteIfExists(path(name));
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw StoreException.of(e, "deleting", directory);
    }
  }

  /** The same after a failure, which it leaves in the first place. */
  void deleteAfter(Throwable failure) {
    try {
      delete();
    } catch (StoreException e) {
      failure.addSuppressed(e);
    }
  }

  /** Bytes of all files of the store. */
  long bytes() {
    long sum = 0;
    for (String name : List.of(DATABASE, DATABASE + "-wal", MASTER_KEY, SIGNING_KEY, HOLDER)) {
      try {
        sum += Files.exists(path(name)) ? Files.size(path(name)) : 0;
      } catch (IOException e) {
        throw StoreException.of(e, "reading", path(name));
      }
    }
    return sum;
  }

  /** Makes a rename durable; file systems that cannot open directories need nothing. */
  static void forceDirectory(Path directory) throws IOException {
    if (posix(directory)) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private FileAttribute<?>[] ownerOnly(String permissions) {
    Path existing = directory;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return posix(existing)
        ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
        : new FileAttribute<?>[0];
  }

  private static boolean posix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
