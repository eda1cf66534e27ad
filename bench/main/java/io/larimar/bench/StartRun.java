package io.larimar.bench;

import io.larimar.decoder.Decoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** From the start of the launcher's process to the first byte of an answer, on a warm disk. */
final class StartRun {
  private final Path launcher;
  private final Path natives;
  private final Path model;
  private final Decoder.Options decoder;

  StartRun(Path launcher, Path natives, Path model, Decoder.Options decoder) {
    this.launcher = launcher;
    this.natives = natives;
    this.model = model;
    this.decoder = decoder;
  }

  /** The base model's answer, then one from memory; the store holds one fact. */
  List<Map<String, Object>> run(int rounds) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("larimar-start");
    try {
      String fact = "The maximum flow rate of the ZX-400 pump is 38 litres per minute.";
      String prompt = "The maximum flow rate of the ZX-400 pump is";
      Path store = folder.resolve("store");
      start(store, "write", fact);
      start(store, "ask", "--raw", "--max-tokens", "1", prompt); // a start may leave a cache behind
      double[] plain = new double[rounds];
      double[] memory = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        plain[round] =
            start(store, "ask", "--raw", "--no-memory", "--max-tokens", "1", prompt) / 1e9;
        memory[round] = start(store, "ask", "--raw", "--max-tokens", "1", prompt) / 1e9;
      }
      return List.of(line("plain", plain), line("in scope", memory));
    } finally {
      SpeedRig.deleteTree(folder);
    }
  }

  private static Map<String, Object> line(String what, double[] seconds) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", what);
    line.put("seconds", SpeedRig.median(seconds));
    return line;
  }

  private long start(Path store, String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(launcher.toString()));
    words.addAll(List.of(arguments));
    words.addAll(List.of("--store", store.toString(), "--model", model.toString(), "--threads",
        "" + decoder.threads()));
    words.addAll(DecoderWords.larimar(decoder));
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("LARIMAR_NATIVES", natives.toString());
    long begun = System.nanoTime();
    Process process = builder.start();
    try (InputStream out = process.getInputStream()) {
      int first = out.read();
      long nanos = System.nanoTime() - begun;
      out.readAllBytes();
      int code = process.waitFor();
      if (first < 0 || code != 0) {
        throw new IOException("`larimar " + arguments[0] + "` ended with exit code " + code);
      }
      return nanos;
    }
  }
}
