package io.larimar.eval;

import static io.larimar.eval.CounterFactBenchmark.EDIT;
import static io.larimar.eval.CounterFactBenchmark.NEIGHBOURHOOD;
import static io.larimar.eval.CounterFactBenchmark.PARAPHRASE;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** CounterFact's figures from the outcomes of its records. All but fluency are in percent. */
final class CounterFactFigures {
  private CounterFactFigures() {}

  static Figures of(List<Outcome> outcomes, EvalOptions options) {
    Figures figures = new Figures();
    boolean single = options.setting().kind() == Setting.Kind.SINGLE;
    for (Column column : Column.values()) {
      if (options.has(column)) {
        boolean same = single && column == Column.RETRIEVAL;
        column(figures, column, same ? Column.PROMPT : column, outcomes);
      }
    }
    if (single && options.has(Column.RETRIEVAL)) {
      figures.note("With one fact in memory retrieval finds that fact: the retrieval column is the"
          + " prompt column.");
    }
    if (options.has(Column.LARIMAR)) {
      larimar(figures, outcomes);
    }
    figures.note("Fluency falls with the length of the text, too: a column that ends its answers"
        + " earlier (fluencyWords) gets less than one that goes on. fluencyEqualLength cuts each"
        + " prompt's texts to the shortest of them.");
    counts(figures, outcomes);
    return figures;
  }

  private static void column(
      Figures figures, Column column, Column source, List<Outcome> outcomes) {
    List<Double> successes = new ArrayList<>();
    for (String kind : List.of(EDIT, PARAPHRASE, NEIGHBOURHOOD)) {
      String name = source.id() + "." + kind;
      boolean stays = kind.equals(NEIGHBOURHOOD);
      String wanted = name + (stays ? ".nllTrue" : ".nllNew");
      String other = name + (stays ? ".nllNew" : ".nllTrue");
      OptionalDouble success = percent(Means.of(outcomes, wanted, other, Means::success));
      success.ifPresent(successes::add);
      figures.put(column, kind + "S", success);
      figures.put(column, kind + "M",
          percent(Means.of(outcomes, wanted, other, Means::magnitude)));
    }
    if (successes.size() == 3) {
      figures.put(column, "score",
          Means.harmonic(successes.stream().mapToDouble(Double::doubleValue).toArray()));
    }
    figures.put(column, "greedyExact", percent(Means.of(outcomes, source.id() + ".greedy")));
    figures.put(column, "fluency", Means.of(outcomes, source.id() + ".fluency"));
    figures.put(column, "fluencyEqualLength",
        Means.of(outcomes, source.id() + ".fluencyEqualLength"));
    figures.put(column, "fluencyWords", Means.of(outcomes, source.id() + ".fluencyWords"));
    figures.put(column, "editTokens",
        percent(Means.of(outcomes, source.id() + "." + EDIT + ".argmax")));
  }

  private static OptionalDouble percent(OptionalDouble share) {
    return share.isPresent() ? OptionalDouble.of(100 * share.getAsDouble()) : share;
  }

  private static void larimar(Figures figures, List<Outcome> outcomes) {
    Column column = Column.LARIMAR;
    for (String kind : List.of(EDIT, PARAPHRASE, NEIGHBOURHOOD)) {
      figures.put(column, kind + "GateOwn",
          percent(Means.of(outcomes, "gate." + kind + ".own")));
      figures.put(column, kind + "GateOther",
          percent(Means.of(outcomes, "gate." + kind + ".other")));
    }
    figures.put(column, "neighbourhoodNaming",
        percent(Means.of(outcomes, "neighbourhood.names")));
    figures.put(column, "otherRelationOpen", percent(Means.of(outcomes, "other.open")));
    figures.put(column, "otherRelationChanged", percent(Means.of(outcomes, "other.changed")));
    for (Column c : List.of(Column.BASE, column)) {
      figures.put(c, "neighbourhoodSNotNaming", notNaming(outcomes, c));
    }
    OptionalDouble ceiling = ceiling(figures);
    figures.put(column, "scoreCeiling", ceiling);
    if (ceiling.isPresent() && ceiling.getAsDouble() > 0) {
      figures.put(column, "scoreOfCeiling",
          figures.get(column, "score").orElseThrow() / ceiling.getAsDouble());
    }
  }

  /** The score of perfect edits with the base model's own neighbourhood. */
  private static OptionalDouble ceiling(Figures figures) {
    OptionalDouble base = figures.get(Column.BASE, "neighbourhoodS");
    return base.isEmpty() ? base
        : OptionalDouble.of(Means.harmonic(100, 100, base.getAsDouble()));
  }

  /** Neighbourhood S over the prompts that name no other stored subject. */
  private static OptionalDouble notNaming(List<Outcome> outcomes, Column column) {
    String name = column.id() + "." + NEIGHBOURHOOD;
    List<Outcome> left = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      Outcome kept = new Outcome(outcome.record());
      for (int i = 0; i < outcome.of("neighbourhood.names").size(); i++) {
        if (outcome.of("neighbourhood.names").get(i) == 0) {
          kept.add("success", Means.success(
              outcome.of(name + ".nllTrue").get(i), outcome.of(name + ".nllNew").get(i)));
        }
      }
      left.add(kept);
    }
    return percent(Means.of(left, "success"));
  }

  private static void counts(Figures figures, List<Outcome> outcomes) {
    for (String kind : List.of(EDIT, PARAPHRASE, NEIGHBOURHOOD)) {
      figures.count(kind + "Prompts", sum(outcomes, "base." + kind + ".nllNew"));
    }
    figures.count("greedyPrompts", sum(outcomes, "base.greedy"));
    figures.count("fluencyPrompts", sum(outcomes, "base.fluency"));
    figures.count("otherRelationPrompts", sum(outcomes, "other.open"));
  }

  private static int sum(List<Outcome> outcomes, String name) {
    return outcomes.stream().mapToInt(o -> o.of(name).size()).sum();
  }
}
