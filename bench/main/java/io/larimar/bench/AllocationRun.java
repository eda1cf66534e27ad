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
    Prompt prompt = Prompt.raw(rig.statement(0));
    List<ReadOut> readOuts = rig.larimar().read(prompt.lastTurn()).readOuts();
    List<Map<String, Object>> lines = new ArrayList<>();
    lines.add(perToken("a token, plain", rounds, from, to, rig.request(prompt, List.of(), to)));
    lines.add(perToken("a token, sampled", rounds, from, to, sampled(prompt, to)));
    lines.add(
        perToken("a token, with memory", rounds, from, to, rig.request(prompt, readOuts, to)));
    lines.add(perToken(
        "a token, with contrast", rounds, from, to, rig.contrasted(prompt, readOuts, to)));
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

  private GenerationRequest sampled(Prompt prompt, int tokens) {
    GenerationRequest plain = rig.request(prompt, List.of(), tokens);
    return new GenerationRequest(plain.prefix(), plain.prompt(), plain.bare(), plain.contrast(),
        new Sampler.Settings(0.7f, 40, 0.95f, 0.05f, 7), tokens, List.of("\u0000"));
  }

  private Map<String, Object> perToken(
      String what, int rounds, int from, int to, GenerationRequest request) {
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
