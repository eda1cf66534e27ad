package io.larimar.bench;

import io.larimar.decoder.Completion;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a token costs with a fact in the soft prefix, with a contrast, and in company. */
final class GenerationRun {
  private final SpeedRig rig;
  private final Decoder decoder;

  GenerationRun(SpeedRig rig) {
    this.rig = rig;
    this.decoder = rig.larimar().decoder();
  }

  /**
   * Plain, with memory, with the contrast as it is shipped (which fades) and with one at every
   * token, in turns; a token after the first each.
   */
  List<Map<String, Object>> run(int rounds, int tokens) {
    double[][] nanos = new double[4][rounds];
    for (int round = -1; round < rounds; round++) {
      int fact = Math.floorMod(round, rig.facts());
      Prompt prompt = Prompt.raw(rig.statement(fact));
      List<ReadOut> readOuts = rig.larimar().read(prompt.lastTurn()).readOuts();
      List<GenerationRequest> requests = List.of(rig.request(prompt, List.of(), tokens),
          rig.request(prompt, readOuts, tokens),
          rig.contrasted(prompt, readOuts, tokens, Contrast.TEXT_FRAME),
          rig.contrasted(prompt, readOuts, tokens));
      for (int i = 0; i < requests.size(); i++) {
        Completion completion = decoder.generate(requests.get(i)).completion();
        if (round >= 0) {
          nanos[i][round] = SpeedRig.nanosPerToken(completion);
        }
      }
    }
    String[] names = {"plain", "with memory", "with memory and contrast, as shipped, over "
        + tokens + " tokens", "with memory and contrast at every token"};
    List<Map<String, Object>> lines = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      double[] ratios = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        ratios[round] = nanos[0][round] / nanos[i][round];
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("what", names[i]);
      line.put("tokensPerSecond", 1e9 / SpeedRig.median(nanos[i]));
      line.put("ratio", SpeedRig.median(ratios));
      lines.add(line);
    }
    return lines;
  }

  /**
   * So many streams at once against one after the other, on a decoder that takes them together; and
   * what a prompt of 128 tokens gains over one token at a time: where all positions of a batch are
   * known beforehand, so that no company can gain more.
   */
  static Map<String, Object> streams(Decoder parallel, int streams, int rounds, int tokens) {
    double[] alone = new double[rounds];
    double[] together = new double[rounds];
    double[] ratios = new double[rounds];
    double[] limits = new double[rounds];
    for (int round = -1; round < rounds; round++) {
      List<GenerationRequest> requests = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        requests.add(GenerationRequest.plain(parallel.vocabulary().tokenize(
            "Chapter " + (i + 1) + ". In the year " + (1900 + i), true, false), tokens));
      }
      double one = 0;
      for (GenerationRequest request : requests) {
        one += rate(parallel, List.of(request)) / streams;
      }
      double many = rate(parallel, requests);
      if (round >= 0) {
        alone[round] = one;
        together[round] = many;
        ratios[round] = many / one;
        limits[round] = promptRate(parallel) / one;
      }
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", streams + " streams at once");
    line.put("tokensPerSecond", SpeedRig.median(together));
    line.put("oneAtATime", SpeedRig.median(alone));
    line.put("ratio", SpeedRig.median(ratios));
    line.put("promptRatio", SpeedRig.median(limits));
    return line;
  }

  private static double promptRate(Decoder decoder) {
    int[] once = decoder.vocabulary().tokenize(" Once there were a pump and a lamp", true, false);
    int[] prompt = new int[128];
    Arrays.setAll(prompt, i -> once[i % once.length]);
    return prompt.length * 1e9
        / decoder.generate(GenerationRequest.plain(prompt, 1)).completion().firstTokenNanos();
  }

  private static double rate(Decoder decoder, List<GenerationRequest> requests) {
    long start = System.nanoTime();
    int tokens = 0;
    for (Completion completion : decoder.generateAll(requests)) {
      tokens += completion.tokens().length;
    }
    return tokens * 1e9 / (System.nanoTime() - start);
  }
}
