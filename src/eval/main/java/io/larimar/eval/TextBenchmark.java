package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.Completion;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.engine.Prompt;
import io.larimar.eval.data.CounterFact;
import io.larimar.eval.data.FactQuestions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The text that people read: is the answer in it, and is it free of frame words, control tokens and
 * repeated sentences?
 *
 * <p>Of {@link FactQuestions} the first question of each fact is put as a chat turn; of CounterFact
 * the paraphrases and generation prompts are continued as plain text.
 */
final class TextBenchmark implements Benchmark {
  /** Texts continued for each record of CounterFact. */
  private static final int CONTINUATIONS = 5;
  private static final int CONTINUED_TOKENS = 40;
  private static final int ANSWER_TOKENS = 64;
  private static final List<Column> COLUMNS = List.of(Column.BASE, Column.PROMPT, Column.LARIMAR);

  private final Rig rig;
  private final List<Told> told;

  /** A fact, what is asked, and texts of which one must stand in the answer. */
  private record Told(Fact fact, List<Prompt> prompts, List<String> accepted) {}

  private TextBenchmark(Rig rig, List<Told> all) {
    this.rig = rig;
    this.told = all.subList(0, Evaluation.limited(all.size(), rig.options().limit()));
  }

  /** Questions, each a chat turn. */
  static TextBenchmark ofQuestions(Rig rig, List<FactQuestions> questions) {
    List<Told> told = new ArrayList<>();
    for (FactQuestions q : questions) {
      q.asks().stream().map(Prompt::guess).filter(Prompt::chat).findFirst()
          .ifPresent(p -> told.add(new Told(q.fact(), List.of(p), q.accepted())));
    }
    return new TextBenchmark(rig, told);
  }

  /** Texts to be continued. */
  static TextBenchmark ofTexts(Rig rig, List<CounterFact> records) {
    return new TextBenchmark(rig, records.stream().map(r -> new Told(r.fact(),
        Stream.concat(r.paraphrases().stream(), r.generations().stream().distinct())
            .limit(CONTINUATIONS).map(Prompt::raw).toList(),
        List.of(r.targetNew()))).toList());
  }

  @Override
  public int records() {
    return told.size();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    List<Fact> facts = told.stream().map(Told::fact).toList();
    new GroupedRun(rig, log, progress, facts).run(i -> {
      Outcome outcome = new Outcome(i);
      List<Column> columns = new ArrayList<>();
      List<Prompt> asked = new ArrayList<>();
      List<GenerationRequest> requests = new ArrayList<>();
      for (Prompt prompt : told.get(i).prompts()) {
        Recall recall = rig.memory().recall(prompt.lastTurn());
        outcome.add("gate.own",
            recall.readOuts().stream().anyMatch(r -> r.id() == outcome.record()));
        outcome.say("asked.answer", prompt.lastTurn());
        for (Column column : COLUMNS) {
          if (rig.options().has(column)) {
            columns.add(column);
            asked.add(prompt);
            requests.add(request(column, prompt, recall, facts.get(i)));
          }
        }
      }
      List<Completion> completions = rig.prober().complete(requests);
      for (int c = 0; c < completions.size(); c++) {
        judge(outcome, columns.get(c), asked.get(c), completions.get(c),
            told.get(i).accepted());
      }
      return outcome;
    });
  }

  private GenerationRequest request(Column column, Prompt prompt, Recall recall, Fact fact) {
    int tokens = prompt.chat() ? ANSWER_TOKENS : CONTINUED_TOKENS;
    return switch (column) {
      case PROMPT -> rig.prober().stated(prompt, fact, Sampler.Settings.GREEDY, tokens);
      case LARIMAR -> rig.prober().answered(
          prompt, recall.readOuts(), Sampler.Settings.GREEDY, tokens);
      default -> rig.prober().answered(prompt, List.of(), Sampler.Settings.GREEDY, tokens);
    };
  }

  private static void judge(Outcome outcome, Column column, Prompt asked, Completion completion,
      List<String> accepted) {
    String text = completion.text();
    TextFaults faults = TextFaults.of(text, asked.lastTurn());
    boolean said = accepted.stream().anyMatch(a -> Answers.contains(text, a));
    outcome.say(column.id() + ".answer", text.strip());
    outcome.add(column.id() + ".answered", said);
    outcome.add(column.id() + ".frameText", faults.frame());
    outcome.add(column.id() + ".repeats", faults.repeats());
    if (asked.chat()) {
      boolean ended = completion.finish() != Completion.Finish.LENGTH;
      outcome.add(column.id() + ".ended", ended);
      outcome.add(column.id() + ".rightAndNatural",
          said && ended && !faults.frame() && !faults.repeats());
    }
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (Column column : COLUMNS) {
      for (String name :
          List.of("answered", "frameText", "repeats", "ended", "rightAndNatural")) {
        Means.of(outcomes, column.id() + "." + name)
            .ifPresent(share -> figures.put(column, name, 100 * share));
      }
    }
    Means.of(outcomes, "gate.own")
        .ifPresent(share -> figures.put(Column.LARIMAR, "gateOwn", 100 * share));
    figures.count("texts", outcomes.stream().mapToInt(o -> o.of("gate.own").size()).sum());
    figures.note("answered: an accepted answer stands in the text. frameText: words of a frame, or"
        + " control tokens. repeats: a sentence stands in the text twice. ended: the answer ended"
        + " by itself within " + ANSWER_TOKENS + " tokens. rightAndNatural: answered, ended,"
        + " neither of the faults; a person must still read the texts. Greedy decoding.");
    return figures;
  }
}
