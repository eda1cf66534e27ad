package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.ScoreRequest.Score;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.engine.Prompt;
import io.larimar.eval.Prober.Probe;
import io.larimar.eval.data.CounterFact;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * CounterFact: is the new answer likelier than the true one where it should be (edit, paraphrase),
 * and only there (neighbourhood)?
 *
 * <p>All of a record's prompts are scored in one request a column, both answers from one prompt.
 */
final class CounterFactBenchmark implements Benchmark {
  static final String EDIT = "edit";
  static final String PARAPHRASE = "paraphrase";
  static final String NEIGHBOURHOOD = "neighbourhood";

  /** Records, the run's first ones, whose paraphrases are also answered by generation. */
  static final int GREEDY_RECORDS = 500;
  /** Records whose generation prompt is continued for the fluency figure. */
  static final int FLUENCY_RECORDS = 50;
  /** Tokens of prompt and continuation together, as in ROME. */
  private static final int FLUENCY_TOKENS = 100;
  private static final int FLUENCY_TOP_K = 5; // as in ROME
  private static final int OTHER_RELATIONS = 3;
  /** Tokens after the answer, so that "Frenchman" is not taken for "French". */
  private static final int BEYOND_ANSWER = 2;
  /** Tokens by which the answer to another relation is compared with the base model's. */
  private static final int COMPARED_TOKENS = 10;

  private final Rig rig;
  private final EvalOptions options;
  private final List<CounterFact> records;
  private final Relations relations;

  CounterFactBenchmark(Rig rig, List<CounterFact> all) {
    this.rig = rig;
    this.options = rig.options();
    this.records = all.subList(0, Evaluation.limited(all.size(), options.limit()));
    this.relations = new Relations(all, options.seed());
  }

  @Override
  public int records() {
    return records.size();
  }

  /** One prompt of a record, with what it is for. */
  private record Question(String kind, Probe probe) {}

  /** A record under test, with the columns' shared inputs. */
  private record Trial(CounterFact record, Fact fact, List<Question> questions, Outcome outcome) {
    List<Probe> probes() {
      return questions.stream().map(Question::probe).toList();
    }
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    List<Fact> facts = records.stream().map(CounterFact::fact).toList();
    GroupedRun run = new GroupedRun(rig, log, progress, facts);
    run.run(i -> {
      Trial trial = new Trial(
          records.get(i), facts.get(i), questions(records.get(i)), new Outcome(i));
      score(trial);
      if (options.has(Column.LARIMAR)) {
        otherRelations(trial);
        neighboursNaming(trial, run.groupOf(i), i);
      }
      generate(trial, i);
      return trial.outcome();
    });
  }

  private List<Question> questions(CounterFact r) {
    boolean cut = options.protocol() == Protocol.PAPER;
    List<String> answers = List.of(r.targetNew(), r.targetTrue());
    List<Question> questions = new ArrayList<>();
    questions.add(new Question(EDIT, new Probe(r.prompt(), answers)));
    for (String paraphrase : r.paraphrases()) {
      questions.add(new Question(PARAPHRASE, new Probe(
          cut ? Distraction.cut(paraphrase, r.subject()) : paraphrase, answers)));
    }
    for (String neighbour : r.neighbours()) {
      questions.add(new Question(NEIGHBOURHOOD,
          new Probe(neighbour, List.of(r.targetNew(), r.neighbourTrue()))));
    }
    return questions;
  }

  private void score(Trial trial) {
    List<Probe> probes = trial.probes();
    List<List<Score>> base = rig.prober().base(probes);
    keep(trial, Column.BASE, base);
    boolean single = options.setting().kind() == Setting.Kind.SINGLE;
    if (options.has(Column.PROMPT) || single && options.has(Column.RETRIEVAL)) {
      keep(trial, Column.PROMPT, rig.prober().stated(probes, trial.fact()));
    }
    if (options.has(Column.RETRIEVAL) && !single) {
      List<Fact> nearest = probes.stream()
          .map(p -> rig.statements().nearest(p.prompt()).fact()).toList();
      keep(trial, Column.RETRIEVAL, rig.prober().stated(probes, nearest));
    }
    if (options.has(Column.LARIMAR)) {
      keep(trial, Column.LARIMAR,
          options.protocol() == Protocol.STRICT ? strict(trial, base) : paper(trial, base));
    }
  }

