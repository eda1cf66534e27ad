package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.Derived;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.engine.FactMemory.Told;
import io.larimar.engine.FactMemory;
import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import io.larimar.engine.WriteReceipt;
import io.larimar.eval.data.CounterFact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Writes N facts, forgets a seeded half, and asks what is left: of the forgotten, of the kept, and
 * whether the memory is byte for byte the one that never saw the forgotten half. Then how long a
 * durable forget takes, in a store of its own.
 *
 * <p>N is the paper's K = 512 and 2K, and where the file reaches, the width of our address and twice
 * that; where it holds fewer than K facts, N is their number. Recall is measured twice: by greedy
 * answers of the model to a sample of the prompts, and by the read-outs of all prompts.
 */
final class ForgettingBenchmark implements Benchmark {
  /** Facts of each half that the model is asked about. */
  static final int ASKED = 100;
  /** Facts forgotten one by one, and together, for the times. */
  static final int SINGLE_FORGETS = 200;
  static final int TOGETHER = 1_000;
  private static final int PAPER_ROWS = 512; // K in Larimar, section 4
  private static final int BEYOND_ANSWER = 2;

  private final Rig rig;
  private final List<CounterFact> records; // none that a newer one would hide
  private final Map<String, Integer> sizes; // by the suffix of their figures
  private final Evidence evidence;

  ForgettingBenchmark(Rig rig, List<CounterFact> all, Evidence evidence) {
    this.rig = rig;
    this.evidence = evidence;
    List<CounterFact> distinct = withoutContradictions(all);
    this.records =
        distinct.subList(0, Evaluation.limited(distinct.size(), rig.options().limit()));
    int width = rig.encoder().width();
    Map<String, Integer> wanted = new LinkedHashMap<>();
    wanted.put("", PAPER_ROWS);
    wanted.put("2K", 2 * PAPER_ROWS);
    wanted.put("Width", width);
    wanted.put("2Width", 2 * width);
    wanted.values().removeIf(n -> n > records.size());
    this.sizes = wanted.isEmpty() ? Map.of("", records.size()) : wanted;
    if (records.size() < 2) {
      throw new IllegalArgumentException(
          "forgetting needs at least 2 facts: " + records.size());
    }
  }

  /**
   * Without records that say otherwise what an earlier one says, since the newer would hide the older: one for
   * each prompt, and of questions, which can ask the same in other words, those of one record for each subject.
   */
  private static List<CounterFact> withoutContradictions(List<CounterFact> all) {
    Set<String> prompts = new HashSet<>();
    Map<String, Integer> recordOf = new HashMap<>();
    return all.stream()
        .filter(r -> r.template().contains("{}")
            || recordOf.computeIfAbsent(r.subject(), s -> r.number()) == r.number())
        .filter(r -> prompts.add(r.prompt()))
        .toList();
  }

  @Override
  public int records() {
    return sizes.values().stream().reduce(0, Math::max);
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    int place = 0;
    for (int size : sizes.values()) {
      if (!log.has(place)) {
        log.append(test(place, size, progress));
      }
      place++;
    }
    if (!log.has(place)) {
      log.append(time(place, progress));
    }
  }

