package io.larimar.eval.data;

import io.larimar.eval.data.JsonRecords.JsonRecord;
import java.nio.file.Path;

/** The forms of data files, told apart by the fields of the first record. */
public enum DataForm {
  /** ROME's CounterFact or EasyEdit's short form of it. */
  COUNTERFACT,
  /** zsRE as MEND and EasyEdit have it. */
  ZSRE,
  /** Facts with questions, {@link FactQuestions}. */
  QUESTIONS;

  /**
   * The form of a file.
   *
   * @throws IllegalArgumentException where the file is no JSON or its first record is of no form
   */
  public static DataForm of(Path file) {
    return JsonRecords.read(file, r -> r).stream().findFirst().map(DataForm::of).orElseThrow();
  }

  private static DataForm of(JsonRecord r) {
    if (r.has("requested_rewrite") || r.has("target_new")) {
      return COUNTERFACT;
    }
    if (r.has("src") && r.has("alt")) {
      return ZSRE;
    }
    if (r.has("rephrasings") || r.has("other") || r.has("neighbours")) {
      return QUESTIONS;
    }
    throw r.wrong("is of no known form: CounterFact (requested_rewrite, or target_new), zsRE (src,"
        + " alt), or a fact with rephrasings, other and neighbours");
  }
}
