package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.ScoreRequest.Score;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.eval.Prober.Probe;
import io.larimar.eval.data.Zsre;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * zsRE: are the tokens of the new answer the likeliest after the question and its rephrasing, and
 * those of an unrelated answer as before?
 *
 * <p>ERR is the mean F1 of generated answers to the edited questions, TRR that to the unrelated
 * ones, with all facts of the setting in memory; an answer is generated greedily for as many tokens
 * as the right one has, for a base model does not know where to stop.
 */
final class ZsreBenchmark implements Benchmark {
  private static final List<String> KINDS = List.of("edit", "rephrase", "locality");

  private final Rig rig;
  private final EvalOptions options;
  private final List<Zsre> records;

  ZsreBenchmark(Rig rig, List<Zsre> all) {
    this.rig = rig;
    this.options = rig.options();
    this.records = all.subList(0, Evaluation.limited(all.size(), options.limit()));
  }

  @Override
  public int records() {
    return records.size();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    ZsreTarget target = options.zsreTarget();
    List<Fact> facts = records.stream().map(r -> r.fact(target.of(r))).toList();
    new GroupedRun(rig, log, progress, facts).run(i -> {
      Outcome outcome = new Outcome(i);
      Zsre r = records.get(i);
      List<String> taught = List.of(target.of(r));
      List<Probe> probes = List.of(new Probe(r.question(), taught),
          new Probe(r.rephrase(), taught),
          new Probe(r.locality(), List.of(r.localityAnswer())));
      if (options.setting().kind() != Setting.Kind.SINGLE) {
        outcome.add("contradicted", contradicted(i, target));
      }
      test(outcome, facts.get(i), probes);
      return outcome;
    });
  }

  /**
   * Whether a later record teaches another answer to what is the same question: one of the same
   * subject that had the same answers before. The newest wins, so this one cannot be right.
   */
  private boolean contradicted(int record, ZsreTarget target) {
    Zsre r = records.get(record);
    return records.stream().skip(record + 1L).anyMatch(later ->
        later.subject().equals(r.subject()) && later.answers().equals(r.answers())
            && !target.of(later).equals(target.of(r)));
  }

  /** What each column puts before a prompt. */
  private record Context(
      List<Fact> nearest, List<List<ReadOut>> readOuts) {}