  /** Durable forgets in a store of so many facts as the largest test, one by one and together. */
  private Outcome time(int place, EvalProgress progress) {
    Outcome outcome = new Outcome(place);
    EvalOptions o = rig.options();
    Path store = temporary();
    LarimarOptions options = LarimarOptions.of(o.natives(), o.model(), store)
        .withDecoder(o.decoder().withContextLength(512).withParallel(1)).withScope(o.scope());
    try (Larimar larimar = Larimar.open(options, replayed -> { })) {
      progress.at("writing " + records() + " facts durably", 0, 1, Duration.ZERO);
      List<Long> ids = new ArrayList<>(larimar.writeAll(
              records.subList(0, records()).stream().map(CounterFact::fact).toList())
          .stream().map(WriteReceipt::id).toList());
      Collections.shuffle(ids, new Random(o.seed()));
      int single = Math.min(SINGLE_FORGETS, ids.size() / 2);
      for (int i = 0; i < single; i++) {
        progress.at("forgetting one by one", i, single, Duration.ZERO);
        long start = System.nanoTime();
        larimar.forget(ids.get(i));
        outcome.add("forget.nanos", (double) System.nanoTime() - start);
      }
      List<Long> together = ids.subList(single, Math.min(single + TOGETHER, ids.size()));
      long start = System.nanoTime();
      larimar.forget(together);
      outcome.add("together.nanos", (double) System.nanoTime() - start);
      outcome.add("together.facts", together.size());
      outcome.add("forget.facts", ids.size());
    } finally {
      delete(store);
    }
    return outcome;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("larimar-forgetting");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder for the store", e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be deleted", e);
    }
  }

  private Outcome test(int place, int size, EvalProgress progress) {
    Outcome outcome = new Outcome(place);
    List<Fact> facts = records.subList(0, size).stream().map(CounterFact::fact).toList();
    List<Long> ids = LongStream.range(0, size).boxed().toList();
    List<Integer> order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(order, new Random(rig.options().seed()));
    List<Integer> forgotten = order.subList(0, size / 2);
    List<Integer> kept = order.subList(size / 2, size).stream().sorted().toList();
    try (FactMemory memory = rig.newMemory(); FactMemory never = rig.newMemory()) {
      progress.at("writing " + size + " facts", 0, size, Duration.ZERO);
      long start = System.nanoTime();
      List<Derived> derived = memory.derive(facts);
      memory.writeAll(ids, facts, derived);
      outcome.add("writeNanos", (double) System.nanoTime() - start);
      forgotten.forEach(i -> memory.forget(i));
      never.writeAll(kept.stream().map(ids::get).toList(), kept.stream().map(facts::get).toList(),
          kept.stream().map(derived::get).toList());
      outcome.add("byteEqual", Arrays.equals(memory.stateHash(), never.stateHash()));
      int done = 0;
      for (int i : order) {
        boolean gone = done < forgotten.size();
        Recall recall = memory.recall(facts.get(i).prompt().orElseThrow());
        boolean back = recall.readOuts().stream()
            .anyMatch(r -> Arrays.equals(r.tokens(), ((Told) derived.get(i)).tokens()));
        outcome.add(gone ? "readOut.forgotten" : "readOut.kept", back);
        if (gone) {
          outcome.add("similarity.forgotten", recall.scope().similarity());
          outcome.add("similarity.never",
              never.recall(facts.get(i).prompt().orElseThrow()).scope().similarity());
        }
        done++;
        progress.at("reading " + size + " facts", done, size, Duration.ZERO);
      }
      ask(outcome, "forgotten", forgotten, memory, progress);
      ask(outcome, "kept", kept, memory, progress);
    }
    return outcome;
  }

  /** Puts the prompts of some facts to the model alone and with the memory. */
  private void ask(Outcome outcome, String half, List<Integer> facts, FactMemory memory,
      EvalProgress progress) {
    List<Integer> asked = facts.subList(0, Math.min(ASKED, facts.size()));
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i : asked) {
      String prompt = records.get(i).prompt();
      int tokens = rig.prober().answer(records.get(i).targetNew()).length + BEYOND_ANSWER;
      requests.add(rig.prober().plain(prompt, Sampler.Settings.GREEDY, tokens));
      requests.add(rig.prober().conditioned(
          prompt, memory.recall(prompt).readOuts(), Sampler.Settings.GREEDY, tokens));
    }
    progress.at("asking " + asked.size() + " " + half + " facts", 0, asked.size(), Duration.ZERO);
    List<String> texts = rig.prober().generate(requests);
    for (int i = 0; i < asked.size(); i++) {
      String target = records.get(asked.get(i)).targetNew();
      outcome.add("base." + half, Answers.begins(texts.get(2 * i), target));
      outcome.add("larimar." + half, Answers.begins(texts.get(2 * i + 1), target));
      outcome.say("larimar." + half, texts.get(2 * i + 1));
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    int place = 0;
    for (String suffix : sizes.keySet()) {
      Outcome outcome = outcomes.get(place++);
      List<Outcome> one = List.of(outcome);
      for (Column column : List.of(Column.BASE, Column.LARIMAR)) {
        for (String half : List.of("forgotten", "kept")) {
          figures.put(column, half + "Recall" + suffix,
              Means.of(one, column.id() + "." + half));
        }
      }
      figures.put(Column.LARIMAR, "byteEqual" + suffix, Means.of(one, "byteEqual"));
      figures.put(Column.LARIMAR, "forgottenReadOut" + suffix,
          Means.of(one, "readOut.forgotten"));
      figures.put(Column.LARIMAR, "keptReadOut" + suffix, Means.of(one, "readOut.kept"));
      figures.put(Column.LARIMAR, "similarityForgotten" + suffix,
          Means.of(one, "similarity.forgotten"));
      figures.put(Column.LARIMAR, "similarityNeverKnew" + suffix,
          Means.of(one, "similarity.never"));
      figures.count("facts" + suffix, sizes.get(suffix));
      figures.count("forgotten" + suffix, outcome.of("readOut.forgotten").size());
      figures.count("asked" + suffix, outcome.of("larimar.kept").size()
          + outcome.of("larimar.forgotten").size());
    }
    times(outcomes.get(place), figures);
    evidence.addTo(figures);
    if (sizes.size() < 2) {
      figures.note("N = K needs " + PAPER_ROWS + " facts and N = 2K twice as many; this run has "
          + records.size() + ": the figures are for N = " + records() + ".");
    }
    figures.note("Recall: share of greedy answers that begin with the target, for a sample of the"
        + " prompts. ReadOut: share of all prompts that bring exactly the fact's tokens back.");
    return figures;
  }

  private static void times(Outcome outcome, Figures figures) {
    double[] single = outcome.of("forget.nanos").stream().mapToDouble(n -> n / 1e6).sorted()
        .toArray();
    if (single.length > 0) {
      figures.put(Column.LARIMAR, "forgetP50Millis", single[single.length / 2]);
      figures.put(Column.LARIMAR, "forgetP99Millis", single[single.length * 99 / 100]);
      figures.count("forgottenOneByOne", single.length);
    }
    int together = outcome.of("together.facts").getFirst().intValue();
    String name = together == TOGETHER ? "forgetThousandSeconds" : "forgetTogetherSeconds";
    figures.put(Column.LARIMAR, name, outcome.of("together.nanos").getFirst() / 1e9);
    figures.count("forgottenTogether", together);
    figures.count("factsInTheStoreOfTheTimes", outcome.of("forget.facts").getFirst().intValue());
  }

  @Override
  public OptionalDouble editsPerSecond(List<Outcome> outcomes) {
    double nanos = outcomes.stream().flatMap(o -> o.of("writeNanos").stream())
        .mapToDouble(Double::doubleValue).sum();
    return OptionalDouble.of(1e9 * sizes.values().stream().mapToInt(n -> n).sum() / nanos);
  }
}
