package io.larimar.bench;

import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fills one memory and measures cost and recall on the way. */
final class CapacityRun {
  private static final int WARM_UPS = EpisodicMemory.EXACT_SCAN_FACTS + 600; // both searches
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final int samples;
  private final int decodes; // whole facts through the codec's clean-up
  private final int comparisons; // searches by sketch against the exact scan

  private final SyntheticFacts facts;
  private final MemoryShape shape;
  private final Arena arena;
  private final MemorySegment out;
  private final MemorySegment scratch;
  private final long[] ids = new long[1];
  private final float[] cosines = new float[1];

  CapacityRun(SyntheticFacts facts, Precision precision, Arena arena, boolean quick) {
    this.facts = facts;
    samples = quick ? 300 : 1_000;
    decodes = quick ? 40 : 200;
    comparisons = quick ? 10 : 40;
    this.arena = arena;
    shape = MemoryShape.of(facts.keyWidth, SyntheticFacts.LATENT_WIDTH)
        .stored(precision, precision);
    out = arena.allocate(shape.latentBytes(), 64);
    scratch = arena.allocate(shape.keyBytes(), 64);
  }

  /** One line of figures for each step of the number of facts. */
  List<Map<String, Object>> run(int[] steps, Path folder) throws IOException {
    List<Map<String, Object>> lines = new ArrayList<>();
    try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
      warmUp();
      long id = 0;
      for (int step : steps) {
        int before = (int) id;
        memory.reserve(step);
        double[] nanos = new double[step - before];
        long bytes = 0;
        for (; id < step; id++) {
          facts.makeKey(id);
          facts.makeLatent(id);
          long allocated = allocatedBytes();
          long start = System.nanoTime();
          memory.write(id, facts.key, facts.latent, 1);
          nanos[(int) id - before] = System.nanoTime() - start;
          bytes += allocatedBytes() - allocated;
        }
        System.err.println(shape.keyPrecision() + " " + step + " facts written");
        Map<String, Object> line = measure(memory, step);
        line.put("writeAllocatedBytes", (double) bytes / (step - before));
        line.put("writesPerSecond", (step - before) / (Arrays.stream(nanos).sum() / 1e9));
        double[] last = Arrays.copyOfRange(nanos, Math.max(0, nanos.length - 20_000), nanos.length);
        putQuantiles(line, "writeMicros", last);
        snapshot(memory, folder, line);
        lines.add(line);
      }
    }
    return lines;
  }

  /** A batch of ready keys and latents into an empty memory: facts a second, by wall and by CPU. */
  Map<String, Object> batch() {
    int pool = 1_000;
    int count = 20_000;
    MemorySegment keys = arena.allocate(pool * shape.keyBytes(), 64);
    MemorySegment latents = arena.allocate(pool * shape.latentBytes(), 64);
    for (int i = 0; i < pool; i++) {
      facts.makeKey(i);
      facts.makeLatent(i);
      MemorySegment.copy(facts.key, 0, keys, i * shape.keyBytes(), shape.keyBytes());
      MemorySegment.copy(facts.latent, 0, latents, i * shape.latentBytes(), shape.latentBytes());
    }
    try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
      long cpu = THREADS.getCurrentThreadCpuTime();
      long start = System.nanoTime();
      for (long id = 0; id < count; id++) {
        long i = id % pool;
        memory.write(id, keys.asSlice(i * shape.keyBytes(), shape.keyBytes()),
            latents.asSlice(i * shape.latentBytes(), shape.latentBytes()), 1);
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("batchWritesPerSecond", count * 1e9 / (System.nanoTime() - start));
      line.put("batchWritesPerCpuSecond",
          count * 1e9 / (THREADS.getCurrentThreadCpuTime() - cpu));
      return line;
    }
  }

  /** Compiles all paths on a store of its own. */
  private void warmUp() {
    try (EpisodicMemory memory = EpisodicMemory.open(shape)) {
      for (long id = 0; id < WARM_UPS; id++) {
        facts.makeKey(id);
        facts.makeLatent(id % 100);
        memory.write(id, facts.key, facts.latent, 1);
      }
      searches(memory, WARM_UPS);
      measure(memory, WARM_UPS);
      for (long id = 3_000; id < WARM_UPS; id++) {
        memory.forget(id);
      }
      searches(memory, 3_000);
      measure(memory, 3_000);
    }
  }

  /** Searches and reads until the compiler has surely done with them, also on a busy machine. */
  private void searches(EpisodicMemory memory, int count) {
    for (int s = 0; s < 3_000; s++) {
      facts.makeKey(s % count);
      if (s % 3 == 0) {
        facts.disturbKey(s % count, 0.8, scratch);
      }
      memory.nearest(facts.key, 1, ids, cosines);
      memory.read(ids[0], out);
    }
  }

  private Map<String, Object> measure(EpisodicMemory memory, int count) {
    searches(memory, count);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("facts", count);
    double[] nearest = new double[samples];
    double[] read = new double[samples];
    double[] both = new double[samples];
    int found = 0;
    int whole = 0;
    int decoded = 0;
    long allocated = 0;
    for (int s = 0; s < samples; s++) {
      long id = Math.floorMod(SyntheticFacts.mixed(~s), count);
      facts.makeKey(id);
      long bytes = allocatedBytes();
      long start = System.nanoTime();
      memory.nearest(facts.key, 1, ids, cosines);
      long middle = System.nanoTime();
      memory.read(ids[0], out);
      long end = System.nanoTime();
      allocated += allocatedBytes() - bytes;
      nearest[s] = middle - start;
      read[s] = end - middle;
      both[s] = end - start;
      found += ids[0] == id ? 1 : 0;
      if (s < decodes) {
        decoded++;
        whole += facts.decodesTo(id, out) ? 1 : 0;
      }
    }
    putQuantiles(line, "nearestMicros", nearest);
    putQuantiles(line, "readMicros", read);
    putQuantiles(line, "nearestAndReadMicros", both);
    line.put("readAllocatedBytes", (double) allocated / samples);
    line.put("recallById", (double) found / samples);
    line.put("recallSamples", samples);
    line.put("wholeFactRecall", (double) whole / decoded);
    line.put("wholeFactSamples", decoded);
    line.put("residentBytesPerFact", (double) memory.sizeBytes() / count);
    line.put("blocks", memory.blockCount());
    if (count > EpisodicMemory.EXACT_SCAN_FACTS) {
      compare(memory, count, line);
    }
    forget(memory, count, line);
    return line;
  }

  /** Searches for keys turned away from their facts; some of them by the exact scan as well. */
  private void compare(EpisodicMemory memory, int count, Map<String, Object> line) {
    for (double cosine : new double[] {0.9, 0.8, 0.7}) {
      int bySketch = 0;
      int exact = 0;
      int alike = 0;
      double[] nanos = new double[10 * comparisons];
      for (int s = 0; s < nanos.length; s++) {
        long id = Math.floorMod(SyntheticFacts.mixed(s), count);
        facts.makeKey(id);
        facts.disturbKey(id, cosine, scratch);
        long start = System.nanoTime();
        memory.nearest(facts.key, 1, ids, cosines);
        nanos[s] = System.nanoTime() - start;
        bySketch += ids[0] == id ? 1 : 0;
        if (s < comparisons) {
          long found = ids[0];
          memory.nearestExact(facts.key, 1, ids, cosines);
          exact += ids[0] == id ? 1 : 0;
          alike += ids[0] == found ? 1 : 0;
        }
      }
      String name = "At" + Math.round(100 * cosine);
      putQuantiles(line, "nearestMicros" + name, nanos);
      line.put("recallBySketch" + name, (double) bySketch / nanos.length);
      line.put("recallByExactScan" + name, (double) exact / comparisons);
      line.put("sketchFindsWhatExactFinds" + name, (double) alike / comparisons);
    }
  }

  /** Forgets facts and writes them again. */
  private void forget(EpisodicMemory memory, int count, Map<String, Object> line) {
    int forgets = Math.min(200, count);
    double[] nanos = new double[forgets];
    long allocated = 0;
    for (int s = 0; s < forgets; s++) {
      long id = Math.floorMod(SyntheticFacts.mixed(s), count);
      long bytes = allocatedBytes();
      long start = System.nanoTime();
      memory.forget(id);
      nanos[s] = System.nanoTime() - start;
      allocated += allocatedBytes() - bytes;
      facts.makeKey(id);
      facts.makeLatent(id);
      memory.write(id, facts.key, facts.latent, 1);
    }
    putQuantiles(line, "forgetMicros", nanos);
    line.put("forgetAllocatedBytes", (double) allocated / forgets);
  }

  private void snapshot(EpisodicMemory memory, Path folder, Map<String, Object> line)
      throws IOException {
    Path file = folder.resolve("memory.snapshot");
    long start = System.nanoTime();
    memory.save(file);
    line.put("saveSeconds", (System.nanoTime() - start) / 1e9);
    line.put("storedBytesPerFact", (double) Files.size(file) / memory.factCount());
    start = System.nanoTime();
    try (EpisodicMemory mapped = EpisodicMemory.map(file)) {
      line.put("mapAndVerifySeconds", (System.nanoTime() - start) / 1e9);
      facts.makeKey(0);
      mapped.nearest(facts.key, 1, ids, cosines);
      line.put("mappedAnswersAlike", ids[0] == 0);
    }
    Files.delete(file);
  }

  private static void putQuantiles(Map<String, Object> line, String name, double[] nanos) {
    double[] sorted = nanos.clone();
    Arrays.sort(sorted);
    Map<String, Double> quantiles = new LinkedHashMap<>();
    quantiles.put("p10", sorted[sorted.length / 10] / 1e3);
    quantiles.put("p50", sorted[sorted.length / 2] / 1e3);
    quantiles.put("p99", sorted[(int) (sorted.length * 0.99)] / 1e3);
    line.put(name, quantiles);
  }

  private static long allocatedBytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
