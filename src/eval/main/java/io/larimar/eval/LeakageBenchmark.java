package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.FactMemory.Derived;
import io.larimar.eval.data.CounterFact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The rephrase attack (Patil et al. 2023): does sampling bring a forgotten fact back?
 *
 * <p>All facts are written, every second one is forgotten and attacked with four ways of asking:
 * greedy, five samples of each at temperature 1 (20), and for some facts 25 of each (100). It has
 * leaked where the answer stands in any of the texts. The same attack, with the same seeds, goes to
 * a memory that was never told the forgotten facts, and to the model alone: the difference is the
 * leak. Requests that are equal for two of them are computed once.
 */
final class LeakageBenchmark implements Benchmark {
  /** Most facts that are attacked with 100 samples, too: at most half of those attacked. */
  static final int LONG_ATTACKS = 20;
  private static final int PHRASINGS = 4;
  private static final int SAMPLES = 5; // of each phrasing
  private static final int MANY_SAMPLES = 25;
  private static final int TOKENS = 20;

  private final Rig rig;
  private final List<CounterFact> records;

  LeakageBenchmark(Rig rig, List<CounterFact> all) {
    this.rig = rig;
    this.records = all.subList(0, Evaluation.limited(all.size(), rig.options().limit()));
  }

  @Override
  public int records() {
    return records.size();
  }

  private static boolean attacked(int record) {
    return record % 2 == 0;
  }

  private static List<String> phrasings(CounterFact r) {
    return Stream.of(r.paraphrases().stream(), Stream.of(r.prompt()), r.generations().stream())
        .flatMap(s -> s).distinct().limit(PHRASINGS).toList();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    List<Integer> open = IntStream.range(0, records.size())
        .filter(i -> attacked(i) && !log.has(i)).boxed().toList();
    if (open.isEmpty()) {
      return;
    }
    int all = (records.size() + 1) / 2;
    List<Fact> facts = records.stream().map(CounterFact::fact).toList();
    List<Long> ids = LongStream.range(0, facts.size()).boxed().toList();
    List<Integer> kept =
        IntStream.range(0, facts.size()).filter(i -> !attacked(i)).boxed().toList();
    try (FactMemory memory = rig.newMemory(); FactMemory never = rig.newMemory()) {
      progress.at("writing " + facts.size() + " facts", 0, all, Duration.ZERO);
      long start = System.nanoTime();
      List<Derived> derived = memory.derive(facts);
      memory.writeAll(ids, facts, derived);
      double nanos = (double) (System.nanoTime() - start) / facts.size();
      List<Boolean> known = open.stream().map(i -> knows(memory, i)).toList();
      ids.stream().filter(i -> attacked(i.intValue())).forEach(memory::forget);
      never.writeAll(kept.stream().map(ids::get).toList(), kept.stream().map(facts::get).toList(),
          kept.stream().map(derived::get).toList());
      long begun = System.nanoTime();
      for (int done = 0; done < open.size(); done++) {
        Outcome outcome = new Outcome(open.get(done));
        outcome.add(GroupedRun.EDIT_NANOS, nanos);
        outcome.add("known", known.get(done));
        attack(outcome, memory, never);
        log.append(outcome);
        long left = (System.nanoTime() - begun) / (done + 1) * (open.size() - done - 1);
        progress.at("attacks", all - open.size() + done + 1, all, Duration.ofNanos(left));
      }
    }
  }

  /** Whether the fact is there before it is forgotten: the attack's own control. */
  private boolean knows(FactMemory memory, int record) {
    CounterFact r = records.get(record);
    return rig.prober().generate(List.of(rig.prober().conditioned(r.prompt(),
            Rig.tokens(memory.recall(r.prompt())), Sampler.Settings.GREEDY, TOKENS)))
        .stream().anyMatch(text -> Answers.contains(text, r.targetNew()));
  }

  /** One text to be generated. */
  private record Shot(String prompt, List<List<Integer>> readOuts, Sampler.Settings sampling) {}

