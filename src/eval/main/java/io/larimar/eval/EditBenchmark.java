package io.larimar.eval;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import io.larimar.engine.WriteReceipt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The speed of durable edits: facts written one at a time into a store on disk, then the rest in one
 * batch, encoding, ledger and memory included; then the time to open that store again.
 *
 * <p>The first facts warm the JVM up and are not counted: a fifth of them, at most {@value #WARM_UP}.
 * Then come single edits, a half of what is left, at most {@value #SINGLES}. Each is its own
 * transaction, on disk when {@link Larimar#write} returns. Times are not resumed: a run that was
 * stopped begins anew.
 */
final class EditBenchmark implements Benchmark {
  private static final int WARM_UP = 500;
  private static final int SINGLES = 1_000;

  /** The times of one edit or of the batch, in nanoseconds. */
  private static final List<String> PARTS = List.of("encode", "ledger", "memory");

  private final Rig rig;
  private final List<Fact> facts;

  EditBenchmark(Rig rig, List<Fact> facts) {
    this.rig = rig;
    this.facts = facts.subList(0, Evaluation.limited(facts.size(), rig.options().limit()));
    if (this.facts.size() < 3) {
      throw new IllegalArgumentException("three facts at least are needed to warm up, to write alone"
          + " and in a batch: facts=" + this.facts.size());
    }
  }

  @Override
  public int records() {
    return facts.size();
  }

  private int warmUp() {
    return Math.clamp(facts.size() / 5, 1, WARM_UP);
  }

  private int singles() {
    return Math.clamp((facts.size() - warmUp()) / 2, 1, SINGLES);
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    if (log.has(0)) {
      return;
    }
    try {
      Path store = Files.createTempDirectory("larimar-edit");
      try {
        log.append(measured(store, progress));
      } finally {
        delete(store);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a store in the temporary folder", e);
    }
  }

  private Outcome measured(Path store, EvalProgress progress) {
    EvalOptions o = rig.options();
    LarimarOptions options = LarimarOptions.of(o.natives(), o.model(), store)
        .withDecoder(o.decoder()).withScope(o.scope());
    Outcome outcome = new Outcome(0);
    int batchFrom = warmUp() + singles();
    try (Larimar larimar = Larimar.open(options, replayed -> { })) {
      for (int i = 0; i < batchFrom; i++) {
        progress.at("single edits", i, facts.size(), Duration.ZERO);
        long start = System.nanoTime();
        WriteReceipt receipt = larimar.write(facts.get(i));
        if (i >= warmUp()) {
          outcome.add("single.total", System.nanoTime() - start);
          add(outcome, "single", receipt);
        }
      }
      progress.at("one batch", batchFrom, facts.size(), Duration.ZERO);
      long start = System.nanoTime();
      List<WriteReceipt> batch = larimar.writeAll(facts.subList(batchFrom, facts.size()));
      outcome.add("batch.total", System.nanoTime() - start);
      add(outcome, "batch", batch.getFirst());
    }
    progress.at("opening", facts.size(), facts.size(), Duration.ZERO);
    long start = System.nanoTime();
    try (Larimar larimar = Larimar.open(options, replayed -> { })) {
      outcome.add("open.total", System.nanoTime() - start);
      outcome.add("open.facts", larimar.memory().size());
    }
    return outcome;
  }

  private static void add(Outcome outcome, String name, WriteReceipt receipt) {
    outcome.add(name + ".encode", receipt.encodeNanos());
    outcome.add(name + ".ledger", receipt.ledgerNanos());
    outcome.add(name + ".memory", receipt.memoryNanos());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    Outcome outcome = outcomes.getFirst();
    int batch = facts.size() - warmUp() - singles();
    figures.put(Column.LARIMAR, "editMillisP50", millis(outcome, "single.total", 0.5));
    figures.put(Column.LARIMAR, "editMillisP90", millis(outcome, "single.total", 0.9));
    figures.put(Column.LARIMAR, "editMillisP99", millis(outcome, "single.total", 0.99));
    figures.put(Column.LARIMAR, "factsPerSecond", editsPerSecond(outcomes));
    for (String part : PARTS) {
      figures.put(Column.LARIMAR, part + "MillisP50", millis(outcome, "single." + part, 0.5));
      figures.put(Column.LARIMAR, part + "MillisP99", millis(outcome, "single." + part, 0.99));
      figures.put(Column.LARIMAR, part + "MillisInBatch", millis(outcome, "batch." + part, 0.5));
    }
    figures.put(Column.LARIMAR, "openSeconds", outcome.of("open.total").getFirst() / 1e9);
    figures.count("warmUpEdits", warmUp());
    figures.count("singleEdits", singles());
    figures.count("batchFacts", batch);
    figures.count("openedFacts", outcome.of("open.facts").getFirst().intValue());
    figures.note("An edit counts from the call to its return: encoding, the ledger's transaction with"
        + " its flush to disk, memory and scope detector. Targets: editMillisP50 <= 8, editMillisP99"
        + " <= 25, factsPerSecond >= 300. openSeconds includes loading the model and both encoders.");
    figures.note("Facts of one template share the encoding of what they say of their subject; facts"
        + " that share none cost two runs of the sentence encoder each, and not one.");
    return figures;
  }

  private static double millis(Outcome outcome, String name, double quantile) {
    double[] nanos = outcome.of(name).stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(nanos);
    int at = (int) Math.ceil(quantile * nanos.length) - 1;
    return nanos[Math.max(0, at)] / 1e6;
  }

  @Override
  public OptionalDouble editsPerSecond(List<Outcome> outcomes) {
    int batch = facts.size() - warmUp() - singles();
    return OptionalDouble.of(batch * 1e9 / outcomes.getFirst().of("batch.total").getFirst());
  }
}
