package io.larimar.eval;

import io.larimar.engine.Prompt;
import io.larimar.passages.Strategy;
import java.util.List;

/** Puts questions about a long text to the columns and keeps in an outcome what each said. */
final class LongColumns {
  private static final int TIMED = 100;
  private static final int WARM_UPS = 10;
  private static final int RANKED_QUERIES = 50;
  private static final int PAPER_QUERIES = 5;
  private static final int PAPER_PASSAGES = 50_000;

  private final Rig rig;
  private final PlainContext context;

  LongColumns(Rig rig) {
    this.rig = rig;
    this.context = new PlainContext(rig);
  }

  /** Whether a column is to be computed. */
  boolean has(Column column) {
    return rig.options().has(column);
  }

  /** The model with the text in its own context, the middle cut out. */
  void base(Outcome outcome, String kind, Haystack text, List<Query> queries) {
    if (has(Column.BASE)) {
      context.own(text.cut(), queries).forEach(hit -> outcome.add("base." + kind, hit));
    }
  }

  /** The model with the sentences that retrieval finds, up to a length of the text. */
  void retrieval(Outcome outcome, String kind, Haystack text, List<Query> queries) {
    if (!retrieves(text)) {
      return;
    }
    context.index(text.sentences());
    List<String> said = context.retrieved(queries);
    for (int i = 0; i < said.size(); i++) {
      outcome.add("retrieval." + kind, Answers.contains(said.get(i), queries.get(i).target()));
      outcome.say("retrieval." + kind, said.get(i));
    }
  }

  /** Whether retrieval encodes every sentence of a text; hidden sentences may exceed the limit. */
  boolean retrieves(Haystack text) {
    return has(Column.RETRIEVAL)
        && text.tokens() <= rig.options().longText().retrieved() * 11 / 10;
  }

  /** Reads the whole text into memory and notes what that cost. */
  static void read(Outcome outcome, LongMemory memory, Haystack text) {
    LongMemory.Reading reading = memory.readAll(text.parts());
    outcome.add("passages", reading.passages());
    outcome.add("read.nanos", reading.nanos());
    outcome.add("resident", LongFigures.residentMiB());
    outcome.add("offHeap", memory.offHeapBytes() / (double) (1 << 20));
  }

  /** Asks the memory one question; it is answered where the target stands in what it says. */
  static void ask(
      Outcome outcome, LongMemory memory, String kind, Query query, int maxTokens) {
    LongMemory.Reply reply = memory.ask(Prompt.question(query.question()), maxTokens);
    outcome.add("larimar." + kind, Answers.contains(reply.text(), query.target()));
    outcome.say("larimar." + kind,
        query.question() + " [" + query.target() + "] " + reply.text());
    found(outcome, kind, query, reply);
  }

  /** Notes which passages entered the soft prefix, and how long it took to find them. */
  static void found(Outcome outcome, String kind, Query query, LongMemory.Reply reply) {
    List<String> found = reply.found();
    outcome.add("found." + kind, query.answeredBy(found));
    outcome.add("first." + kind, !found.isEmpty() && query.evidence().stream()
        .anyMatch(e -> Answers.contains(found.getFirst(), e)));
    outcome.say("found." + kind, String.join(" | ", found));
    outcome.add("search", reply.searchNanos());
  }

  /** Asks what the text does not say: nothing should enter the prefix. */
  static void absent(Outcome outcome, LongMemory memory, List<String> questions) {
    for (String question : questions) {
      List<String> found = memory.found(question);
      outcome.add("silent", found.isEmpty());
      outcome.say("absent", question + " | " + String.join(" | ", found));
    }
  }

  /** Searches for the questions in turn, nothing generated, until there are times enough. */
  static void time(Outcome outcome, LongMemory memory, List<Query> queries) {
    for (int i = -WARM_UPS; i < TIMED; i++) {
      long nanos = memory.search(queries.get((i + WARM_UPS) % queries.size()).question());
      if (i >= 0) {
        outcome.add("search.alone", nanos);
      }
    }
  }

  /** Ranks the passages for the first questions by every strategy that the engine has. */
  static void rank(Outcome outcome, LongMemory memory, List<Query> queries) {
    for (Strategy strategy : LongMemory.strategies()) {
      int most = strategy == Strategy.PAPER ? PAPER_QUERIES : RANKED_QUERIES;
      List<Query> asked = queries.subList(0, Math.min(most, queries.size()));
      if (strategy == Strategy.PAPER && memory.passages() > PAPER_PASSAGES) {
        continue; // a second a question for each 10,000 passages
      }
      for (Query query : asked) {
        LongMemory.Rank rank =
            memory.searchRank(query.question(), strategy, query.evidence().getFirst());
        outcome.add(strategy.id() + ".rank", rank.place());
        outcome.add(strategy.id() + ".nanos", rank.nanos());
      }
    }
  }
}
