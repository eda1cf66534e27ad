package io.larimar.bench;

import io.larimar.bindings.Context.CacheType;
import io.larimar.bindings.Context.FlashAttention;
import io.larimar.bindings.Context.Tuning;
import io.larimar.bindings.Model;
import io.larimar.decoder.Completion;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What each of the decoder's options does to its speed, against the defaults of the same round. */
final class TuningRun {
  private final Path natives;
  private final Path model;
  private final Decoder.Options defaults;

  TuningRun(Path natives, Path model, Decoder.Options defaults) {
    this.natives = natives;
    this.model = model;
    this.defaults = defaults;
  }

  /** A line an option: its prompt and generation throughput as shares of the defaults'. */
  List<Map<String, Object>> run(int rounds, int prompt, int generated) {
    Map<String, Decoder.Options> variants = new LinkedHashMap<>();
    variants.put("defaults", defaults);
    variants.put("--kv-type q8_0", tuned(CacheType.Q8_0, FlashAttention.AUTO, false));
    variants.put("--kv-type q4_0", tuned(CacheType.Q4_0, FlashAttention.AUTO, false));
    variants.put("--flash-attention off", tuned(CacheType.F16, FlashAttention.OFF, false));
    variants.put("--pin-threads", tuned(CacheType.F16, FlashAttention.AUTO, true));
    variants.put("--load read",
        defaults.withModel(defaults.model().withLoading(Model.Loading.READ)));
    Map<String, double[][]> rates = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (String name : variants.keySet()) {
        double[][] of = rates.computeIfAbsent(name, n -> new double[3][rounds]);
        double[] measured = measure(variants.get(name), prompt, generated);
        for (int i = 0; i < measured.length; i++) {
          of[i][round] = measured[i];
        }
      }
    }
    List<Map<String, Object>> lines = new ArrayList<>();
    rates.forEach((name, of) -> {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("what", name);
      line.put("openSeconds", SpeedRig.median(of[2]));
      String[] names = {"prompt", "generation"};
      for (int i = 0; i < names.length; i++) {
        double[] base = rates.get("defaults")[i];
        double[] own = of[i];
        double[] ratios = new double[rounds];
        Arrays.setAll(ratios, round -> own[round] / base[round]);
        line.put(names[i] + "TokensPerSecond", SpeedRig.median(own));
        line.put(names[i] + "Ratio", SpeedRig.median(ratios));
      }
      lines.add(line);
    });
    return lines;
  }

  private Decoder.Options tuned(CacheType cache, FlashAttention attention, boolean pinned) {
    return defaults.withTuning(new Tuning(cache, attention, pinned));
  }

  /** Tokens a second of a prompt and of a generation behind it, and the seconds of the opening. */
  private double[] measure(Decoder.Options options, int prompt, int generated) {
    long start = System.nanoTime();
    try (Decoder decoder = Decoder.open(natives, model, options)) {
      double seconds = (System.nanoTime() - start) / 1e9;
      int[] tokens = new int[prompt];
      int[] words =
          decoder.vocabulary().tokenize(" Once there were a pump and a lamp", true, false);
      Arrays.setAll(tokens, i -> words[i % words.length]);
      GenerationRequest request = GenerationRequest.plain(tokens, generated);
      decoder.generate(GenerationRequest.plain(tokens, 1)).completion(); // warms up
      Completion completion = decoder.generate(request).completion();
      return new double[] {prompt * 1e9 / completion.firstTokenNanos(),
          1e9 / SpeedRig.nanosPerToken(completion), seconds};
    }
  }
}
