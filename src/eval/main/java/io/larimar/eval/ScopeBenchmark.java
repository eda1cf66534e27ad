package io.larimar.eval;

import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.eval.data.CounterFact;
import io.larimar.scope.ScopeDecision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The scope detector alone, answer-free: does it accept what asks for the fact (edit, paraphrase,
 * generation prompts) and nothing else (neighbours, attribute prompts, other relations of the same
 * subject), with one fact stored and with all?
 *
 * <p>A positive counts as accepted only where the detector names the record's own fact. With all
 * facts stored a negative that names another stored subject is listed apart: it may be right to
 * answer it. The retrieval column is the cosine of plain sentence embeddings, at the threshold of
 * its own equal error rate.
 */
final class ScopeBenchmark implements Benchmark {
  private static final List<String> POSITIVES = List.of("edit", "paraphrase", "generation");
  private static final List<String> NEGATIVES =
      List.of("neighbourhood", "attribute", "otherRelation");
  private static final int OTHER_RELATIONS = 5;
  /** Score of a prompt that names no stored subject: below every cosine. */
  private static final double NOTHING = -2;

  private final Rig rig;
  private final List<CounterFact> records;
  private final Relations relations;

  ScopeBenchmark(Rig rig, List<CounterFact> all) {
    this.rig = rig;
    this.records = all.subList(0, Evaluation.limited(all.size(), rig.options().limit()));
    this.relations = new Relations(all, rig.options().seed());
  }

  @Override
  public int records() {
    return records.size();
  }

  private List<String> prompts(CounterFact r, String kind) {
    return switch (kind) {
      case "edit" -> List.of(r.prompt());
      case "paraphrase" -> r.paraphrases();
      case "generation" -> r.generations().stream().distinct().toList();
      case "neighbourhood" -> r.neighbours();
      case "attribute" -> r.attributes();
      case "otherRelation" -> relations.others(r, OTHER_RELATIONS);
      default -> throw new AssertionError(kind);
    };
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    List<Fact> facts = records.stream().map(CounterFact::fact).toList();
    List<Integer> open = IntStream.range(0, records.size())
        .filter(i -> !log.has(i)).boxed().toList();
    if (open.isEmpty()) {
      return;
    }
    try (FactMemory all = rig.newMemory()) {
      progress.at("writing " + facts.size() + " facts", 0, records.size(), Duration.ZERO);
      all.writeAll(LongStream.range(0, facts.size()).boxed().toList(), facts, all.derive(facts));
      rig.statements().set(facts);
      long start = System.nanoTime();
      for (int done = 0; done < open.size(); done++) {
        int i = open.get(done);
        Outcome outcome = new Outcome(i);
        outcome.add(GroupedRun.EDIT_NANOS, rig.write(i, List.of(facts.get(i)))[0]);
        for (String kind : Stream.of(POSITIVES, NEGATIVES)
            .flatMap(List::stream).toList()) {
          for (String prompt : prompts(records.get(i), kind)) {
            test(outcome, kind, prompt, facts.get(i), all);
          }
        }
        rig.clear();
        log.append(outcome);
        long left = (System.nanoTime() - start) / (done + 1) * (open.size() - done - 1);
        progress.at("records", records.size() - open.size() + done + 1, records.size(),
            Duration.ofNanos(left));
      }
    }
  }

  private void test(Outcome outcome, String kind, String prompt, Fact fact, FactMemory all) {
    boolean positive = POSITIVES.contains(kind);
    ScopeDecision one = rig.memory().recall(prompt).scope();
    outcome.add("single." + kind + ".score", score(one, outcome.record(), positive));
    outcome.add("single." + kind + ".accepted",
        one.inScope() && (!positive || one.factId() == outcome.record()));
    ScopeDecision many = all.recall(prompt).scope();
    outcome.add("all." + kind + ".score", score(many, outcome.record(), positive));
    outcome.add("all." + kind + ".accepted",
        many.inScope() && (!positive || many.factId() == outcome.record()));
    boolean other = many.factId() != ScopeDecision.NO_FACT
        && many.factId() != outcome.record();
    outcome.add("all." + kind + ".names", other);
    float[] query = rig.statements().encode(prompt);
    SentenceIndex.Found found = rig.statements().nearest(query);
    boolean own = found.place() == outcome.record();
    outcome.add("retrieval.all." + kind, positive && !own ? NOTHING : found.cosine());
    outcome.add("retrieval.single." + kind, rig.statements().cosine(outcome.record(), query));
  }

