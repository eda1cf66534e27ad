package io.larimar.eval;

import io.larimar.engine.Prompt;
import io.larimar.eval.data.Filler;
import io.larimar.eval.data.Needles;
import io.larimar.eval.data.Needles.Needle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Needles and a pass key in filler text, by length and depth; each length is one record.
 *
 * <p>A text holds a needle at each depth, each with a key of its own, and as many distractors at
 * seeded places. The pass key cannot stand at every depth at once: for each depth the one document
 * that holds it is forgotten, and read again with the pass key inside.
 */
final class NeedleBenchmark implements Benchmark {
  private static final List<Long> LENGTHS = List.of(
      1_000L, 4_000L, 16_000L, 64_000L, 128_000L, 256_000L, 1_000_000L, 4_000_000L, 10_000_000L);
  /** From here on the cut text of the base column is the same kind of text. */
  private static final long LONGEST_BASE = 64_000;
  private static final int ANSWER_TOKENS = 32;

  private static final List<String> KINDS = List.of("needle", "passkey");

  private final Rig rig;
  private final LongColumns columns;
  private final Filler filler;
  private final List<Long> lengths;
  private final List<Integer> depths;

  NeedleBenchmark(Rig rig, Filler filler) {
    this.rig = rig;
    this.columns = new LongColumns(rig);
    this.filler = filler;
    List<Long> asked = rig.options().longText().lengthsOr(LENGTHS);
    this.lengths = asked.subList(0, Evaluation.limited(asked.size(), rig.options().limit()));
    this.depths = rig.options().longText().depths();
    if (depths.size() > Needles.MOST || lengths.contains(0L)) {
      throw new IllegalArgumentException("needle takes at most " + Needles.MOST
          + " depths and no empty text: depths=" + depths.size() + ", lengths=" + lengths);
    }
  }

  @Override
  public int records() {
    return lengths.size();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    for (int i = 0; i < lengths.size(); i++) {
      if (!log.has(i)) {
        log.append(test(i, progress));
        progress.at("lengths", i + 1, lengths.size(), Duration.ZERO);
      }
    }
  }

  private Outcome test(int record, EvalProgress progress) {
    long length = lengths.get(record);
    String name = LongTextOptions.named(length);
    Outcome outcome = new Outcome(record);
    Random random = new Random(31 * rig.options().seed() + length);
    Needles source = new Needles(random.nextLong());
    List<Needle> pairs = source.pairs(depths.size());
    try (TemporaryFolder folder = TemporaryFolder.open()) {
      progress.at("writing a text of " + name + " tokens", record, lengths.size(), Duration.ZERO);
      Haystack text = Haystack.write(folder.path(), rig.decoder().vocabulary(),
          filler.pass(random.nextLong()), length, rig.options().longText().window(),
          hidden(pairs, random));
      outcome.add("tokens", text.tokens());
      outcome.add("bytes", text.bytes());
      List<Query> queries = new ArrayList<>();
      for (int i = 0; i < depths.size(); i++) {
        Needle needle = pairs.get(2 * i);
        queries.add(new Query(
            needle.question(), needle.lead(), needle.key(), List.of(needle.key())));
      }
      if (text.tokens() <= LONGEST_BASE * 11 / 10) {
        columns.base(outcome, "needle", text, queries);
      }
      columns.retrieval(outcome, "needle", text, queries);
      if (columns.has(Column.LARIMAR)) {
        progress.at("reading " + name + " tokens", record, lengths.size(), Duration.ZERO);
        remember(outcome, text, queries, source, Needles.absent(pairs));
      }
    }
    return outcome;
  }

  private void remember(Outcome outcome, Haystack text, List<Query> queries, Needles source,
      List<String> absent) {
    rig.rest();
    try (LongMemory memory = LongMemory.open(rig.options())) {
      LongColumns.read(outcome, memory, text);
      LongColumns.absent(outcome, memory, absent);
      queries.forEach(q -> LongColumns.ask(outcome, memory, "needle", q, ANSWER_TOKENS));
      LongColumns.time(outcome, memory, queries);
      LongColumns.rank(outcome, memory, queries);
      passKeys(outcome, memory, text, source);
    }
  }

