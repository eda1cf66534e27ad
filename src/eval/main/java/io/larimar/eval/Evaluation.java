package io.larimar.eval;

import io.larimar.engine.Fact;
import io.larimar.eval.data.Babi;
import io.larimar.eval.data.CounterFact;
import io.larimar.eval.data.DataForm;
import io.larimar.eval.data.FactQuestions;
import io.larimar.eval.data.Filler;
import io.larimar.eval.data.Zsre;
import io.larimar.scope.LabelledPrompt;
import java.nio.file.Files;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * Runs one benchmark on one model and reports its figures.
 *
 * <p>The same options, files and machine give the same figures, whether the run was stopped and
 * started again or not.
 */
public final class Evaluation {
  private Evaluation() {}

  /**
   * Runs an evaluation, writes the reports that were asked for, and returns the figures.
   *
   * @param progress is told how far it has come; called on this thread
   * @throws IllegalArgumentException where an option or a record of the data is wrong; data is
   *     checked before the model is loaded
   * @throws io.larimar.bindings.LlamaException where the model or the libraries cannot be used
   */
  public static EvalResult run(EvalOptions options, EvalProgress progress) {
    long start = System.nanoTime();
    check(options);
    String dataHash = Provenance.hash(options.data());
    Plan plan = plan(options);
    try (Rig rig = new Rig(options)) {
      Benchmark benchmark = plan.open(rig);
      String modelHash = HexFormat.of().formatHex(rig.decoder().embeddings().fingerprint(), 0, 8);
      String run = name(options, benchmark.records(), dataHash, modelHash);
      try (OutcomeLog log = OutcomeLog.open(options.resume(), run)) {
        benchmark.run(log, progress);
        log.finish();
        Figures figures = benchmark.figures(log.outcomes());
        boolean learned = rig.decoder().frame().learned();
        EvalResult result = new EvalResult(options, benchmark.records(),
            (System.nanoTime() - start) / 1e9, log.resumed(),
            benchmark.editsPerSecond(log.outcomes()).orElse(0), figures.columns(),
            Units.of(figures.columns().values()), figures.counts(), figures.notes(),
            learned ? "learned frame" : "text frame with contrast",
            rig.decoder().model().description(), modelHash, dataHash, Provenance.machine(),
            Provenance.jdk(), ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS)
                .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME));
        options.json().ifPresent(result::write);
        options.html().ifPresent(file -> HtmlReport.write(file, result, log.outcomes()));
        return result;
      }
    }
  }

  private static void check(EvalOptions options) {
    boolean folder = options.task() == EvalTask.BABI;
    if (!Files.isRegularFile(options.data())
        && !(folder && Files.isDirectory(options.data()))) {
      throw new IllegalArgumentException("data must be a file" + (folder ? " or folder" : "") + ": "
          + options.data());
    }
  }

  /** Reads the data first, so that a wrong record is told before a model is loaded. */
  @FunctionalInterface
  private interface Plan {
    Benchmark open(Rig rig);
  }

  private static Plan plan(EvalOptions options) {
    return switch (options.task()) {
      case COUNTERFACT -> {
        List<CounterFact> records = CounterFact.read(options.data());
        yield rig -> new CounterFactBenchmark(rig, records);
      }
      case ZSRE -> {
        List<Zsre> records = Zsre.read(options.data());
        yield rig -> new ZsreBenchmark(rig, records);
      }
      case SCOPE -> {
        List<CounterFact> records = CounterFact.read(options.data());
        yield rig -> new ScopeBenchmark(rig, records);
      }
      case EDIT -> {
        List<Fact> facts = LabelledPrompts.read(options.data()).stream()
            .map(LabelledPrompt::fact).distinct().toList();
        yield rig -> new EditBenchmark(rig, facts);
      }
      case FORGETTING -> {
        List<CounterFact> records = CounterFact.readAny(options.data());
        Evidence evidence = Evidence.read(options.evidence());
        yield rig -> new ForgettingBenchmark(rig, records, evidence);
      }
      case LEAKAGE -> {
        List<CounterFact> records = CounterFact.readAny(options.data());
        yield rig -> new LeakageBenchmark(rig, records);
      }
      case TEXT -> text(options);
      case ABLATION -> {
        List<CounterFact> records = CounterFact.read(options.data());
        yield rig -> new AblationBenchmark(rig, records);
      }
      case NEEDLE -> {
        Filler filler = Filler.read(options.data());
        yield rig -> new NeedleBenchmark(rig, filler);
      }
      case FASTFACTS -> {
        Filler filler = Filler.read(options.data());
        yield rig -> new FastFactsBenchmark(rig, filler);
      }
      case BABI -> {
        SortedMap<String, List<Babi>> tasks = Babi.readTasks(options.data());
        Optional<Filler> filler = options.longText().filler().map(Filler::read);
        if (filler.isEmpty() && BabiBenchmark.lengths(options).stream().anyMatch(l -> l > 0)) {
          throw new IllegalArgumentException("eval babi hides its stories in filler: name a text"
              + " with --filler, or ask for the stories alone with --lengths 0");
        }
        yield rig -> new BabiBenchmark(rig, tasks, filler);
      }
    };
  }

  private static Plan text(EvalOptions options) {
    if (DataForm.of(options.data()) == DataForm.QUESTIONS) {
      List<FactQuestions> questions = FactQuestions.read(options.data());
      return rig -> TextBenchmark.ofQuestions(rig, questions);
    }
    List<CounterFact> records = CounterFact.read(options.data());
    return rig -> TextBenchmark.ofTexts(rig, records);
  }

  /** What makes two runs the same one; records of one may be taken over by the other. */
  private static String name(EvalOptions o, int records, String dataHash, String modelHash) {
    boolean alone = o.setting().kind() == Setting.Kind.SINGLE;
    return String.join(" ", o.task().id(), o.setting().id(),
        alone ? "1" : o.setting().groupSize(records) + " of " + records + tested(o.setting()),
        o.protocol().id(),
        o.columns().stream().sorted().map(Column::id).collect(Collectors.joining("+")),
        "seed " + o.seed(), "data " + dataHash, "model " + modelHash,
        o.decoder().frame().map(Provenance::hash).map(h -> "frame " + h).orElse("own frame"),
        "scope " + o.scope().hashCode(), longText(o),
        o.zsreTarget() == ZsreTarget.ALT ? "" : "target " + o.zsreTarget().id(),
        Optional.of(o.commit()).filter(c -> !c.isEmpty()).map(c -> "commit " + c).orElse(""));
  }

  private static String tested(Setting setting) {
    return setting.tested() == 0 ? "" : " tested " + setting.tested();
  }

  private static String longText(EvalOptions o) {
    LongTextOptions t = o.longText();
    return t.equals(LongTextOptions.DEFAULT) ? "" : "lengths " + t.lengths() + " depths "
        + t.depths() + " facts " + t.facts() + " window " + t.window() + " retrieved "
        + t.retrieved() + t.filler().map(f -> " filler " + Provenance.hash(f)).orElse("");
  }

  /** Records of a run: all, or the first so many. */
  static int limited(int records, int limit) {
    return limit == 0 ? records : Math.min(limit, records);
  }
}
