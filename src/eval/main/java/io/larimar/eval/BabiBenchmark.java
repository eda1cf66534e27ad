package io.larimar.eval;

import io.larimar.engine.Prompt;
import io.larimar.eval.data.Babi;
import io.larimar.eval.data.Filler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * bAbI's questions, their stories hidden in filler; each question at each length is one record.
 *
 * <p>The filler of a length is read once. A story is a document of its own, read before its
 * question and forgotten behind it. For the base column the statements stand in the filler at seeded
 * places, in their order.
 */
final class BabiBenchmark implements Benchmark {
  private static final List<Long> LENGTHS = List.of(0L, 4_000L, 32_000L, 128_000L);
  /** First questions of a task that the base column answers: each decodes a text of its own. */
  static final int BASE_ASKED = 25;
  private static final int ANSWER_TOKENS = 24;
  private static final Pattern WHERE = Pattern.compile("Where is (.+?)\\s*\\?");
  private static final Pattern BEFORE =
      Pattern.compile("Where was (.+?) before (.+?)\\s*\\?");

  private final Rig rig;
  private final LongColumns columns;
  private final PlainContext context;
  private final Optional<Filler> filler;
  private final List<Long> lengths;
  private final List<Item> items = new ArrayList<>();
  private final Map<String, Set<String>> answers = new TreeMap<>();

  /** One question at one length. */
  private record Item(int record, long length, String task, int place, Babi story) {
    Query query() {
      return new Query(story.question(), lead(story.question()), story.answer(),
          support(story));
    }

    boolean hasBase() {
      return place < BASE_ASKED;
    }
  }

  BabiBenchmark(Rig rig, SortedMap<String, List<Babi>> tasks, Optional<Filler> filler) {
    this.rig = rig;
    this.columns = new LongColumns(rig);
    this.context = new PlainContext(rig);
    this.filler = filler;
    this.lengths = lengths(rig.options());
    for (long length : lengths) {
      tasks.forEach((task, stories) -> {
        int asked = Evaluation.limited(stories.size(), rig.options().limit());
        for (int place = 0; place < asked; place++) {
          items.add(new Item(items.size(), length, task, place, stories.get(place)));
        }
      });
    }
    tasks.forEach((task, stories) -> answers.put(task,
        new TreeSet<>(stories.stream().map(Babi::answer).toList())));
  }

  /** The lengths of a run; 0 is the story alone. */
  static List<Long> lengths(EvalOptions options) {
    return options.longText().lengthsOr(LENGTHS).stream().distinct().toList();
  }

  /** The statements that an answer rests on, in the story's order. */
  private static List<String> support(Babi story) {
    return story.supporting().stream().sorted().map(story.statements()::get).toList();
  }

