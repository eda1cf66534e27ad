package io.larimar.cli.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A published checksum.
 *
 * @param algorithm {@code SHA-256} or {@code SHA-512}
 * @param hex the checksum, lower case
 */
record Digest(String algorithm, String hex) {

  Digest {
    hex = hex.toLowerCase(Locale.ROOT);
    int expected = algorithm.equals("SHA-512") ? 128 : 64;
    if (hex.length() != expected) {
      throw new IllegalArgumentException(
          algorithm + " must have " + expected + " hex digits: " + hex.length());
    }
  }

  static Digest sha256(String hex) {
    return new Digest("SHA-256", hex);
  }

  /** Reads npm's notation, {@code sha512-} and Base64 (W3C Subresource Integrity). */
  static Digest integrity(String text) {
    if (!text.startsWith("sha512-")) {
      throw new IllegalArgumentException("integrity must start with sha512-: " + text);
    }
    byte[] bytes = Base64.getDecoder().decode(text.substring("sha512-".length()));
    return new Digest("SHA-512", HexFormat.of().formatHex(bytes));
  }

  /** An empty running checksum of this algorithm. */
  MessageDigest start() {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has " + algorithm, impossible);
    }
  }

  /** Whether the running checksum ended in this one; resets it. */
  boolean matches(MessageDigest running) {
    return MessageDigest.isEqual(running.digest(), HexFormat.of().parseHex(hex));
  }

  /** Whether a whole file has this checksum. */
  boolean matches(Path file) throws IOException {
    MessageDigest running = start();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        running.update(buffer, 0, read);
      }
    }
    return matches(running);
  }

  /** The first digits, enough to tell two files apart in a message. */
  String brief() {
    return algorithm + " " + hex.substring(0, 12) + "...";
  }
}
