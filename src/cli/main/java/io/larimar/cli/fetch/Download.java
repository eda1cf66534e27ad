package io.larimar.cli.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Downloads one file over HTTP, going on where an earlier attempt broke off.
 *
 * <p>Bytes collect in {@code TARGET.part}; only a complete file whose checksum is right gets the
 * target's name, by one rename.
 */
final class Download implements AutoCloseable {
  /** Attempts in a row that bring no byte before the download is given up. */
  private static final int BARREN_ATTEMPTS = 4;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int OK = 200;
  private static final int PARTIAL_CONTENT = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int TOO_MANY_REQUESTS = 429;

  private final HttpClient client = HttpClient.newBuilder()
      .followRedirects(HttpClient.Redirect.NORMAL)
      .connectTimeout(Duration.ofSeconds(20))
      .build();
  private final Duration pause;
  private final Duration stallLimit;

  /**
   * A downloader.
   *
   * @param pause how long to wait after the first failed attempt; doubles with each
   * @param stallLimit how long a connection may bring nothing before it is dropped
   */
  Download(Duration pause, Duration stallLimit) {
    this.pause = pause;
    this.stallLimit = stallLimit;
  }

  /** The server will not hand the file to us; the package client may fare better. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Downloads a file.
   *
   * @param sizeBytes its size where known; a file of another size is wrong
   * @throws Refused where the server says no in a way that another attempt would not change, or
   *     cannot be reached
   * @throws FetchException where the bytes are wrong or cannot be written
   */
  void fetch(URI address, Path target, OptionalLong sizeBytes, Digest digest, Progress.Step step)
      throws FetchException, Refused {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    boolean resumed = size(part) > 0;
    collect(address, part, sizeBytes, step);
    if (!verified(part, sizeBytes, digest)) {
      discard(part);
      if (!resumed) {
        throw wrong(target, digest);
      }
      // What was there from an earlier run may have been another file: once more from the start.
      collect(address, part, sizeBytes, step);
      if (!verified(part, sizeBytes, digest)) {
        discard(part);
        throw wrong(target, digest);
      }
    }
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw Cache.explain("cannot keep " + target.getFileName(), failure);
    }
  }

  private static FetchException wrong(Path target, Digest digest) {
    return new FetchException("the download of " + target.getFileName() + " does not have the"
        + " published checksum " + digest.brief() + " and was removed: try again; if it stays so,"
        + " the registry or mirror delivers another file, and it must not be used");
  }

  private void collect(URI address, Path part, OptionalLong sizeBytes, Progress.Step step)
      throws FetchException, Refused {
    long furthest = size(part);
    int barren = 0;
    Duration wait = pause;
    while (sizeBytes.isEmpty() || size(part) != sizeBytes.getAsLong()) {
      if (sizeBytes.isPresent() && size(part) > sizeBytes.getAsLong()) {
        discard(part);
      }
      try {
        attempt(address, part, size(part), sizeBytes, step);
        return;
      } catch (FetchException | Refused hopeless) {
        throw hopeless;
      } catch (IOException broken) {
        boolean gained = size(part) > furthest;
        furthest = Math.max(furthest, size(part));
        barren = gained ? 0 : barren + 1;
        if (barren == BARREN_ATTEMPTS) {
          throw new Refused("the connection breaks: " + reason(broken));
        }
        sleep(wait);
        wait = gained ? pause : wait.multipliedBy(2);
      }
    }
  }

  private static String reason(IOException broken) {
    return broken.getMessage() == null ? broken.getClass().getSimpleName() : broken.getMessage();
  }

  /** One request; returns when the whole file has come, and throws where another may go on. */
  private void attempt(
      URI address, Path part, long offset, OptionalLong sizeBytes, Progress.Step step)
      throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(Duration.ofMinutes(1));
    if (offset > 0) {
      request.header("Range", "bytes=" + offset + "-");
    }
    HttpResponse<InputStream> response = send(request.build());
    try (InputStream body = response.body()) {
      int status = response.statusCode();
      if (status == RANGE_NOT_SATISFIABLE) {
        discard(part);
        throw new IOException("the server has another file than the one begun");
      }
      if (status >= 500 || status == TOO_MANY_REQUESTS) {
        throw new IOException("HTTP " + status);
      }
      if (status != OK && status != PARTIAL_CONTENT) {
        throw new Refused("HTTP " + status);
      }
      if (status == PARTIAL_CONTENT && !response.headers().firstValue("Content-Range").orElse("")
          .startsWith("bytes " + offset + "-")) {
        discard(part);
        throw new IOException("the server sent another range than asked for");
      }
      long begin = status == PARTIAL_CONTENT ? offset : 0;
      long length = response.headers().firstValueAsLong("Content-Length").orElse(0);
      long expected = sizeBytes.orElse(length > 0 ? begin + length : 0);
      long end = copy(body, part, begin, expected, step);
      if (expected > 0 && end < expected) {
        throw new IOException("the connection ended at " + end + " of " + expected + " bytes");
      }
    }
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new FetchException("interrupted while downloading", interrupt);
    }
  }

  /** Appends the body to the part, or begins it anew; returns the part's size. */
  private long copy(InputStream body, Path part, long begin, long expected, Progress.Step step)
      throws IOException {
    AtomicLong done = new AtomicLong(begin);
    Thread watchdog = Thread.ofVirtual().start(() -> watch(body, done));
    OutputStream out;
    try {
      out = begin > 0 ? Files.newOutputStream(part, StandardOpenOption.APPEND)
          : Files.newOutputStream(part);
    } catch (IOException failure) {
      watchdog.interrupt();
      throw Cache.explain("cannot write " + part, failure);
    }
    byte[] buffer = new byte[BUFFER_BYTES];
    try (out) {
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        if (expected > 0 && done.get() + read > expected) {
          throw new Refused("the server sends more than the " + expected + " bytes expected");
        }
        write(out, buffer, read, part);
        step.at(done.addAndGet(read));
      }
    } finally {
      watchdog.interrupt();
    }
    return done.get();
  }

  private static void write(OutputStream out, byte[] buffer, int length, Path part)
      throws FetchException {
    try {
      out.write(buffer, 0, length);
    } catch (IOException failure) {
      throw Cache.explain("cannot write " + part, failure);
    }
  }

  /** Closes a body that has brought nothing for too long: its reader then gets an IOException. */
  private void watch(InputStream body, AtomicLong done) {
    try {
      long seen = -1;
      while (seen != done.get()) {
        seen = done.get();
        Thread.sleep(stallLimit);
      }
      body.close();
    } catch (InterruptedException finished) {
      // The body has ended; there is nothing left to watch.
    } catch (IOException closing) {
      // A body that cannot be closed has failed already, and its reader has been told.
    }
  }

  private static boolean verified(Path part, OptionalLong sizeBytes, Digest digest)
      throws FetchException {
    try {
      return (sizeBytes.isEmpty() || Files.size(part) == sizeBytes.getAsLong())
          && digest.matches(part);
    } catch (IOException failure) {
      throw Cache.explain("cannot read " + part, failure);
    }
  }

  private static long size(Path part) throws FetchException {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException failure) {
      throw Cache.explain("cannot read " + part, failure);
    }
  }

  private static void discard(Path part) throws FetchException {
    try {
      Files.deleteIfExists(part);
    } catch (IOException failure) {
      throw Cache.explain("cannot remove " + part, failure);
    }
  }

  private static void sleep(Duration wait) throws FetchException {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new FetchException("interrupted while downloading", interrupt);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
