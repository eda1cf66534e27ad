package io.larimar.bench;

import io.larimar.bindings.LlamaException;
import io.larimar.decoder.Decoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** llama.cpp's own {@code llama-bench}, run on the libraries that this process has loaded. */
final class LlamaBench {
  private final Path program;
  private final Path natives;
  private final Path model;
  private final Decoder.Options decoder;

  /**
   * @param program the tool, linked to the libraries in {@code natives}
   * @param natives where it runs, as it looks for CPU variants in its own folder
   * @param decoder threads, batch, devices and tuning that it is to use too
   */
  LlamaBench(Path program, Path natives, Path model, Decoder.Options decoder) {
    this.program = program;
    this.natives = natives;
    this.model = model;
    this.decoder = decoder;
  }

  /**
   * Tokens a second of each repetition after one that warms up.
   *
   * @param prompt tokens of a prompt decoded at once, or 0   @param generated tokens generated one
   *     by one from an empty context, or 0
   */
  double[] tokensPerSecond(int prompt, int generated, int repetitions)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(program.toString(), "-m", model.toString(),
        "-t", "" + decoder.threads(), "-b", "" + decoder.batch(), "-ub", "" + decoder.batch(), "-p",
        "" + prompt, "-n", "" + generated, "-r", "" + repetitions, "-o", "json"));
    words.addAll(DecoderWords.llamaBench(decoder));
    Process process = new ProcessBuilder(words).directory(natives.toFile())
        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String answer = new String(process.getInputStream().readAllBytes());
    int code = process.waitFor();
    JsonNode samples = code == 0
        ? JsonMapper.shared().readTree(answer).path(0).path("samples_ts")
        : JsonMapper.shared().createArrayNode();
    if (samples.size() != repetitions) {
      throw new LlamaException("llama-bench", code, "llama-bench gave no figures; run "
          + String.join(" ", words) + " in " + natives);
    }
    double[] rates = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      rates[i] = samples.get(i).asDouble();
    }
    return rates;
  }
}
