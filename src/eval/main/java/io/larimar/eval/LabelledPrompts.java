package io.larimar.eval;

import io.larimar.engine.Fact;
import io.larimar.eval.data.CounterFact;
import io.larimar.eval.data.DataForm;
import io.larimar.eval.data.FactQuestions;
import io.larimar.eval.data.Zsre;
import io.larimar.scope.LabelledPrompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Prompts of which is known whether they ask for a fact, from any data file: CounterFact's (ROME's and
 * EasyEdit's form), zsRE's, or {@link FactQuestions}, told apart by the first record.
 */
public final class LabelledPrompts {
  private static final int OTHER_RELATIONS = 5;

  private LabelledPrompts() {}

  /**
   * Reads a file. Generation prompts are left out: some ask for another relation of the subject.
   *
   * @throws IllegalArgumentException where the file is of none of the forms; its message names the
   *     record and the field
   */
  public static List<LabelledPrompt> read(Path file) {
    return switch (DataForm.of(file)) {
      case COUNTERFACT -> counterFact(CounterFact.read(file));
      case ZSRE -> zsre(Zsre.read(file));
      case QUESTIONS -> questions(FactQuestions.read(file));
    };
  }

  private static List<LabelledPrompt> counterFact(List<CounterFact> records) {
    Relations relations = new Relations(records, 0);
    List<LabelledPrompt> prompts = new ArrayList<>();
    for (CounterFact r : records) {
      Labels labels = new Labels(r.fact(), Optional.of(r.relation()).filter(id -> !id.isEmpty()));
      labels.add(prompts, true, "edit", List.of(r.prompt()));
      labels.add(prompts, true, "paraphrase", r.paraphrases());
      labels.add(prompts, false, "neighbour", r.neighbours());
      labels.add(prompts, false, "attribute", r.attributes());
      labels.add(prompts, false, "other", relations.others(r, OTHER_RELATIONS));
    }
    return prompts;
  }

  private static List<LabelledPrompt> zsre(List<Zsre> records) {
    List<LabelledPrompt> prompts = new ArrayList<>();
    for (Zsre r : records) {
      Labels labels = new Labels(r.fact(r.target()), Optional.empty());
      labels.add(prompts, true, "edit", List.of(r.question()));
      labels.add(prompts, true, "paraphrase", List.of(r.rephrase()));
      labels.add(prompts, false, "neighbour", List.of(r.locality()));
    }
    return prompts;
  }

  private static List<LabelledPrompt> questions(List<FactQuestions> records) {
    List<LabelledPrompt> prompts = new ArrayList<>();
    for (FactQuestions r : records) {
      Labels labels = new Labels(r.fact(), Optional.empty());
      labels.add(prompts, true, "paraphrase", r.asks());
      labels.add(prompts, false, "other", r.others());
      labels.add(prompts, false, "neighbour", r.neighbours());
    }
    return prompts;
  }

  private record Labels(Fact fact, Optional<String> relation) {
    void add(List<LabelledPrompt> to, boolean inScope, String kind, List<String> prompts) {
      prompts.forEach(p -> to.add(new LabelledPrompt(fact, p, inScope, kind, relation)));
    }
  }
}
