package io.larimar.bench;

import com.sun.management.ThreadMXBean;
import io.larimar.bindings.Sampler;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.TokenStream;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Prompt;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Bytes that all threads together leave on the heap for a token and for a read. */
final class AllocationRun {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final SpeedRig rig;
  private final Decoder decoder;

  AllocationRun(SpeedRig rig) {
    this.rig = rig;
    this.decoder = rig.larimar().decoder();
  }

  /**
   * Bytes a token: what a long generation allocates over a short one, so that what a request costs
   * once is left out; the least of the rounds, as the compilers work on the first.
   */
  List<Map<String, Object>> run(int rounds, int few, int many) {
    Prompt prompt = Prompt.raw(rig.statement(0));
    List<int[]> readOuts =
        rig.larimar().read(prompt.lastTurn()).readOuts().stream().map(ReadOut::tokens).toList();
    List<Map<String, Object>> lines = new ArrayList<>();
    lines.add(perToken("a token, plain", rounds, few, many,
        n -> rig.request(prompt, List.of(), n)));
    lines.add(perToken("a token, sampled", rounds, few, many, n -> sampled(prompt, n)));
    lines.add(perToken("a token, with memory", rounds, few, many,
        n -> rig.request(prompt, readOuts, n)));
    lines.add(perToken("a token, with contrast", rounds, few, many,
        n -> rig.contrasted(prompt, readOuts, n)));
    double least = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      long before = allocated();
      rig.larimar().read(rig.question(0));
      least = Math.min(least, allocated() - before);
    }
    lines.add(line("a read by prompt (encoder, scope, memory, audit)", least));
    return lines;
  }

  private GenerationRequest sampled(Prompt prompt, int tokens) {
    GenerationRequest plain = rig.request(prompt, List.of(), tokens);
    return new GenerationRequest(plain.prefix(), plain.prompt(), plain.bare(), plain.contrast(),
        new Sampler.Settings(0.7f, 40, 0.95f, 0.05f, 7), tokens, List.of("\u0000"));
  }

  private Map<String, Object> perToken(
      String what, int rounds, int few, int many, IntFunction<GenerationRequest> request) {
    double least = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      long[] little = generate(request.apply(few));
      long[] much = generate(request.apply(many));
      if (much[0] > little[0]) {
        least = Math.min(least, (double) (much[1] - little[1]) / (much[0] - little[0]));
      }
    }
    return line(what, least);
  }

  /** Tokens, and the bytes that were allocated for them; the pieces are taken as they come. */
  private long[] generate(GenerationRequest request) {
    long before = allocated();
    TokenStream stream = decoder.generate(request);
    long characters = 0;
    for (String piece : stream) {
      characters += piece.length();
    }
    int tokens = stream.completion().tokens().length;
    long after = allocated();
    if (characters == 0) {
      throw new IllegalStateException("a generation of the report brought no text");
    }
    return new long[] {tokens, after - before};
  }

  private long allocated() {
    long sum = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      sum += Math.max(0, bytes);
    }
    return sum;
  }

  private static Map<String, Object> line(String what, double bytes) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", what);
    line.put("bytes", bytes);
    return line;
  }
}
