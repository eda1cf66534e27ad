package io.larimar.cli.fetch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Takes the wanted files, and nothing else, out of npm's and pip's archives. */
final class Archives {
  private static final int BUFFER_BYTES = 1 << 16;

  private Archives() {}

  /**
   * Unpacks chosen files of a .tgz, flat, into a folder: only the last part of an entry's path is
   * used, so that no entry can leave the folder.
   *
   * @param wanted asked with the entry's whole path
   * @return the files, in archive order
   */
  static List<Path> unpackTarGz(Path archive, Path folder, Predicate<String> wanted)
      throws FetchException {
    List<Path> files = new ArrayList<>();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(
        new BufferedInputStream(Files.newInputStream(archive)), BUFFER_BYTES))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile() && wanted.test(entry.getName())) {
          String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
          Path file = folder.resolve(name);
          Files.copy(tar, file);
          files.add(file);
        }
      }
      return files;
    } catch (IOException failure) {
      throw Cache.explain("cannot unpack " + archive.getFileName(), failure);
    }
  }

  /**
   * Appends one entry of a zip file to a stream and to a running checksum.
   *
   * @param done bytes that earlier parts have brought, for the progress
   * @return bytes so far
   */
  static long appendZipEntry(Path archive, String name, OutputStream out, MessageDigest digest,
      long done, Progress.Step step) throws FetchException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        throw new FetchException(archive.getFileName() + " does not hold " + name);
      }
      long total = done;
      byte[] buffer = new byte[BUFFER_BYTES];
      try (InputStream in = zip.getInputStream(entry)) {
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          out.write(buffer, 0, read);
          digest.update(buffer, 0, read);
          total += read;
          step.at(total);
        }
      }
      return total;
    } catch (FetchException known) {
      throw known;
    } catch (IOException failure) {
      throw Cache.explain("cannot unpack " + archive.getFileName(), failure);
    }
  }
}