  /** The gate sees the prompt alone. */
  private List<List<Score>> strict(Trial trial, List<List<Score>> base) {
    List<List<ReadOut>> readOuts = new ArrayList<>();
    for (Question question : trial.questions()) {
      Recall recall = rig.memory().recall(question.probe().prompt());
      gate(trial, question, recall);
      readOuts.add(recall.readOuts());
    }
    return rig.prober().conditioned(trial.probes(), readOuts, base);
  }

  /** The gate sees the prompt with each candidate behind it, and may differ between the two. */
  private List<List<Score>> paper(Trial trial, List<List<Score>> base) {
    List<Probe> halves = new ArrayList<>();
    List<List<ReadOut>> readOuts = new ArrayList<>();
    List<List<Score>> halfBase = new ArrayList<>();
    for (int i = 0; i < trial.questions().size(); i++) {
      Question question = trial.questions().get(i);
      for (int a = 0; a < question.probe().answers().size(); a++) {
        String answer = question.probe().answers().get(a);
        Recall recall = rig.memory().recall(question.probe().prompt() + " " + answer);
        gate(trial, question, recall);
        halves.add(new Probe(question.probe().prompt(), List.of(answer)));
        readOuts.add(recall.readOuts());
        halfBase.add(List.of(base.get(i).get(a)));
      }
    }
    List<List<Score>> scored = rig.prober().conditioned(halves, readOuts, halfBase);
    List<List<Score>> scores = new ArrayList<>();
    for (int i = 0; i < scored.size(); i += 2) {
      scores.add(List.of(scored.get(i).getFirst(), scored.get(i + 1).getFirst()));
    }
    return scores;
  }

  private void gate(Trial trial, Question question, Recall recall) {
    boolean open = !recall.readOuts().isEmpty();
    boolean own = open && recall.scope().factId() == trial.outcome().record();
    trial.outcome().add("gate." + question.kind() + ".own", own);
    trial.outcome().add("gate." + question.kind() + ".other", open && !own);
  }

  private static void keep(Trial trial, Column column, List<List<Score>> scores) {
    for (int i = 0; i < scores.size(); i++) {
      String name = column.id() + "." + trial.questions().get(i).kind();
      Score taught = scores.get(i).get(0);
      trial.outcome().add(name + ".nllNew", taught.nll());
      trial.outcome().add(name + ".nllTrue", scores.get(i).get(1).nll());
      trial.outcome().add(name + ".argmax", taught.argmaxShare());
    }
  }

  /** Other relations of the subject: does the gate stay shut; where not, is the answer changed? */
  private void otherRelations(Trial trial) {
    for (String prompt : relations.others(trial.record(), OTHER_RELATIONS)) {
      Recall recall = rig.memory().recall(prompt);
      boolean open = !recall.readOuts().isEmpty();
      trial.outcome().add("other.open", open);
      boolean changed = false;
      if (open) {
        List<String> texts = rig.prober().generate(List.of(
            rig.prober().plain(prompt, Sampler.Settings.GREEDY, COMPARED_TOKENS),
            rig.prober().answered(
                Prompt.raw(prompt), recall.readOuts(), Sampler.Settings.GREEDY, COMPARED_TOKENS)));
        changed = !texts.get(0).equals(texts.get(1));
        trial.outcome().say("other.prompt", prompt);
        trial.outcome().say("other.base", texts.get(0));
        trial.outcome().say("other.larimar", texts.get(1));
      }
      trial.outcome().add("other.changed", changed);
    }
  }

