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
  /** Questions whose fact is not in the text. */
  private static final int ABSENT = 100;
  private static final int TOKENS_PER_FACT = 75; // A fact of 25 tokens and a sentence or two.
  private static final int ANSWER_TOKENS = 40;
  /** From here on the cut text of the base column is the same kind of text. */
  private static final int MOST_BASE = 1_024;

  private static final String KIND = "recall";

  private final Rig rig;
  private final LongColumns columns;
  private final Filler filler;
  private final List<Integer> sizes;

  FastFactsBenchmark(Rig rig, Filler filler) {
    this.rig = rig;
    this.columns = new LongColumns(rig);
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
    List<DatedFact> drawn = DatedFacts.draw(size + ABSENT, random.nextLong());
    List<DatedFact> facts = drawn.subList(0, size);
    List<Haystack.Hidden> hidden = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      hidden.add(new Haystack.Hidden((i + random.nextDouble()) / size, facts.get(i).statement()));
    }
    List<DatedFact> sample = new ArrayList<>(facts);
    Collections.shuffle(sample, random);
    List<Query> queries = sample.stream().limit(ASKED)
        .map(f -> new Query(f.question(), f.lead(), f.answer(), List.of(f.lead()))).toList();
    try (TemporaryFolder folder = TemporaryFolder.open()) {
      progress.at("writing " + size + " facts in filler", 0, queries.size(), Duration.ZERO);
      Haystack text = Haystack.write(folder.path(), rig.decoder().vocabulary(),
          filler.pass(random.nextLong()), (long) TOKENS_PER_FACT * size,
          rig.options().longText().window(), hidden);
      outcome.add("tokens", text.tokens());
      if (size <= MOST_BASE) {
        columns.base(outcome, KIND, text, queries);
      }
      columns.retrieval(outcome, KIND, text, queries);
      if (columns.has(Column.LARIMAR)) {
        progress.at("reading " + size + " facts", 0, queries.size(), Duration.ZERO);
        remember(outcome, text, queries, progress, drawn.subList(size, drawn.size())
            .stream().map(DatedFact::question).toList());
      }
    }
    return outcome;
  }

  private void remember(Outcome outcome, Haystack text, List<Query> queries,
      EvalProgress progress, List<String> absent) {
    rig.rest();
    try (LongMemory memory = LongMemory.open(rig.options())) {
      LongColumns.read(outcome, memory, text);
      LongColumns.absent(outcome, memory, absent);
      long start = System.nanoTime();
      for (int i = 0; i < queries.size(); i++) {
        LongColumns.ask(outcome, memory, KIND, queries.get(i), ANSWER_TOKENS);
        progress.at("questions", i + 1, queries.size(), Duration.ofNanos(
            (System.nanoTime() - start) / (i + 1) * (queries.size() - i - 1)));
      }
      LongColumns.time(outcome, memory, queries);
      LongColumns.rank(outcome, memory, queries);
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (Outcome outcome : outcomes) {
      String size = Integer.toString(sizes.get(outcome.record()));
      for (Column column : EvalTask.FASTFACTS.columns()) {
        LongFigures.recall(figures, column, KIND, size, List.of(),
            outcome.of(column.id() + "." + KIND));
      }
      for (String what : List.of("found", "first")) {
        LongFigures.found(figures, what + "." + size, outcome.of(what + "." + KIND));
      }
      LongFigures.silent(figures, size, outcome);
      LongFigures.reading(figures, size, outcome);
      LongFigures.times(figures, size, outcome.of("search.alone"));
      LongFigures.strategies(figures, size, outcome);
      figures.count("questions." + size, Math.min(sizes.get(outcome.record()), ASKED));
      figures.count("tokens." + size, outcome.of("tokens").getFirst().intValue());
    }
    figures.note("Recall is the share of questions whose target stands in the greedy answer, by"
        + " number of facts in the text; of more than " + ASKED + " facts a seeded sample is asked."
        + " A fourth of the facts repeat subject and relation on another day with another target."
        + " Where the question names the unit (how many members), the number alone is the target.");
    figures.note("Larimar is asked the bare question. Base and retrieval are given the beginning of"
        + " the answer as well, word for word as the fact says it, which favours them. Base gets"
        + " the text with its middle cut out, " + rig.options().longText().window()
        + " tokens, to " + MOST_BASE + " facts; retrieval is computed to texts of "
        + LongTextOptions.named(rig.options().longText().retrieved()) + " tokens.");
    figures.note("silent: share of " + ABSENT + " further questions of the same kind, whose facts"
        + " are not in the text, for which nothing entered the prefix. At 10,000 facts most of them"
        + " name a subject, a relation and days that other facts have.");
    figures.note("found: share of the questions whose fact entered the soft prefix; first: as the"
        + " best of those that entered it.");
    figures.notes(LongFigures.COSTS);
    return figures;
  }
}
