package io.larimar.cli.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Archives, package clients and surroundings made for one test. */
final class Fixtures {
  private static final long SEED = 20261123;

  private Fixtures() {}

  /** Bytes that do not compress, always the same. */
  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(SEED + length).nextBytes(bytes);
    return bytes;
  }

  static Digest sha256(byte[] bytes) {
    return Digest.sha256(HexFormat.of().formatHex(
        Digest.sha256("0".repeat(64)).start().digest(bytes)));
  }

  static Digest sha512(byte[] bytes) {
    Digest any = new Digest("SHA-512", "0".repeat(128));
    return new Digest("SHA-512", HexFormat.of().formatHex(any.start().digest(bytes)));
  }

  static Artifact npm(byte[] archive) {
    return new Artifact(Artifact.Origin.NPM, "@invented/linux-x64", "1.2.3",
        OptionalLong.of(archive.length), Optional.of(sha512(archive)));
  }

  static Artifact wheel(String name, byte[] archive) {
    return new Artifact(Artifact.Origin.PIP, name, "1.0.0",
        OptionalLong.of(archive.length), Optional.of(sha256(archive)));
  }

  /** Linux on x64 with nothing set but PATH. */
  static Environment linux(Path home, Path path) {
    return new Environment(Map.of("PATH", path.toString()), "Linux", "amd64", home);
  }

  static Cache cache(Path root) {
    return new Cache(root, unused -> Long.MAX_VALUE);
  }

  /** A .tgz as npm packs it. */
  static byte[] tgz(Map<String, byte[]> entries) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      for (Map.Entry<String, byte[]> each : entries.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(each.getKey());
        entry.setSize(each.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(each.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** A wheel with one entry. */
  static byte[] zip(String name, byte[] content) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
      zip.closeEntry();
    }
    return bytes.toByteArray();
  }

  /** A program in a folder for PATH: a shell script without the need of any other program. */
  static void program(Path folder, String name, String script) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(("#!/bin/sh\n" + script + "\n").getBytes(StandardCharsets.UTF_8));
    }
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + file + " executable");
    }
  }
}