  private List<Haystack.Hidden> hidden(List<Needle> pairs, Random random) {
    List<Haystack.Hidden> hidden = new ArrayList<>();
    for (int i = 0; i < depths.size(); i++) {
      hidden.add(new Haystack.Hidden(depths.get(i) / 100.0, pairs.get(2 * i).sentence()));
      hidden.add(new Haystack.Hidden(random.nextDouble(), pairs.get(2 * i + 1).sentence()));
    }
    return hidden;
  }

  private void passKeys(Outcome outcome, LongMemory memory, Haystack text, Needles source) {
    int away = -1; // The part that is not in memory as it was written.
    for (int depth : depths) {
      int part = text.part(depth / 100.0);
      if (away >= 0 && away != part) {
        memory.read(text.parts().get(away));
      }
      if (away != part) {
        memory.forget(text.parts().get(part));
        away = part;
      }
      String key = source.key(5);
      Path copy = text.copy(part, text.share(depth / 100.0),
          "The pass key is " + key + ". Remember it. " + key + " is the pass key.");
      memory.read(copy);
      LongColumns.ask(outcome, memory, "passkey", new Query(
          "What is the pass key?", "The pass key is", key, List.of(key)), ANSWER_TOKENS);
      memory.forget(copy);
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (Outcome outcome : outcomes) {
      String length = LongTextOptions.named(lengths.get(outcome.record()));
      for (Column column : EvalTask.NEEDLE.columns()) {
        for (String kind : KINDS) {
          LongFigures.recall(figures, column, kind, length, depths,
              outcome.of(column.id() + "." + kind));
        }
      }
      for (String kind : KINDS) {
        LongFigures.found(figures, kind + "Found." + length, outcome.of("found." + kind));
      }
      LongFigures.silent(figures, length, outcome);
      LongFigures.reading(figures, length, outcome);
      LongFigures.times(figures, length, outcome.of("search.alone"));
      LongFigures.strategies(figures, length, outcome);
      figures.count("tokens." + length, outcome.of("tokens").getFirst().intValue());
    }
    for (String kind : KINDS) {
      LongFigures.found(figures, kind, outcomes.stream()
          .flatMap(o -> o.of("larimar." + kind).stream()).toList());
    }
    figures.count("questions", outcomes.size() * depths.size());
    notes(figures);
    return figures;
  }

  private void notes(Figures figures) {
    figures.note("Recall is the share of questions whose key stands in the greedy answer. Figures"
        + " are named by length in tokens of the model's own vocabulary (k = 1,000) and by depth in"
        + " percent of the text before the needle.");
    figures.note("Larimar is asked the bare question. Base and retrieval are given the beginning of"
        + " the answer as well, which favours them. Base gets the text with its middle cut out, "
        + rig.options().longText().window() + " tokens; it is computed to 64k tokens, as longer"
        + " texts are cut to the same kind. Retrieval puts the " + PlainContext.RETRIEVED
        + " nearest sentences into the prompt; it is computed to "
        + LongTextOptions.named(rig.options().longText().retrieved()) + " tokens, as it encodes"
        + " every sentence. --columns leaves columns out. The pass key is asked of Larimar alone.");
    figures.note("Filler: " + filler.size() + " sentences of the data file in their order; beyond"
        + " them the same sentences in a seeded order, with seeded numbers and names in place of"
        + " theirs and a seeded source behind each, so that no passage repeats verbatim.");
    figures.note("The text is read as documents of at most " + Haystack.PART + " tokens. For each"
        + " depth of the pass key the document that holds it is forgotten and read again with the"
        + " pass key inside. Needles have a distractor each that differs by the city and its key.");
    figures.note("silent: share of the questions for a city of which no needle is in the text, for"
        + " which nothing entered the soft prefix.");
    figures.note("needleFound and passkeyFound: share of the questions whose passage entered the"
        + " soft prefix; what is missing to 100 is the search's fault, the rest the decoder's.");
    figures.notes(LongFigures.COSTS);
  }
}
