package io.larimar.bench;

import io.larimar.linalg.VectorKernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a report says of the machine, the JVM and the build that it was made on. */
final class Machine {
  private Machine() {}

  /** Processor, JDK, flags, vector width, commit and load, in this order. */
  static Map<String, Object> describe() throws IOException {
    Map<String, Object> machine = new LinkedHashMap<>();
    Path cpuinfo = Path.of("/proc/cpuinfo");
    machine.put("processor", Files.exists(cpuinfo) ? Files.readAllLines(cpuinfo).stream()
        .filter(line -> line.startsWith("model name")).findFirst()
        .map(line -> line.substring(line.indexOf(':') + 2)).orElse("unknown") : "unknown");
    machine.put("architecture", System.getProperty("os.arch"));
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    machine.put("jdk", System.getProperty("java.vm.version"));
    machine.put("flags", ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-D") && !flag.contains("/")).toList()); // no folders
    machine.put("vectorBits", VectorKernels.vectorBits());
    machine.put("commit", commit());
    machine.put("loadAverageAtStart",
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    return machine;
  }

  private static String commit() throws IOException {
    try {
      Process git = new ProcessBuilder(
          "git", "-C", System.getProperty("larimar.home", "."), "rev-parse", "--short", "HEAD")
          .redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String answer = new String(git.getInputStream().readAllBytes()).trim();
      return answer.isEmpty() ? "unknown" : answer;
    } catch (IOException e) {
      return "unknown"; // no git on this machine
    }
  }
}