  private static double score(ScopeDecision decision, int own, boolean positive) {
    boolean nothing = decision.factId() == ScopeDecision.NO_FACT
        || positive && decision.factId() != own;
    return nothing ? NOTHING : decision.similarity();
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    detector(figures, outcomes, "single", "");
    detector(figures, outcomes, "all", "All");
    retrieval(figures, outcomes, "single", "");
    retrieval(figures, outcomes, "all", "All");
    for (String kind : kinds()) {
      figures.count(kind + "Prompts",
          outcomes.stream().mapToInt(o -> o.of("single." + kind + ".score").size()).sum());
    }
    figures.note("Figures ending in All have every fact of the run in memory; the others only the"
        + " record's own. There, negatives that name another stored fact's subject are left out"
        + " and counted in namingOther. Direct figures leave the generation prompts out: some of"
        + " them ask for another relation of the subject (\"X was born in\" for X's mother"
        + " tongue).");
    return figures;
  }

  private static List<String> kinds() {
    List<String> kinds = new ArrayList<>(POSITIVES);
    kinds.addAll(NEGATIVES);
    return kinds;
  }

  private static void detector(
      Figures figures, List<Outcome> outcomes, String memory, String suffix) {
    for (boolean direct : new boolean[] {false, true}) {
      DetectionCurve curve = new DetectionCurve();
      int[] wrong = new int[2]; // accepted negatives, rejected positives
      int[] of = new int[2];
      int hits = 0;
      int naming = 0;
      for (Outcome outcome : outcomes) {
        for (String kind : kinds()) {
          boolean positive = POSITIVES.contains(kind);
          List<Double> scores = outcome.of(memory + "." + kind + ".score");
          for (int p = 0; p < scores.size(); p++) {
            boolean apart = !positive && memory.equals("all")
                && outcome.of("all." + kind + ".names").get(p) == 1;
            naming += apart ? 1 : 0;
            if (apart || direct && kind.equals("generation")) {
              continue;
            }
            boolean accepted = outcome.of(memory + "." + kind + ".accepted").get(p) == 1;
            curve.add(scores.get(p), positive);
            of[positive ? 1 : 0]++;
            wrong[positive ? 1 : 0] += accepted == positive ? 0 : 1;
            hits += accepted && positive ? 1 : 0;
          }
        }
      }
      String end = (direct ? "Direct" : "") + suffix;
      figures.put(Column.LARIMAR, "eer" + end, 100 * curve.equalError().rate());
      figures.put(Column.LARIMAR, "f1" + end,
          2.0 * hits / (2.0 * hits + wrong[0] + wrong[1]));
      figures.put(Column.LARIMAR, "falseAccept" + end, 100.0 * wrong[0] / of[0]);
      figures.put(Column.LARIMAR, "falseReject" + end, 100.0 * wrong[1] / of[1]);
      if (!direct && memory.equals("all")) {
        figures.put(Column.LARIMAR, "namingOther", 100.0 * naming / (naming + of[0]));
      }
    }
    for (String kind : kinds()) {
      Means.of(outcomes, memory + "." + kind + ".accepted").ifPresent(
          share -> figures.put(Column.LARIMAR, kind + "Accepted" + suffix, 100 * share));
    }
  }

  private static void retrieval(
      Figures figures, List<Outcome> outcomes, String memory, String suffix) {
    DetectionCurve curve = new DetectionCurve();
    for (Outcome outcome : outcomes) {
      for (String kind : kinds()) {
        for (double cosine : outcome.of("retrieval." + memory + "." + kind)) {
          curve.add(cosine, POSITIVES.contains(kind));
        }
      }
    }
    DetectionCurve.EqualError equal = curve.equalError();
    figures.put(Column.RETRIEVAL, "eer" + suffix, 100 * equal.rate());
    figures.put(Column.RETRIEVAL, "f1" + suffix, curve.f1(equal.threshold()));
    figures.put(Column.RETRIEVAL, "falseAccept" + suffix,
        100 * curve.falseAccept(equal.threshold()));
    figures.put(Column.RETRIEVAL, "falseReject" + suffix,
        100 * curve.falseReject(equal.threshold()));
  }
}