  /** Which neighbour prompts name another stored fact's subject. */
  private void neighboursNaming(Trial trial, GroupedRun.Group group, int own) {
    List<String> others = Stream.iterate(group.from(), i -> i < group.to(), i -> i + 1)
        .filter(i -> i != own).map(i -> records.get(i).subject())
        .filter(s -> !s.equals(trial.record().subject())).distinct().toList();
    for (String prompt : trial.record().neighbours()) {
      trial.outcome().add("neighbourhood.names",
          others.stream().anyMatch(s -> prompt.contains(s) && Answers.contains(prompt, s)));
    }
  }

  /** What a generated text is for. */
  private record Wanted(String name, String prompt) {}

  private void generate(Trial trial, int place) {
    List<Wanted> wanted = new ArrayList<>();
    List<GenerationRequest> requests = new ArrayList<>();
    int answer = rig.prober().answer(trial.record().targetNew()).length;
    if (place < GREEDY_RECORDS) {
      trial.questions().stream().filter(q -> q.kind().equals(PARAPHRASE)).forEach(q ->
          ask(trial, "greedy", q.probe().prompt(), Sampler.Settings.GREEDY,
              answer + BEYOND_ANSWER, wanted, requests));
    }
    if (place < FLUENCY_RECORDS) {
      String prompt = trial.record().generations().stream().findFirst()
          .orElse(trial.record().prompt());
      int room = FLUENCY_TOKENS - rig.prober().answer(prompt).length;
      int seed = (int) (options.seed() * 31 + place);
      ask(trial, "fluency", prompt, new Sampler.Settings(1, FLUENCY_TOP_K, 1, 0, seed),
          Math.max(20, room), wanted, requests);
    }
    List<String> texts = rig.prober().generate(requests);
    for (int i = 0; i < texts.size(); i++) {
      Wanted w = wanted.get(i);
      trial.outcome().say(w.name(), texts.get(i));
      if (w.name().endsWith("fluency")) {
        trial.outcome().add(w.name() + "Words", Fluency.words(texts.get(i)).size());
        List<String> words = Fluency.words(texts.get(i)).subList(0, shortest(wanted, texts));
        trial.outcome().add(w.name() + "EqualLength",
            Fluency.of(w.prompt() + " " + String.join(" ", words)));
      }
      trial.outcome().add(w.name(), w.name().endsWith("fluency")
          ? Fluency.of(w.prompt() + texts.get(i))
          : Answers.begins(texts.get(i), trial.record().targetNew()) ? 1 : 0);
    }
  }

  /** Words of the shortest fluency text of any column. */
  private static int shortest(List<Wanted> wanted, List<String> texts) {
    return IntStream.range(0, texts.size())
        .filter(i -> wanted.get(i).name().endsWith("fluency"))
        .map(i -> Fluency.words(texts.get(i)).size()).min().orElse(0);
  }

  /** Adds a request for each column. */
  private void ask(Trial trial, String what, String prompt, Sampler.Settings sampling,
      int maxTokens, List<Wanted> wanted, List<GenerationRequest> requests) {
    boolean single = options.setting().kind() == Setting.Kind.SINGLE;
    requests.add(rig.prober().plain(prompt, sampling, maxTokens));
    wanted.add(new Wanted("base." + what, prompt));
    if (options.has(Column.PROMPT) || single && options.has(Column.RETRIEVAL)) {
      requests.add(rig.prober().stated(prompt, trial.fact(), sampling, maxTokens));
      wanted.add(new Wanted("prompt." + what, prompt));
    }
    if (options.has(Column.RETRIEVAL) && !single) {
      Fact nearest = rig.statements().nearest(prompt).fact();
      requests.add(rig.prober().stated(prompt, nearest, sampling, maxTokens));
      wanted.add(new Wanted("retrieval." + what, prompt));
    }
    if (options.has(Column.LARIMAR)) {
      requests.add(rig.prober().answered(
          Prompt.raw(prompt), rig.memory().recall(prompt).readOuts(), sampling, maxTokens));
      wanted.add(new Wanted("larimar." + what, prompt));
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    return CounterFactFigures.of(outcomes, options);
  }
}
