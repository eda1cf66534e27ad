package io.larimar.eval;

/**
 * A question about a long text.
 *
 * @param question what is asked
 * @param lead how the answer begins; what is given it must only go on
 * @param target what must stand in the answer
 */
record Query(String question, String lead, String target) {
  /** Question and beginning of the answer, behind a text. */
  String behind(String text) {
    return text + "\n\n" + prompt();
  }

  /** Question and beginning of the answer. */
  String prompt() {
    return "Question: " + question + "\nAnswer: " + lead;
  }
}
