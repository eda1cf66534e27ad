package io.larimar.cli;

import io.larimar.decoder.Completion;
import io.larimar.engine.Answer;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.engine.Larimar;
import io.larimar.engine.Prompt;
import io.larimar.engine.Question;
import io.larimar.scope.ScopeDecision;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ask}: answers one prompt. */
@Command(name = "ask", description = {"Answers a prompt, from memory where it is in scope.",
    "A text that ends as a question (?, ？, か。) is put in the model's chat template where it has"
        + " one; other text is continued. --chat and --raw override that."})
final class AskCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PROMPT", description = "a question, or a text to continue")
  private String text;

  @Option(names = "--chat", description = "put it in the model's chat template")
  private boolean chat;

  @Option(names = "--raw", description = "continue it as it stands")
  private boolean raw;

  @Option(names = "--why", description = "say on standard error why memory answered or not")
  private boolean why;

  @Mixin
  private SamplingOptions sampling = new SamplingOptions();

  @Override
  public Integer call() throws Exception {
    if (chat && raw) {
      throw new IllegalArgumentException("--chat and --raw exclude each other");
    }
    Prompt prompt = chat ? Prompt.question(text) : raw ? Prompt.raw(text) : Prompt.guess(text);
    Question question = sampling.apply(Question.of(prompt));
    try (Larimar larimar = engine.open(); Answer answer = larimar.ask(question)) {
      if (json) {
        Output.json(toMap(answer.recall(), answer.completion()));
        return ExitCode.DONE;
      }
      print(answer);
      if (why) {
        System.err.println(answer.recall().scope().reason());
      }
    }
    return ExitCode.DONE;
  }

  /** Prints the pieces as they come, without the white space around the whole. */
  static void print(Answer answer) {
    boolean begun = false;
    StringBuilder space = new StringBuilder();
    for (String piece : answer) {
      String shown = begun ? piece : piece.stripLeading();
      begun |= !shown.isEmpty();
      String ink = shown.stripTrailing();
      if (!ink.isEmpty()) {
        System.out.print(space + ink);
        space.setLength(0);
      }
      space.append(shown, ink.length(), shown.length());
      System.out.flush();
    }
    System.out.println();
    answer.recall().passages().forEach(found -> System.err.println(
        "from " + Places.words(found.excerpt(), found.span())));
  }

  private static Map<String, Object> toMap(ScopeDecision.Match match) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("factId", match.factId());
    map.put("coverage", round(match.coverage()));
    map.put("similarity", round(match.similarity()));
    map.put("margin", round(match.margin()));
    map.put("reason", match.reason());
    return map;
  }

  static Map<String, Object> toMap(Recall recall, Completion completion) {
    ScopeDecision decision = recall.scope();
    Map<String, Object> scope = new LinkedHashMap<>();
    scope.put("inScope", decision.inScope());
    scope.put("factId", decision.factId() == ScopeDecision.NO_FACT ? null : decision.factId());
    scope.put("coverage", round(decision.coverage()));
    scope.put("similarity", round(decision.similarity()));
    scope.put("margin", round(decision.margin()));
    scope.put("reason", decision.reason());
    scope.put("further", decision.further());
    scope.put("others", decision.others().stream().map(AskCommand::toMap).toList());
    Map<String, Object> times = new LinkedHashMap<>();
    times.put("scopeMillis", Output.millis(recall.scopeNanos()));
    times.put("readMillis", Output.millis(recall.readNanos()));
    times.put("firstTokenMillis", Output.millis(completion.firstTokenNanos()));
    times.put("generateMillis", Output.millis(completion.totalNanos()));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("text", completion.text().strip());
    map.put("scope", scope);
    map.put("factId", decision.inScope() ? decision.factId() : null);
    map.put("margin", recall.readOuts().isEmpty() ? null
        : round(recall.readOuts().stream().mapToDouble(ReadOut::margin).min().getAsDouble()));
    map.put("sources", recall.passages().stream().map(Places::toMap).toList());
    map.put("finish", completion.finish().name().toLowerCase(Locale.ROOT));
    map.put("tokens", completion.tokens());
    map.put("prefixPositions", completion.prefixPositions());
    map.put("promptTokens", completion.promptTokens());
    map.put("times", times);
    return map;
  }

  /** Four digits; none for a value that is not finite, which JSON cannot say. */
  static Double round(double value) {
    return Double.isFinite(value) ? Math.round(value * 1e4) / 1e4 : null;
  }
}
