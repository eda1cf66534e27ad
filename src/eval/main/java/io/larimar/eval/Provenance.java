package io.larimar.eval;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

/** Where figures come from: the machine, the JDK and the files. */
final class Provenance {
  private Provenance() {}

  /** Processor, cores, memory and operating system in one line. */
  static String machine() {
    Runtime runtime = Runtime.getRuntime();
    return processor() + ", " + runtime.availableProcessors() + " cores, "
        + System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8)) {
      return lines.filter(l -> l.startsWith("model name")).findFirst()
          .map(l -> l.substring(l.indexOf(':') + 1).strip()).orElse("unknown processor");
    } catch (IOException e) {
      return "unknown processor"; // Not a Linux: the operating system's name must do.
    }
  }

  /** Name and version of the JDK. */
  static String jdk() {
    return System.getProperty("java.vendor") + " " + Runtime.version();
  }

  /** First 16 hexadecimal digits of the SHA-256 of a file, or of a folder's files in order. */
  static String hash(Path file) {
    try (Stream<Path> files = Files.isDirectory(file) ? Files.list(file) : Stream.of(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
        digest.update(Files.readAllBytes(each));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
