package io.larimar.eval;

import java.util.List;

/**
 * A question about a long text.
 *
 * @param question what is asked
 * @param lead how the answer begins; what is given it must only go on
 * @param target what must stand in the answer
 * @param evidence what stands in the passages that the answer rests on
 */
record Query(String question, String lead, String target, List<String> evidence) {
  Query {
    evidence = List.copyOf(evidence);
  }

  /** Whether the passages that were found hold all the evidence. */
  boolean answeredBy(List<String> found) {
    return evidence.stream()
        .allMatch(e -> found.stream().anyMatch(passage -> Answers.contains(passage, e)));
  }

  /** Question and beginning of the answer, behind a text. */
  String behind(String text) {
    return text + "\n\n" + prompt();
  }

  /** Question and beginning of the answer. */
  String prompt() {
    return "Question: " + question + "\nAnswer: " + lead;
  }
}
