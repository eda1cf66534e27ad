package io.larimar.eval.data;

import io.larimar.engine.Fact;
import io.larimar.eval.data.JsonRecords.JsonRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A fact of one's own with questions of which is known whether they ask for it: one object of a JSON
 * array, of the list {@code facts} of an object, or a line.
 *
 * <p>Fields: {@code subject}, {@code prompt} and {@code target}, or {@code text} with or without
 * {@code subject}; {@code rephrasings}, a list of questions that ask for the fact; {@code other}, one
 * or a list of questions about the same subject that do not; {@code neighbours}, a list about other
 * subjects; {@code accept}, a list of right answers beside the target. The demo's FAQ is such a
 * file.
 *
 * @param fact the fact
 * @param asks questions that ask for it, its own prompt among them where it has one
 * @param others questions about its subject that ask for something else
 * @param neighbours questions about other subjects
 * @param accepted texts that are right answers, the target among them; none for a fact without one
 */
public record FactQuestions(
    Fact fact, List<String> asks, List<String> others, List<String> neighbours,
    List<String> accepted) {

  public FactQuestions {
    asks = List.copyOf(asks);
    others = List.copyOf(others);
    neighbours = List.copyOf(neighbours);
    accepted = List.copyOf(accepted);
  }

  /** Reads a file. */
  public static List<FactQuestions> read(Path file) {
    return JsonRecords.read(file, FactQuestions::parse);
  }

  private static FactQuestions parse(JsonRecord r) {
    Fact fact = fact(r);
    List<String> asks = new ArrayList<>();
    fact.prompt().ifPresent(asks::add);
    asks.addAll(texts(r, "rephrasings"));
    List<String> accepted = new ArrayList<>(fact.target().stream().toList());
    accepted.addAll(texts(r, "accept"));
    return new FactQuestions(
        fact, asks, texts(r, "other"), texts(r, "neighbours"), accepted);
  }

  private static Fact fact(JsonRecord r) {
    if (r.has("prompt") || r.has("target")) {
      return Fact.of(r.text("subject"), r.text("prompt"), r.text("target"));
    }
    Fact fact = Fact.of(r.text("text"));
    return r.has("subject")
        ? new Fact(fact.text(), Optional.of(r.text("subject")), Optional.empty(),
            Optional.empty(), List.of(), Optional.empty())
        : fact;
  }

  private static List<String> texts(JsonRecord r, String field) {
    if (!r.has(field)) {
      return List.of();
    }
    return r.node().path(field).isArray() ? r.texts(field, 0) : List.of(r.text(field));
  }
}
