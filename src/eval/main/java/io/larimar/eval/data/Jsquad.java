package io.larimar.eval.data;

import java.nio.file.Path;
import java.util.List;

/**
 * One question of JSQuAD (JGLUE): a Japanese paragraph, a question, and the accepted answers.
 *
 * @param number place in the file, from 1
 * @param title title of the page
 * @param context the paragraph
 * @param question the question
 * @param answers the accepted answers
 */
public record Jsquad(
    int number, String title, String context, String question, List<String> answers) {

  public Jsquad {
    answers = List.copyOf(answers);
  }

  /** Reads a file. */
  public static List<Jsquad> read(Path file) {
    return JsonRecords.read(file, r -> new Jsquad(r.number(), r.text("title"), r.text("context"),
        r.text("question"), r.texts("answers", 1)));
  }
}
