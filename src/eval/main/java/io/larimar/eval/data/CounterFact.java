package io.larimar.eval.data;

import io.larimar.engine.Fact;
import io.larimar.eval.data.JsonRecords.JsonRecord;
import java.nio.file.Path;
import java.util.List;

/**
 * One record of CounterFact (Meng et al. 2022).
 *
 * @param number place in the file, from 1
 * @param caseId the data set's own number
 * @param relation Wikidata's id of the relation ("P103"), empty in the short form
 * @param template the rewrite's prompt with {@code {}} for the subject
 * @param subject whom the fact is about
 * @param targetNew the answer that is taught
 * @param targetTrue the answer before the edit
 * @param paraphrases prompts that ask the same; in the full form behind a distracting sentence
 * @param neighbours prompts about other subjects, to be left alone
 * @param neighbourTrue the neighbours' right answer
 * @param attributes prompts about other subjects whose answer is the new target; full form only
 * @param generations prompts to generate from; full form only
 */
public record CounterFact(
    int number,
    int caseId,
    String relation,
    String template,
    String subject,
    String targetNew,
    String targetTrue,
    List<String> paraphrases,
    List<String> neighbours,
    String neighbourTrue,
    List<String> attributes,
    List<String> generations) {

  public CounterFact {
    paraphrases = List.copyOf(paraphrases);
    neighbours = List.copyOf(neighbours);
    attributes = List.copyOf(attributes);
    generations = List.copyOf(generations);
  }

  /** Reads ROME's own form or EasyEdit's short form, told apart record by record. */
  public static List<CounterFact> read(Path file) {
    return JsonRecords.read(file, r -> r.has("requested_rewrite") ? full(r) : brief(r));
  }

  /**
   * The same, and zsRE in the same terms: the question as prompt, its rephrasing, and as a fact of its
   * own the question that follows from the edit.
   */
  public static List<CounterFact> readAny(Path file) {
    return JsonRecords.read(file, r -> r.has("requested_rewrite") ? List.of(full(r))
            : r.has("src") ? zsre(r) : List.of(brief(r)))
        .stream().flatMap(List::stream).toList();
  }

  private static List<CounterFact> zsre(JsonRecord r) {
    String subject = r.text("subject");
    CounterFact edit = new CounterFact(r.number(), r.number(), "", r.text("src"), subject,
        r.text("alt"), r.texts("answers", 1).getFirst(), List.of(r.text("rephrase")), List.of(),
        r.text("loc_ans"), List.of(), List.of());
    if (!r.has("portability")) {
      return List.of(edit);
    }
    JsonRecord further = r.object("portability");
    return List.of(edit, new CounterFact(r.number(), r.number(), "", further.text("New Question"),
        subject, further.text("New Answer"), r.text("loc_ans"), List.of(), List.of(),
        r.text("loc_ans"), List.of(), List.of()));
  }

  private static CounterFact full(JsonRecord record) {
    JsonRecord rewrite = record.object("requested_rewrite");
    String template = rewrite.text("prompt");
    if (!template.contains("{}")) {
      throw record.wrong("requested_rewrite.prompt must hold {} for the subject: " + template);
    }
    String truth = rewrite.object("target_true").text("str");
    return new CounterFact(record.number(), record.identifier("case_id"),
        rewrite.has("relation_id") ? rewrite.text("relation_id") : "", template,
        rewrite.text("subject"), rewrite.object("target_new").text("str"), truth,
        record.texts("paraphrase_prompts", 1), record.texts("neighborhood_prompts", 0), truth,
        record.has("attribute_prompts") ? record.texts("attribute_prompts", 0) : List.of(),
        record.has("generation_prompts") ? record.texts("generation_prompts", 0) : List.of());
  }

  private static CounterFact brief(JsonRecord record) {
    String subject = record.text("subject");
    String prompt = record.text("prompt");
    boolean neighbour = record.has("locality_prompt");
    return new CounterFact(record.number(), record.identifier("case_id"), "",
        prompt.contains("{}") ? prompt : masked(prompt, subject), subject,
        record.text("target_new"), record.text("ground_truth"),
        List.of(record.text("rephrase_prompt")),
        neighbour ? List.of(record.text("locality_prompt")) : List.of(),
        neighbour ? record.text("locality_ground_truth") : record.text("ground_truth"),
        List.of(), List.of());
  }

  private static String masked(String prompt, String subject) {
    int at = prompt.indexOf(subject);
    return at < 0 ? prompt
        : prompt.substring(0, at) + "{}" + prompt.substring(at + subject.length());
  }

  /** The rewrite's prompt with the subject in its place. */
  public String prompt() {
    return template.replace("{}", subject);
  }

  /** The fact to teach. */
  public Fact fact() {
    return Fact.of(subject, prompt(), targetNew);
  }
}
