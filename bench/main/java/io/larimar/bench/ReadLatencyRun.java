package io.larimar.bench;

import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.TokenStream;
import io.larimar.engine.Larimar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.HdrHistogram.Histogram;

/**
 * How long reads take at a fixed rate of arrivals while other work goes on. A read's time runs from
 * when it was due, not from when it began, so that a stall is charged to every read that waited for
 * it (no coordinated omission).
 */
final class ReadLatencyRun {
  private static final double[] QUANTILES = {50, 90, 99, 99.9};
  private static final long SPIN_NANOS = 200_000;
  private static final long CONTROL_NANOS = 60_000;
  private static final double CONTROL_RATE = 1_000; // a second

  private final SpeedRig rig;
  private int next; // makes each prompt another one

  ReadLatencyRun(SpeedRig rig) {
    this.rig = rig;
  }

  /**
   * Reads of the memory by key beside writes, and by prompt alone and beside a generation: prompts
   * whose texts were met before, so that no encoder runs; prompts that are met first, each of which
   * runs it; and prompts that name no subject. The control is a spin of 60 us in the place of a
   * read: its tail is the machine's, not the memory's.
   */
  List<Map<String, Object>> run(double seconds) {
    List<Map<String, Object>> lines = new ArrayList<>();
    lines.add(byKey("by key among 1,000 facts, beside 100 writes a second", 1_000, seconds));
    lines.addAll(byPrompt("alone", seconds, Optional.empty()));
    lines.addAll(byPrompt("beside a generation", seconds, Optional.of(this::generate)));
    return lines;
  }

  private List<Map<String, Object>> byPrompt(
      String company, double seconds, Optional<Runnable> load) {
    Larimar larimar = rig.larimar();
    IntConsumer met = i -> larimar.read(rig.question(i % rig.facts()));
    IntConsumer first = i -> larimar.read(rig.request(i % rig.facts(), next++));
    IntConsumer outside = i -> larimar.read(SpeedRig.strange(i));
    time(met, rig.facts()); // from now on their texts were met
    return List.of(
        measure("control, " + company, CONTROL_RATE, seconds, i -> spin(), load),
        measure("prompt met before, " + company, rate(met), seconds, met, load),
        measure("prompt met first, " + company, rate(first), seconds, first, load),
        measure("out of scope, " + company, rate(outside), seconds, outside, load));
  }

  /** A quarter of the reads that one thread could do in a second, or the control's rate. */
  private static double rate(IntConsumer read) {
    return Math.clamp(1 / time(read, 20) / 4, 5, CONTROL_RATE);
  }

  /** Computes for as long as a read by key takes. */
  static void spin() {
    long end = System.nanoTime() + CONTROL_NANOS;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static Map<String, Object> byKey(String what, double rate, double seconds) {
    try (SyntheticMemory memory = new SyntheticMemory(1_000)) {
      IntConsumer read = i -> memory.read();
      time(read, 20_000); // compiles it
      return measure(what, rate, seconds, read, Optional.of(() -> {
        memory.writeAndForget();
        LockSupport.parkNanos(10_000_000);
      }));
    }
  }

  private void generate() {
    GenerationRequest request = GenerationRequest.plain(rig.plainTokens(8), 16);
    try (TokenStream stream = rig.larimar().decoder().generate(request)) {
      stream.completion();
    }
  }

  /** Mean seconds of one run. */
  private static double time(IntConsumer action, int runs) {
    long start = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      action.accept(i);
    }
    return (System.nanoTime() - start) / 1e9 / runs;
  }

  static Map<String, Object> measure(
      String what, double rate, double seconds, IntConsumer read, Optional<Runnable> load) {
    AtomicBoolean loading = new AtomicBoolean(true);
    Optional<Thread> beside = load.map(once -> Thread.ofPlatform().name("larimar-bench-load")
        .start(() -> {
          while (loading.get()) {
            once.run();
          }
        }));
    Histogram histogram = new Histogram(3);
    try {
      long interval = (long) (1e9 / rate);
      long start = System.nanoTime() + interval;
      for (int i = 0; i < rate * seconds; i++) {
        long due = start + i * interval;
        await(due);
        read.accept(i);
        histogram.recordValue(System.nanoTime() - due);
      }
    } finally {
      loading.set(false);
      beside.ifPresent(ReadLatencyRun::join);
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", what);
    line.put("readsPerSecond", rate);
    line.put("reads", histogram.getTotalCount());
    for (double quantile : QUANTILES) {
      line.put("p" + (quantile == (int) quantile ? "" + (int) quantile : "" + quantile) + "Micros",
          histogram.getValueAtPercentile(quantile) / 1e3);
    }
    line.put("tail", (double) histogram.getValueAtPercentile(99.9)
        / histogram.getValueAtPercentile(50));
    return line;
  }

  /** Sleeps, and spins at the end, as a sleep's own lateness would be charged to the read. */
  private static void await(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (left > SPIN_NANOS) {
        LockSupport.parkNanos(left - SPIN_NANOS);
      } else {
        Thread.onSpinWait();
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