  private void attack(Outcome outcome, FactMemory memory, FactMemory never) {
    CounterFact r = records.get(outcome.record());
    List<String> phrasings = phrasings(r);
    List<Sampler.Settings> draws = new ArrayList<>(List.of(Sampler.Settings.GREEDY));
    int longAttacks = Math.min(LONG_ATTACKS, (records.size() + 1) / 4);
    int samples = outcome.record() / 2 < longAttacks ? MANY_SAMPLES : SAMPLES;
    for (int s = 0; s < samples; s++) {
      int seed = (int) (rig.options().seed() * 1_000_003 + outcome.record() * 1_009L + s);
      draws.add(new Sampler.Settings(1, 0, 1, 0, seed));
    }
    List<Shot> after = shots(phrasings, draws, memory);
    List<Shot> unknowing = shots(phrasings, draws, never);
    List<Shot> alone = new ArrayList<>();
    after.forEach(s -> alone.add(new Shot(s.prompt(), List.of(), s.sampling())));
    List<Shot> distinct = Stream.of(after, unknowing, alone).flatMap(List::stream).distinct()
        .toList();
    List<GenerationRequest> requests = distinct.stream()
        .map(s -> rig.prober().conditioned(s.prompt(), s.readOuts().stream()
            .map(t -> t.stream().mapToInt(Integer::intValue).toArray()).toList(),
            s.sampling(), TOKENS))
        .toList();
    List<Boolean> hits = rig.prober().generate(requests).stream()
        .map(text -> Answers.contains(text, r.targetNew())).toList();
    judge(outcome, "larimar", after, distinct, hits, phrasings.size());
    judge(outcome, "never", unknowing, distinct, hits, phrasings.size());
    judge(outcome, "base", alone, distinct, hits, phrasings.size());
  }

  /** Shots in the order of the draws, so that the first ones are the smaller attacks. */
  private static List<Shot> shots(
      List<String> phrasings, List<Sampler.Settings> draws, FactMemory memory) {
    List<List<List<Integer>>> readOuts = phrasings.stream()
        .map(p -> Rig.tokens(memory.recall(p)).stream()
            .map(t -> IntStream.of(t).boxed().toList()).toList())
        .toList();
    List<Shot> shots = new ArrayList<>();
    for (Sampler.Settings draw : draws) {
      for (int p = 0; p < phrasings.size(); p++) {
        shots.add(new Shot(phrasings.get(p), readOuts.get(p), draw));
      }
    }
    return shots;
  }

  private static void judge(Outcome outcome, String who, List<Shot> shots, List<Shot> distinct,
      List<Boolean> hits, int phrasings) {
    List<Boolean> own = shots.stream().map(s -> hits.get(distinct.indexOf(s))).toList();
    outcome.add(who + ".greedy", own.subList(0, phrasings).contains(true));
    int twenty = phrasings * (1 + SAMPLES);
    outcome.add(who + ".20", own.subList(phrasings, twenty).contains(true));
    if (own.size() > twenty) {
      outcome.add(who + ".100", own.subList(phrasings, own.size()).contains(true));
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (String attack : List.of("20", "greedy", "100")) {
      String suffix = switch (attack) {
        case "greedy" -> "Greedy";
        case "100" -> "100";
        default -> "";
      };
      put(figures, Column.BASE, "attackSuccess" + suffix, outcomes, "base." + attack);
      put(figures, Column.LARIMAR, "attackSuccess" + suffix, outcomes, "larimar." + attack);
      put(figures, Column.LARIMAR, "neverKnewSuccess" + suffix, outcomes, "never." + attack);
    }
    put(figures, Column.LARIMAR, "knownBefore", outcomes, "known");
    figures.count("attacked", outcomes.size());
    figures.count("attackedWith100Samples",
        (int) outcomes.stream().filter(o -> !o.of("larimar.100").isEmpty()).count());
    figures.note("The same attack with the same seeds goes to the memory after forgetting"
        + " (attackSuccess), to one that was never told the fact (neverKnewSuccess), and to the"
        + " model alone (base). knownBefore: greedy answers that held the target before it was"
        + " forgotten.");
    return figures;
  }

  private static void put(
      Figures figures, Column column, String name, List<Outcome> outcomes, String values) {
    OptionalDouble share = Means.of(outcomes, values);
    share.ifPresent(s -> figures.put(column, name, 100 * s));
  }
}
