package io.larimar.cli;

import io.larimar.cli.fetch.Natives;
import io.larimar.cli.fetch.Progress;
import io.larimar.eval.Column;
import io.larimar.eval.EvalOptions;
import io.larimar.eval.EvalResult;
import io.larimar.eval.EvalTask;
import io.larimar.eval.Evaluation;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.eval.LongTextOptions;
import io.larimar.eval.Protocol;
import io.larimar.eval.Setting;
import io.larimar.eval.ZsreTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Model.CommandSpec;

/** {@code eval}: measures the engine on public data. */
@Command(name = "eval", description = "Measures the engine on a public data file; a stopped run goes"
    + " on where it was.")
final class EvalCommand implements Callable<Integer> {
  @Mixin
  private EngineOptions engine = new EngineOptions();

  @Parameters(paramLabel = "TASK",
      description = "counterfact, zsre, scope, edit, forgetting, leakage, text,"
          + " ablation, needle, fastfacts, babi")
  private String task;

  @Option(names = "--data", required = true, paramLabel = "FILE", description = "the data file;"
      + " needle, fastfacts: the text around what is hidden; babi: a task file or their folder")
  private Path data;

  @Option(names = "--limit", paramLabel = "N", description = "the first N records only;"
      + " babi: the first N questions of each task")
  private Optional<Integer> limit = Optional.empty();

  @Option(names = "--setting", defaultValue = "single",
      description = "single (default), batch, sequential, or batch:N, sequential:N;"
      + " with /T (batch:10000/500) T of the records are tested, evenly spread")
  private String setting;

  @Option(names = "--protocol", defaultValue = "strict", description = "strict (default) or paper")
  private String protocol;

  @Option(names = "--seed", defaultValue = "0", description = "of every draw (default 0)")
  private long seed;

  @Option(names = "--json", paramLabel = "FILE", description = "write the figures to this file")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--html", paramLabel = "FILE", description = "write a report to this file")
  private Optional<Path> html = Optional.empty();

  @Option(names = "--evidence", paramLabel = "FILE", description = "figures that tests have written,"
      + " to stand in the report of forgetting; may be given again")
  private List<Path> evidence = new ArrayList<>();

  @Option(names = "--keys", paramLabel = "lexical|sentence", defaultValue = "lexical",
      description = "long texts: what passages are found by (default: ${DEFAULT-VALUE})")
  private Keys keys = Keys.LEXICAL;

  @Option(names = "--passages", defaultValue = "1", paramLabel = "N",
      description = "long texts: most passages in the soft prefix (default: ${DEFAULT-VALUE})")
  private int passages = 1;

  @Option(names = "--best-last", negatable = true, defaultValue = "true", fallbackValue = "true",
      description = "long texts: the best passage next to the question (default), not first")
  private boolean bestLast;

  @Option(names = "--lengths", paramLabel = "N,...", description = "needle, babi: tokens of the"
      + " texts, such as 1k,64k,10M (default for needle 1k to 10M, for babi 0,4k,32k,128k)")
  private Optional<String> lengths = Optional.empty();

  @Option(names = "--facts", paramLabel = "N,...", description = "fastfacts: dated facts in the text"
      + " (default 64,256,1024,10000)")
  private Optional<String> facts = Optional.empty();

  @Option(names = "--depths", paramLabel = "N,...", description = "needle: places of the needles,"
      + " in percent of the text before them (default 0,10,...,100)")
  private Optional<String> depths = Optional.empty();

  @Option(names = "--filler", paramLabel = "FILE",
      description = "babi: the text around the stories")
  private Optional<Path> filler = Optional.empty();

  @Option(names = "--columns", paramLabel = "NAME,...", split = ",", description = "the columns to"
      + " compute, of base, prompt, retrieval, oracle, larimar (default: all that the task has);"
      + " base is left out of needle, fastfacts and babi alone")
  private List<String> columns = new ArrayList<>();

  @Option(names = "--target", defaultValue = "alt", description = "zsre: the answer that is taught,"
      + " alt (default) or answers, the first of those before the edit")
  private String target;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "this help")
  private boolean help;

  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Path natives = Natives.locate(Progress.onStandardError());
    EvalOptions options = EvalOptions
        .of(EvalTask.of(task), data, natives, engine.modelFile())
        .withSetting(Setting.of(setting))
        .withProtocol(Protocol.of(protocol))
        .withSeed(seed)
        .withDecoder(engine.decoder(natives).withParallel(8))
        .withScope(engine.scope())
        .withEvidence(evidence)
        .withProvenance(commandLine(), commit());
    options = options.withLongText(longText()).withZsreTarget(ZsreTarget.of(target));
    options = columns.isEmpty() ? options : options.withColumns(
        columns.stream().map(Column::of).collect(Collectors.toSet()));
    options = limit.isPresent() ? options.withLimit(limit.get()) : options;
    options = json.isPresent() ? options.withJson(json.get()) : options;
    options = html.isPresent() ? options.withHtml(html.get()) : options;
    try (ProgressBar bar = Bars.bar(task, 1)) {
      EvalResult result = Evaluation.run(options, (phase, done, total, left) -> {
        bar.maxHint(total);
        bar.stepTo(done);
        bar.setExtraMessage(phase);
      });
      bar.close();
      System.out.println(result.json());
    }
    return ExitCode.DONE;
  }

  private LongTextOptions longText() {
    LongTextOptions o = LongTextOptions.DEFAULT;
    if (lengths.isPresent()) {
      o = o.withLengths(LongTextOptions.numbers("lengths", lengths.get()));
    }
    if (facts.isPresent()) {
      o = o.withFacts(LongTextOptions.numbers("facts", facts.get()).stream()
          .map(Math::toIntExact).toList());
    }
    o = o.withKeys(keys).withReading(
        o.reading().withPassages(passages).withBestLast(bestLast));
    o = filler.isPresent() ? o.withFiller(filler.get()) : o;
    return depths.isEmpty() ? o : o.withDepths(LongTextOptions.numbers("depths", depths.get())
        .stream().map(Math::toIntExact).toList());
  }

  private String commandLine() {
    return "larimar " + String.join(" ",
        spec.commandLine().getParseResult().originalArgs().stream().map(this::named).toList());
  }

  /** An argument without the folders above the project, which are this machine's own business. */
  private String named(String argument) {
    Path path = Path.of(argument);
    return path.isAbsolute() ? path.getFileName().toString() : argument;
  }

  /** The commit of the source tree that the launcher runs from; "unknown" for a packaged one. */
  private static String commit() throws IOException, InterruptedException {
    String home = System.getProperty("larimar.home", "");
    if (home.isEmpty()) {
      return "unknown";
    }
    Process git;
    try {
      git = new ProcessBuilder("git", "-C", home, "describe", "--always", "--dirty")
          .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException noGit) {
      return "unknown";
    }
    String said =
        new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    boolean ended = git.waitFor(5, TimeUnit.SECONDS);
    return ended && git.exitValue() == 0 && !said.isEmpty() ? said : "unknown";
  }
}