  private void test(Outcome outcome, Fact fact, List<Probe> probes) {
    boolean single = options.setting().kind() == Setting.Kind.SINGLE;
    List<Fact> nearest = new ArrayList<>();
    List<List<ReadOut>> readOuts = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      String prompt = probes.get(i).prompt();
      nearest.add(!single && options.has(Column.RETRIEVAL)
          ? rig.statements().nearest(prompt).fact() : fact);
      if (options.has(Column.LARIMAR)) {
        String seen = options.protocol() == Protocol.STRICT ? prompt
            : prompt + " " + probes.get(i).answers().getFirst();
        Recall recall = rig.memory().recall(seen);
        boolean open = !recall.readOuts().isEmpty();
        boolean own = open && recall.scope().factId() == outcome.record();
        outcome.add("gate." + KINDS.get(i) + ".own", own);
        outcome.add("gate." + KINDS.get(i) + ".other", open && !own);
        readOuts.add(recall.readOuts());
      }
    }
    List<List<Score>> base = rig.prober().base(probes);
    keep(outcome, Column.BASE, base);
    if (options.has(Column.PROMPT)) {
      keep(outcome, Column.PROMPT, rig.prober().stated(probes, fact));
    }
    if (options.has(Column.RETRIEVAL)) {
      keep(outcome, Column.RETRIEVAL, rig.prober().stated(probes, nearest));
    }
    if (options.has(Column.LARIMAR)) {
      keep(outcome, Column.LARIMAR, rig.prober().conditioned(probes, readOuts, base));
    }
    generate(outcome, fact, probes, new Context(nearest, readOuts));
  }

  private static void keep(Outcome outcome, Column column, List<List<Score>> scores) {
    for (int i = 0; i < KINDS.size(); i++) {
      outcome.add(column.id() + "." + KINDS.get(i), scores.get(i).getFirst().argmaxShare());
    }
  }

  /** Answers the edited and the unrelated question. */
  private void generate(Outcome outcome, Fact fact, List<Probe> probes, Context context) {
    List<GenerationRequest> requests = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    for (int i : new int[] {0, 2}) {
      String prompt = probes.get(i).prompt();
      String answer = probes.get(i).answers().getFirst();
      int tokens = rig.prober().answer(answer).length;
      for (Column column : Column.values()) {
        if (options.has(column)) {
          names.add(column.id() + (i == 0 ? ".err" : ".trr"));
          answers.add(answer);
          requests.add(switch (column) {
            case BASE -> rig.prober().plain(prompt, Sampler.Settings.GREEDY, tokens);
            case PROMPT -> rig.prober().stated(prompt, fact, Sampler.Settings.GREEDY, tokens);
            case RETRIEVAL -> rig.prober().stated(
                prompt, context.nearest().get(i), Sampler.Settings.GREEDY, tokens);
            case ORACLE -> throw new AssertionError("zsre has no oracle");
            case LARIMAR -> rig.prober().conditioned(
                prompt, context.readOuts().get(i), Sampler.Settings.GREEDY, tokens);
          });
        }
      }
    }
    List<String> texts = rig.prober().generate(requests);
    for (int i = 0; i < texts.size(); i++) {
      outcome.say(names.get(i), texts.get(i));
      outcome.add(names.get(i), Answers.f1(texts.get(i), answers.get(i)));
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    OptionalDouble before = Means.of(outcomes, "base.trr");
    for (Column column : Column.values()) {
      if (options.has(column)) {
        for (String kind : KINDS) {
          Means.of(outcomes, column.id() + "." + kind)
              .ifPresent(share -> figures.put(column, kind, 100 * share));
        }
        figures.put(column, "err", Means.of(outcomes, column.id() + ".err"));
        figures.put(column, "trrBefore", before);
        figures.put(column, "trrAfter", Means.of(outcomes, column.id() + ".trr"));
      }
    }
    for (String kind : KINDS) {
      for (String whose : List.of("own", "other")) {
        Means.of(outcomes, "gate." + kind + "." + whose).ifPresent(share -> figures.put(
            Column.LARIMAR, kind + "Gate" + (whose.equals("own") ? "Own" : "Other"),
            100 * share));
      }
    }
    figures.count("questions", outcomes.size());
    List<Outcome> current = outcomes.stream()
        .filter(outcome -> !outcome.of("contradicted").equals(List.of(1.0))).toList();
    if (current.size() < outcomes.size()) {
      figures.count("contradicted", outcomes.size() - current.size());
      for (Column column : Column.values()) {
        if (options.has(column)) {
          for (String kind : List.of("edit", "rephrase")) {
            Means.of(current, column.id() + "." + kind)
                .ifPresent(share -> figures.put(column, kind + "Current", 100 * share));
          }
          figures.put(column, "errCurrent", Means.of(current, column.id() + ".err"));
        }
      }
      figures.note("contradicted: records to whose subject a later record teaches another answer in"
          + " the place of the same one; they stand in edit, rephrase and err, not in those of"
          + " current facts.");
    }
    figures.note("Taught and tested: "
        + (options.zsreTarget() == ZsreTarget.ALT
            ? "the new answer (alt), without the blanks around it that some have."
            : "answers[0], the first answer before the edit."));
    figures.note("edit, rephrase and locality: share of the answer's tokens that are the likeliest"
        + " at their place, teacher-forced. err and trr: word F1 of greedy answers of as many"
        + " tokens as the right one has.");
    return figures;
  }
}