  /** How the answer to a question begins; nothing for a question of another form. */
  static String lead(String question) {
    Matcher where = WHERE.matcher(question);
    if (where.matches()) {
      return capital(where.group(1)) + " is in the";
    }
    Matcher before = BEFORE.matcher(question);
    return before.matches() ? "Before " + before.group(2) + ", " + before.group(1) + " was in the"
        : "";
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  @Override
  public int records() {
    return items.size();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    for (long length : lengths) {
      List<Item> open = items.stream()
          .filter(i -> i.length() == length && !log.has(i.record())).toList();
      if (!open.isEmpty()) {
        test(open, length, log, progress);
      }
    }
  }

  private void test(List<Item> open, long length, OutcomeLog log, EvalProgress progress) {
    try (TemporaryFolder folder = TemporaryFolder.open()) {
      Optional<Haystack> text = length == 0 ? Optional.empty()
          : Optional.of(write(folder.path(), length, List.of()));
      boolean retrieves = text.map(columns::retrieves).orElse(columns.has(Column.RETRIEVAL));
      if (retrieves) {
        context.index(text.map(Haystack::sentences).orElse(List.of()));
      }
      Outcome reading = new Outcome(open.getFirst().record());
      try (LongMemory memory = LongMemory.open(rig.options())) {
        if (columns.has(Column.LARIMAR) && text.isPresent()) {
          progress.at("reading " + LongTextOptions.named(length) + " tokens",
              open.getFirst().record(), items.size(), Duration.ZERO);
          reading.add("tokens", text.get().tokens());
          LongColumns.read(reading, memory, text.get());
        }
        long start = System.nanoTime();
        for (int i = 0; i < open.size(); i++) {
          Outcome outcome = i == 0 ? reading : new Outcome(open.get(i).record());
          test(outcome, open.get(i), folder.path(), retrieves, memory);
          log.append(outcome);
          progress.at("records", outcome.record() + 1, items.size(), Duration.ofNanos(
              (System.nanoTime() - start) / (i + 1) * (open.size() - i - 1)));
        }
      }
    }
  }

  private void test(
      Outcome outcome, Item item, Path folder, boolean retrieves, LongMemory memory) {
    Query query = item.query();
    List<String> statements = item.story().statements();
    if (columns.has(Column.BASE) && item.hasBase()) {
      String cut = item.length() == 0 ? String.join(" ", statements)
          : hidden(item, statements);
      hear(outcome, Column.BASE, item, context.stated(cut, query));
    }
    if (retrieves) {
      hear(outcome, Column.RETRIEVAL, item, context.retrieved(query, statements));
    }
    if (columns.has(Column.ORACLE) && item.length() == lengths.getFirst()) {
      hear(outcome, Column.ORACLE, item,
          context.stated(String.join(" ", query.evidence()), query));
    }
    if (columns.has(Column.LARIMAR)) {
      Path story = folder.resolve(item.task() + "-" + item.story().line() + ".txt");
      try {
        Files.write(story, statements);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the story to " + story, e);
      }
      memory.read(story);
      LongMemory.Reply reply = memory.ask(Prompt.question(query.question()), ANSWER_TOKENS);
      hear(outcome, Column.LARIMAR, item, reply.text());
      LongColumns.found(outcome, item.task(), query, reply);
      memory.forget(story);
    }
  }

  /** Filler of a length, always the same one, with statements at seeded places in their order. */
  private Haystack write(Path folder, long length, List<Haystack.Hidden> hidden) {
    long seed = 31 * rig.options().seed() + length;
    return Haystack.write(folder, rig.decoder().vocabulary(),
        filler.orElseThrow().pass(seed), length, rig.options().longText().window(), hidden);
  }

  /** The filler with a story in it, cut in its middle to the window. */
  private String hidden(Item item, List<String> statements) {
    double[] places = new Random(31 * rig.options().seed() + item.record())
        .doubles(statements.size()).sorted().toArray();
    List<Haystack.Hidden> hidden = new ArrayList<>();
    for (int i = 0; i < places.length; i++) {
      hidden.add(new Haystack.Hidden(places[i], statements.get(i)));
    }
    try (TemporaryFolder folder = TemporaryFolder.open()) {
      return write(folder.path(), item.length(), hidden).cut();
    }
  }

  private void hear(Outcome outcome, Column column, Item item, String said) {
    String name = column.id() + "." + item.task();
    outcome.add(name, Answers.names(
        said, item.story().question(), item.story().answer(), answers.get(item.task())));
    outcome.say(name, item.story().question() + " [" + item.story().answer() + "] " + said);
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (long length : lengths) {
      String name = LongTextOptions.named(length);
      List<Outcome> those = outcomes.stream()
          .filter(o -> items.get(o.record()).length() == length).toList();
      for (String task : answers.keySet()) {
        for (Column column : EvalTask.BABI.columns()) {
          // The oracle sees no filler: what it said at the first length holds at every one.
          LongFigures.recall(figures, column, task, name, List.of(),
              of(column == Column.ORACLE ? outcomes : those, column.id() + "." + task));
        }
        LongFigures.found(figures, task + "Found." + name, of(those, "found." + task));
      }
      those.forEach(outcome -> LongFigures.reading(figures, name, outcome));
      LongFigures.times(figures, name, of(those, "search"));
    }
    answers.keySet().forEach(task -> figures.count(task, Math.toIntExact(items.stream()
        .filter(i -> i.task().equals(task) && i.length() == lengths.getFirst()).count())));
    notes(figures);
    return figures;
  }

  private static List<Double> of(List<Outcome> outcomes, String name) {
    return outcomes.stream().flatMap(o -> o.of(name).stream()).toList();
  }

  private void notes(Figures figures) {
    Map<String, Integer> places = new LinkedHashMap<>();
    answers.forEach((task, labels) -> places.put(task, labels.size()));
    figures.note("Share of the questions whose answer, and no other place of the task that the"
        + " question does not name, stands in the first sentence that is said (BABILong's rule), by"
        + " length of the filler in tokens; 0k is the story alone. Places by task: " + places
        + ".");
    figures.note("Larimar is asked the bare question. The other columns are given the beginning of"
        + " the answer as well (\"John is in the\"), which favours them. oracle has only the"
        + " supporting statements before its question, in order; it is computed once and holds for"
        + " every length.");
    figures.note("Larimar and retrieval: the filler is read once; the statements of a story up to"
        + " its question are a document of their own, read before the question and forgotten behind"
        + " it, so the filler surrounds them and does not stand between them. Retrieval has its "
        + PlainContext.RETRIEVED + " nearest sentences, to texts of "
        + LongTextOptions.named(rig.options().longText().retrieved()) + " tokens.");
    figures.note("Base: the statements stand in the filler at seeded places, in order; its middle"
        + " is cut out, " + rig.options().longText().window() + " tokens. The first " + BASE_ASKED
        + " questions of a task are asked of it, as each has a text of its own to decode.");
    figures.note("qa1Found and the like: share of the questions all of whose supporting statements"
        + " entered the soft prefix. searchMillis: to find and read them, the encoding of the"
        + " question included.");
  }
}
