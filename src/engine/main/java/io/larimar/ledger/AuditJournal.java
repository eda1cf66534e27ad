package io.larimar.ledger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A copy of the audit as JSON lines outside the database, which outlives a restored backup.
 *
 * <p>Lines are added and forced to disk after the commit and before the change is acknowledged;
 * what a crash kept from it is added at the next open.
 */
final class AuditJournal implements AutoCloseable {
  private static final int PAGE_ROWS = 1_000;

  private final Path path;
  private final FileChannel channel;
  private long lastSequence;

  private AuditJournal(Path path, FileChannel channel, long lastSequence) {
    this.path = path;
    this.channel = channel;
    this.lastSequence = lastSequence;
  }

  /**
   * Opens a journal and adds what it lacks.
   *
   * @throws StoreException CORRUPT where its last row is not in the audit: it is another store's,
   *     or the store was put back to an older state and must be restored through the journal
   */
  static AuditJournal open(Path path, AuditLog log) {
    try {
      Optional<AuditRow> last = cutAndLast(path);
      if (last.isPresent()
          && !log.find(last.get().sequence()).equals(last)) {
        throw new StoreException(StoreException.Reason.CORRUPT, "the audit journal " + path
            + " is ahead of the store or another store's (its last row is "
            + last.get().sequence() + ", the store's " + log.head().sequence()
            + "); if this store is a backup, put it back with Ledger.restore, which replays the"
            + " journal");
      }
      FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE,
          StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      AuditJournal journal =
          new AuditJournal(path, channel, last.map(AuditRow::sequence).orElse(0L));
      StoreFiles.forceDirectory(path.toAbsolutePath().getParent());
      journal.catchUp(log);
      return journal;
    } catch (IOException e) {
      throw StoreException.of(e, "opening", path);
    }
  }

  /** Cuts off a line that a crash left unfinished, and reads the last whole one. */
  private static Optional<AuditRow> cutAndLast(Path path) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      long end = lineEnd(file, file.length());
      file.setLength(end);
      if (end == 0) {
        return Optional.empty();
      }
      long start = lineEnd(file, end - 1);
      byte[] line = new byte[(int) Math.min(end - 1 - start, 1 << 16)];
      file.seek(start);
      file.readFully(line);
      return Optional.of(parsed(new String(line, StandardCharsets.UTF_8), path));
    }
  }

  /** The position after the last line feed before {@code end}; 0 where there is none. */
  private static long lineEnd(RandomAccessFile file, long end) throws IOException {
    for (long at = end; at > 0; at--) {
      file.seek(at - 1);
      if (file.read() == '\n') {
        return at;
      }
    }
    return 0;
  }

  private static AuditRow parsed(String line, Path path) {
    try {
      return AuditRow.fromJson(line);
    } catch (IllegalArgumentException e) {
      throw new StoreException(StoreException.Reason.CORRUPT,
          path + " is no audit journal, or damaged: " + e.getMessage(), e);
    }
  }

  /** Adds the rows that the audit has beyond the journal, durable on return. */
  void catchUp(AuditLog log) {
    if (lastSequence == log.head().sequence()) {
      return;
    }
    try {
      for (List<AuditRow> page = log.after(lastSequence, PAGE_ROWS); !page.isEmpty();
          page = log.after(lastSequence, PAGE_ROWS)) {
        StringBuilder lines = new StringBuilder();
        page.forEach(row -> lines.append(row.toJson()).append('\n'));
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
        long before = channel.size();
        try {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        } catch (IOException e) {
          channel.truncate(before);
          throw e;
        }
        lastSequence = page.getLast().sequence();
      }
      channel.force(false);
    } catch (IOException e) {
      throw StoreException.of(e, "the change is in the store, but not yet in the journal", path);
    }
  }

  /** All rows of a journal; an unfinished last line is left out. */
  static List<AuditRow> read(Path path) {
    List<AuditRow> rows = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(path)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Optional<AuditRow> row = tolerant(line, path, lines);
        row.ifPresent(rows::add);
      }
    } catch (IOException e) {
      throw StoreException.of(e, "reading", path);
    }
    return rows;
  }

  private static Optional<AuditRow> tolerant(String line, Path path, BufferedReader rest)
      throws IOException {
    try {
      return Optional.of(parsed(line, path));
    } catch (StoreException e) {
      rest.mark(1);
      if (rest.read() < 0 && !endsWithLineFeed(path)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static boolean endsWithLineFeed(Path path) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      file.seek(Math.max(0, file.length() - 1));
      return file.read() == '\n';
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw StoreException.of(e, "closing", path);
    }
  }
}
