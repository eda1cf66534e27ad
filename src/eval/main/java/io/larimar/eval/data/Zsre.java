package io.larimar.eval.data;

import io.larimar.engine.Fact;
import io.larimar.eval.data.JsonRecords.JsonRecord;
import java.nio.file.Path;
import java.util.List;

/**
 * One record of the zsRE edit set in MEND's and EasyEdit's form (Levy et al. 2017).
 *
 * @param number place in the file, from 1
 * @param subject whom the question is about
 * @param question the edit's question, {@code src}
 * @param rephrase the same question in other words
 * @param target the answer to teach, {@code alt}, without the blanks around it that some have
 * @param answers the answers before the edit
 * @param locality an unrelated question, {@code loc}
 * @param localityAnswer its answer
 */
public record Zsre(
    int number,
    String subject,
    String question,
    String rephrase,
    String target,
    List<String> answers,
    String locality,
    String localityAnswer) {

  public Zsre {
    answers = List.copyOf(answers);
  }

  /** Reads a file. */
  public static List<Zsre> read(Path file) {
    return JsonRecords.read(file, Zsre::parse);
  }

  private static Zsre parse(JsonRecord r) {
    return new Zsre(r.number(), r.text("subject"), r.text("src"), r.text("rephrase"),
        r.text("alt").strip(), r.texts("answers", 1), r.text("loc"), r.text("loc_ans"));
  }

  /** The fact to teach, with an answer of the caller's choice. */
  public Fact fact(String answer) {
    return Fact.of(subject, question, answer);
  }
}
