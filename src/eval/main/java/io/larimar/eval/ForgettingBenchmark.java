package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.FactMemory.Derived;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.eval.data.CounterFact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Writes N facts, forgets a seeded half, and asks what is left: of the forgotten, of the kept, and
 * whether the memory is byte for byte the one that never saw the forgotten half.
 *
 * <p>N is K, the width of an address, and 2K; where the file holds fewer facts, N is their number.
 * Recall is measured twice: by greedy answers of the model to a sample of the prompts, and by the
 * read-outs of all prompts.
 */
final class ForgettingBenchmark implements Benchmark {
  /** Facts of each half that the model is asked about. */
  static final int ASKED = 100;
  private static final int BEYOND_ANSWER = 2;

  private final Rig rig;
  private final List<CounterFact> records; // no two with one prompt: the newer would hide the older
  private final List<Integer> sizes;

  ForgettingBenchmark(Rig rig, List<CounterFact> all) {
    this.rig = rig;
    Set<String> prompts = new HashSet<>();
    List<CounterFact> distinct = all.stream().filter(r -> prompts.add(r.prompt())).toList();
    this.records =
        distinct.subList(0, Evaluation.limited(distinct.size(), rig.options().limit()));
    int width = rig.encoder().width();
    List<Integer> full =
        Stream.of(width, 2 * width).filter(n -> n <= records.size()).toList();
    this.sizes = full.isEmpty() ? List.of(records.size()) : full;
    if (records.size() < 2) {
      throw new IllegalArgumentException(
          "forgetting needs at least 2 facts: " + records.size());
    }
  }

  @Override
  public int records() {
    return sizes.getLast();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    for (int i = 0; i < sizes.size(); i++) {
      if (!log.has(i)) {
        log.append(test(i, sizes.get(i), progress));
      }
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
            .anyMatch(r -> Arrays.equals(r.tokens(), derived.get(i).tokens()));
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
          prompt, Rig.tokens(memory.recall(prompt)), Sampler.Settings.GREEDY, tokens));
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
    for (int i = 0; i < sizes.size(); i++) {
      List<Outcome> one = List.of(outcomes.get(i));
      String suffix = i == 0 ? "" : "2K";
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
      figures.count("facts" + suffix, sizes.get(i));
      figures.count("forgotten" + suffix, outcomes.get(i).of("readOut.forgotten").size());
      figures.count("asked" + suffix, outcomes.get(i).of("larimar.kept").size()
          + outcomes.get(i).of("larimar.forgotten").size());
    }
    if (sizes.size() < 2) {
      figures.note("N = K needs " + rig.encoder().width() + " facts and N = 2K twice as many; this"
          + " run has " + records.size() + ": the figures are for N = " + sizes.getFirst() + ".");
    }
    figures.note("Recall: share of greedy answers that begin with the target, for a sample of the"
        + " prompts. ReadOut: share of all prompts that bring exactly the fact's tokens back.");
    return figures;
  }

  @Override
  public OptionalDouble editsPerSecond(List<Outcome> outcomes) {
    double nanos = outcomes.stream().mapToDouble(o -> o.of("writeNanos").getFirst()).sum();
    return OptionalDouble.of(1e9 * sizes.stream().mapToInt(n -> n).sum() / nanos);
  }
}
