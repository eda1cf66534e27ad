package io.larimar.eval;

import io.larimar.engine.Prompt;
import io.larimar.eval.data.DatedFacts;
import io.larimar.eval.data.DatedFacts.DatedFact;
import io.larimar.eval.data.Filler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Dated facts hidden in filler, asked one by one in other words; each number of facts is a record. */
final class FastFactsBenchmark implements Benchmark {
  /** Most facts asked of one text: a seeded sample beyond. */
  static final int ASKED = 300;
  private static final int TOKENS_PER_FACT = 75; // A fact of 25 tokens and a sentence or two.
  private static final int ANSWER_TOKENS = 40;
  /** From here on the cut text of the base column is the same kind of text. */
  private static final int MOST_BASE = 1_024;

  private final Rig rig;
  private final Filler filler;
  private final List<Integer> sizes;

  FastFactsBenchmark(Rig rig, Filler filler) {
    this.rig = rig;
    this.filler = filler;
    List<Integer> asked = rig.options().longText().facts();
    this.sizes = asked.subList(0, Evaluation.limited(asked.size(), rig.options().limit()));
  }

  @Override
  public int records() {
    return sizes.size();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    for (int i = 0; i < sizes.size(); i++) {
      if (!log.has(i)) {
        log.append(test(i, progress));
      }
    }
  }

  private Outcome test(int record, EvalProgress progress) {
    int size = sizes.get(record);
    Outcome outcome = new Outcome(record);
    Random random = new Random(31 * rig.options().seed() + size);
    List<DatedFact> facts = DatedFacts.draw(size, random.nextLong());
    List<Haystack.Hidden> hidden = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      hidden.add(new Haystack.Hidden((i + random.nextDouble()) / size, facts.get(i).statement()));
    }
    List<DatedFact> sample = new ArrayList<>(facts);
    Collections.shuffle(sample, random);
    List<Query> queries = sample.stream().limit(ASKED)
        .map(f -> new Query(f.question(), f.lead(), f.target())).toList();
    try (TemporaryFolder folder = TemporaryFolder.open()) {
      progress.at("writing " + size + " facts in filler", 0, queries.size(), Duration.ZERO);
      Haystack text = Haystack.write(folder.path(), rig.decoder().vocabulary(),
          filler.pass(random.nextLong()), (long) TOKENS_PER_FACT * size,
          rig.options().longText().window(), hidden);
      outcome.add("tokens", text.tokens());
      plain(outcome, text, queries, size);
      try (LongMemory memory = LongMemory.open(rig.options())) {
        progress.at("reading " + size + " facts", 0, queries.size(), Duration.ZERO);
        read(outcome, memory, text);
        ask(outcome, memory, queries, progress);
      }
    }
    return outcome;
  }

  private void plain(Outcome outcome, Haystack text, List<Query> queries, int size) {
    PlainContext context = new PlainContext(rig);
    if (size <= MOST_BASE) {
      context.own(text.cut(), queries).forEach(hit -> outcome.add("base.recall", hit));
    }
    if (rig.options().has(Column.RETRIEVAL)
        && text.tokens() <= rig.options().longText().retrieved()) {
      context.index(text.sentences());
      List<String> said = context.retrieved(queries);
      for (int i = 0; i < said.size(); i++) {
        outcome.add("retrieval.recall", Answers.contains(said.get(i), queries.get(i).target()));
        outcome.say("retrieval.recall", said.get(i));
      }
    }
  }

  private static void read(Outcome outcome, LongMemory memory, Haystack text) {
    long passages = 0;
    long nanos = 0;
    for (Path part : text.parts()) {
      LongMemory.Reading reading = memory.read(part);
      passages += reading.passages();
      nanos += reading.nanos();
    }
    outcome.add("passages", passages);
    outcome.add("read.nanos", nanos);
    outcome.add("resident", LongFigures.residentMiB());
  }

  private static void ask(
      Outcome outcome, LongMemory memory, List<Query> queries, EvalProgress progress) {
    long start = System.nanoTime();
    for (int i = 0; i < queries.size(); i++) {
      Query query = queries.get(i);
      LongMemory.Reply reply = memory.ask(Prompt.question(query.question()), ANSWER_TOKENS);
      outcome.add("larimar.recall", Answers.contains(reply.text(), query.target()));
      outcome.add("found.recall", reply.found().stream().anyMatch(p -> p.contains(query.lead())));
      outcome.add("first.recall",
          !reply.found().isEmpty() && reply.found().getFirst().contains(query.lead()));
      outcome.add("search", reply.searchNanos());
      outcome.say("larimar.recall",
          query.question() + " [" + query.target() + "] " + reply.text());
      outcome.say("found.recall", String.join(" | ", reply.found()));
      progress.at("questions", i + 1, queries.size(), Duration.ofNanos(
          (System.nanoTime() - start) / (i + 1) * (queries.size() - i - 1)));
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (Outcome outcome : outcomes) {
      String size = Integer.toString(sizes.get(outcome.record()));
      for (Column column : Column.values()) {
        LongFigures.recall(figures, column, "recall", size, List.of(),
            outcome.of(column.id() + ".recall"));
      }
      for (String kind : List.of("found", "first")) {
        figures.put(Column.LARIMAR, kind + "." + size,
            100 * LongFigures.mean(outcome.of(kind + ".recall")));
      }
      LongFigures.reading(figures, size, outcome);
      LongFigures.times(figures, size, outcome.of("search"));
      figures.count("questions." + size, outcome.of("larimar.recall").size());
      figures.count("tokens." + size, outcome.of("tokens").getFirst().intValue());
    }
    figures.note("Recall is the share of questions whose target stands in the greedy answer, by"
        + " number of facts in the text; of more than " + ASKED + " facts a seeded sample is asked."
        + " A fourth of the facts repeat subject and relation on another day with another target.");
    figures.note("Larimar is asked the bare question. Base and retrieval are given the beginning of"
        + " the answer as well, word for word as the fact says it, which favours them. Base gets"
        + " the text with its middle cut out, " + rig.options().longText().window()
        + " tokens, to " + MOST_BASE + " facts.");
    figures.note("found: share of the questions whose fact entered the soft prefix; first: as the"
        + " best of those that entered it.");
    return figures;
  }
}
