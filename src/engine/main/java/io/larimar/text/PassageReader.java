package io.larimar.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads a text as a stream of {@link Passage}s, in bounded memory.
 *
 * <p>The same bytes always give the same passages. Not for use by several threads at a time.
 */
public final class PassageReader implements AutoCloseable {
  private final String name;
  private final Optional<Path> file;
  private final Optional<BasicFileAttributes> opened;
  private final Utf8Source source;
  private final long bytesTotal;
  private final Outline outline = new Outline();
  private final PassageCutter cutter;
  private final Blocks blocks;
  private boolean ended;
  private boolean any;
  private boolean closed;

  private PassageReader(InputStream in, long bytesTotal, TextFormat format, Optional<Path> file,
      Optional<BasicFileAttributes> opened) {
    this.file = file;
    this.opened = opened;
    this.name = file.map(Path::toString).orElse("text");
    this.bytesTotal = bytesTotal;
    this.source = new Utf8Source(in, name);
    this.cutter = new PassageCutter(outline, format != TextFormat.HTML);
    this.blocks = switch (format) {
      case PLAIN -> new PlainBlocks(source, cutter);
      case MARKDOWN -> new MarkdownBlocks(source, cutter, outline);
      case HTML -> new HtmlBlocks(source, cutter, outline);
    };
  }

  /** Opens a file; its format by its extension. */
  public static PassageReader open(Path file) {
    return open(file, TextFormat.of(file));
  }

  /**
   * Opens a file of this format.
   *
   * @throws TextException where there is no such file, it cannot be read, is empty or binary
   */
  public static PassageReader open(Path file, TextFormat format) {
    Objects.requireNonNull(format, "format");
    InputStream in;
    BasicFileAttributes opened;
    try {
      opened = Files.readAttributes(file, BasicFileAttributes.class);
      if (opened.isDirectory()) {
        throw new TextException(file.toString(), "a folder, not a text",
            "name the files in it one by one");
      }
      in = Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new TextException(file.toString(), "no such file", "see how its name is spelled");
    } catch (IOException e) {
      throw new TextException(file.toString(), "cannot be read: " + e.getMessage(),
          "give this user read access to it");
    }
    try {
      if (opened.isRegularFile() && opened.size() == 0) {
        throw new TextException(file.toString(), "empty", "name a file with text in it");
      }
      return new PassageReader(in, opened.size(), format, Optional.of(file), Optional.of(opened));
    } catch (RuntimeException e) {
      try (in) {
        throw e;
      } catch (IOException closing) {
        e.addSuppressed(closing);
        throw e;
      }
    }
  }

  /** Reads a text that is in memory; an empty one has no passages. */
  public static PassageReader of(String text, TextFormat format) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(new ByteArrayInputStream(bytes), bytes.length, format);
  }

  /** Reads a stream that the reader then owns. */
  static PassageReader of(InputStream in, long bytesTotal, TextFormat format) {
    return new PassageReader(in, bytesTotal, format, Optional.empty(), Optional.empty());
  }

  /**
   * The next passage; empty at the end.
   *
   * @throws TextException where the text is binary or not UTF-8 from here on, cannot be read on, or
   *     is a file without a word
   */
  public Optional<Passage> next() {
    if (closed) {
      throw new IllegalStateException("the reader of " + name + " is closed");
    }
    while (cutter.ready().isEmpty() && !ended) {
      ended = !blocks.step();
    }
    Optional<Passage> next = Optional.ofNullable(cutter.ready().poll());
    any |= next.isPresent();
    if (!any && file.isPresent()) {
      throw new TextException(name, "no words in it", "name a file with text in it");
    }
    return next;
  }

  /** The title, once the place that names it has been read: front matter, title or heading. */
  public Optional<String> title() {
    return outline.title();
  }

  /** How many bytes of the source have been read. */
  public long bytesRead() {
    return source.bytesRead();
  }

  /** The size of the source when it was opened, in bytes. */
  public long bytesTotal() {
    return bytesTotal;
  }

  /**
   * Refuses a file that is not the one that was opened; for the end of a reading.
   *
   * @throws TextException where the file has changed (size, time, key) or vanished
   */
  public void requireUnchanged() {
    if (file.isEmpty()) {
      return;
    }
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file.get(), BasicFileAttributes.class);
    } catch (IOException e) {
      throw new TextException(name, "vanished while it was read", "put it back and read it again");
    }
    BasicFileAttributes then = opened.orElseThrow();
    boolean same = now.size() == then.size() && now.lastModifiedTime().equals(
        then.lastModifiedTime()) && Objects.equals(now.fileKey(), then.fileKey());
    if (!same || ended && bytesRead() != bytesTotal && then.isRegularFile()) {
      throw new TextException(name, "changed while it was read (" + then.size() + " bytes then, "
          + now.size() + " now)", "read it again when nothing writes to it");
    }
  }

  /** Closes the source; idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      source.close();
    }
  }
}
