package io.larimar.bench;

import io.larimar.decoder.Completion;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tokens a second of prompts and of generation, in turns with llama.cpp's own tool. */
final class ThroughputRun {
  private final SpeedRig rig;
  private final Decoder decoder;
  private final Optional<LlamaBench> peer;
  private final int rounds;
  private final int repetitions;

  ThroughputRun(SpeedRig rig, Optional<LlamaBench> peer, int rounds, int repetitions) {
    this.rig = rig;
    this.decoder = rig.larimar().decoder();
    this.peer = peer;
    this.rounds = rounds;
    this.repetitions = repetitions;
  }

  /** One line for a prompt of so many tokens, one for as many generated. */
  List<Map<String, Object>> run(int prompt, int generated)
      throws IOException, InterruptedException {
    List<Map<String, Object>> lines = new ArrayList<>();
    lines.add(line("prompt of " + prompt, prompt, 0));
    lines.add(line("generation of " + generated, 0, generated));
    return lines;
  }

  private Map<String, Object> line(String what, int prompt, int generated)
      throws IOException, InterruptedException {
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    double[] ratios = new double[rounds];
    rate(prompt, generated); // warms up, as the peer does
    for (int round = 0; round < rounds; round++) {
      if (peer.isPresent()) {
        theirs[round] =
            SpeedRig.median(peer.get().tokensPerSecond(prompt, generated, repetitions));
      }
      double[] rates = new double[repetitions];
      for (int i = 0; i < repetitions; i++) {
        rates[i] = rate(prompt, generated);
      }
      ours[round] = SpeedRig.median(rates);
      ratios[round] = ours[round] / theirs[round];
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", what);
    line.put("tokensPerSecond", SpeedRig.median(ours));
    if (peer.isPresent()) {
      line.put("llamaBench", SpeedRig.median(theirs));
      line.put("ratio", SpeedRig.median(ratios));
    }
    return line;
  }

  /** From the caller's request to the last token in the caller's hands, sampling included. */
  private double rate(int prompt, int generated) {
    int[] tokens = rig.plainTokens(Math.max(prompt, 1));
    Completion completion =
        decoder.generate(GenerationRequest.plain(tokens, Math.max(generated, 1))).completion();
    return generated == 0
        ? prompt * 1e9 / completion.firstTokenNanos()
        : completion.tokens().length * 1e9 / completion.totalNanos();
  }
}
