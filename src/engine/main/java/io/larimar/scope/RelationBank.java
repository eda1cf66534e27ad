package io.larimar.scope;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Relations with many ways to say each: what a relation space is fitted on.
 *
 * @param examples in file order
 */
public record RelationBank(List<Example> examples) {

  /**
   * One way to say one relation.
   *
   * @param relation its name; languages share names
   * @param template the text, {@code {}} for the subject
   */
  public record Example(String relation, String template) {
    /** The text as the detector sees it, with the subject masked. */
    String masked() {
      return template.replace("{}", RelationText.isCjk(template) ? "" : "it").strip();
    }
  }

  public RelationBank {
    examples = List.copyOf(examples);
  }

  /** The bank that was written for this project, English and Japanese. */
  public static RelationBank shipped() {
    return shipped("relations-en.txt", "relations-ja.txt");
  }

  /** Answers by their kind, in the same form: what {@link AnswerKinds} are fitted on. English. */
  static RelationBank shippedAnswers() {
    return shipped("answers-en.txt");
  }

  private static RelationBank shipped(String... resources) {
    List<Example> examples = new ArrayList<>();
    for (String name : resources) {
      try (InputStream in = RelationBank.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException("the resource " + name + " is missing from the engine");
        }
        examples.addAll(read(in).examples);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the resource " + name, e);
      }
    }
    return new RelationBank(examples);
  }

  /**
   * Reads lines of the form {@code name: template | template}; lines that begin with # are
   * comments.
   *
   * @throws IllegalArgumentException with the number of a line that has no name or no template
   */
  public static RelationBank read(InputStream in) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    List<Example> examples = new ArrayList<>();
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      if (colon <= 0 || line.substring(colon + 1).isBlank()) {
        throw new IllegalArgumentException(
            "line " + number + " must be \"name: template | template\": " + line);
      }
      String name = line.substring(0, colon).strip();
      for (String template : line.substring(colon + 1).split("\\|")) {
        examples.add(new Example(name, template.strip()));
      }
    }
    return new RelationBank(examples);
  }

  /** Both banks' examples. */
  public RelationBank plus(RelationBank other) {
    List<Example> all = new ArrayList<>(examples);
    all.addAll(other.examples);
    return new RelationBank(all);
  }
}
