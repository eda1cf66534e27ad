package io.larimar.bench;

import com.sun.management.ThreadMXBean;
import io.larimar.bindings.Sampler;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.TokenStream;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Prompt;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Bytes that all threads together leave on the heap for a token and for a read. */
final class AllocationRun {
  private static final int WARM_READS = 1_000; // so that most of a read is compiled
  private static final int WARM_TOKENS = 6_000; // more than the 5,000 calls the compiler waits for

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final SpeedRig rig;
  private final Decoder decoder;

  AllocationRun(SpeedRig rig) {
    this.rig = rig;
    this.decoder = rig.larimar().decoder();
  }

  /**
   * Bytes a token, of the caller's thread and the decoder's, in the steady part of a generation,
   * behind {@value #WARM_TOKENS} tokens of the same kind that are not counted: what a request makes
   * once, before its first token, is left out; the median of the rounds.
   */
  List<Map<String, Object>> run(int rounds, int from, int to) {
    List<Map<String, Object>> lines = new ArrayList<>();
    lines.add(perToken("a token, plain", rounds, from, to, fact -> plain(fact, to)));
    lines.add(perToken("a token, sampled", rounds, from, to, fact -> sampled(plain(fact, to))));
    lines.add(perToken("a token, with memory", rounds, from, to,
        fact -> rig.request(prompt(fact), readOuts(fact), to)));
    lines.add(perToken("a token, with contrast", rounds, from, to,
        fact -> rig.contrasted(prompt(fact), readOuts(fact), to)));
    for (int i = 0; i < WARM_READS; i++) {
      rig.larimar().read(rig.question(i % rig.facts()));
    }
    double[] reads = new double[20 * rounds];
    for (int round = 0; round < reads.length; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      rig.larimar().read(rig.question(round % rig.facts()));
      reads[round] = threads.getCurrentThreadAllocatedBytes() - before;
    }
    lines.add(line("a read by prompt (encoder, scope, memory, audit)", SpeedRig.median(reads)));
    lines.add(line("a read by key", ofRead(rounds)));
    return lines;
  }

  private Prompt prompt(int fact) {
    return Prompt.raw(rig.statement(fact));
  }

  private List<ReadOut> readOuts(int fact) {
    return rig.larimar().read(rig.statement(fact)).readOuts();
  }

  private GenerationRequest plain(int fact, int tokens) {
    return rig.request(prompt(fact), List.of(), tokens);
  }

  /**
   * Of the facts' texts the first that has all its pieces, or the longest: where one ends is the
   * model's own doing, and differs between devices.
   */
  private GenerationRequest longest(int from, int to, IntFunction<GenerationRequest> ofFact) {
    int most = 0;
    GenerationRequest longest = null;
    for (int fact = 0; fact < rig.facts() && most < to; fact++) {
      GenerationRequest request = ofFact.apply(fact);
      int pieces = 0;
      for (String piece : decoder.generate(request)) {
        pieces += piece.isEmpty() ? 0 : 1;
      }
      if (pieces > most) {
        most = pieces;
        longest = request;
      }
    }
    if (most <= from) {
      throw new IllegalStateException("none of the report's " + rig.facts() + " texts goes on for"
          + " more than " + from + " pieces with this model, " + most + " at most: measure the"
          + " other parts with --only");
    }
    return longest;
  }

  /** Generates until what runs once a token is compiled; fewer where the report is quick. */
  private void warm(GenerationRequest request, int rounds) {
    int wanted = rounds * WARM_TOKENS / 8;
    for (int tokens = 0; tokens < wanted; ) {
      for (String piece : decoder.generate(request)) {
        tokens += piece.isEmpty() ? 0 : 1;
      }
    }
  }

  /** Bytes a search and a read of the memory, once they are compiled. */
  private double ofRead(int rounds) {
    try (SyntheticMemory memory = new SyntheticMemory(1_000)) {
      double[] bytes = new double[rounds];
      for (int round = -rounds; round < rounds; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 2_000; i++) {
          memory.read();
        }
        bytes[Math.max(0, round)] =
            (threads.getCurrentThreadAllocatedBytes() - before) / 2_000.0;
      }
      return SpeedRig.median(bytes);
    }
  }

  private static GenerationRequest sampled(GenerationRequest plain) {
    return new GenerationRequest(plain.prefix(), plain.prompt(), plain.bare(), plain.contrast(),
        new Sampler.Settings(0.7f, 40, 0.95f, 0.05f, 7), plain.maxTokens(), List.of("\u0000"));
  }

  private Map<String, Object> perToken(
      String what, int rounds, int from, int to, IntFunction<GenerationRequest> ofFact) {
    GenerationRequest request = longest(from, to - 2, ofFact);
    warm(request, rounds);
    double[] bytes = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      bytes[round] = generate(request, from, to - 2);
    }
    return line(what, SpeedRig.median(bytes));
  }

  /** Bytes a piece between two pieces of one generation, which are taken as they come. */
  private double generate(GenerationRequest request, int from, int to) {
    long decoderThread = decoderThread();
    long begun = 0;
    long ended = 0;
    int pieces = 0;
    TokenStream stream = decoder.generate(request);
    for (String piece : stream) {
      pieces++;
      if (pieces == from) {
        begun = allocated(decoderThread);
      } else if (pieces > from && pieces <= to) {
        ended = allocated(decoderThread);
      }
      assert !piece.isEmpty();
    }
    if (ended == 0) {
      throw new IllegalStateException("a generation of the report ended after " + pieces
          + " pieces, more than " + from + " are needed");
    }
    return (double) (ended - begun) / (Math.min(pieces, to) - from);
  }

  private long decoderThread() {
    for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (info != null && info.getThreadName().equals("larimar-decoder")) {
        return info.getThreadId();
      }
    }
    throw new IllegalStateException("the decoder's thread is not there");
  }

  private long allocated(long decoderThread) {
    return threads.getCurrentThreadAllocatedBytes()
        + threads.getThreadAllocatedBytes(decoderThread);
  }

  private static Map<String, Object> line(String what, double bytes) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", what);
    line.put("bytes", bytes);
    return line;
  }
}
