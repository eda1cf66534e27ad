package io.larimar.eval;

import java.util.List;
import java.util.OptionalDouble;

/** One task: tests its records, then turns their outcomes into figures. */
interface Benchmark {
  /** Records of this run, the limit applied. */
  int records();

  /** Tests the records that the log does not hold yet. */
  void run(OutcomeLog log, EvalProgress progress);

  /** The figures, from outcomes alone. */
  Figures figures(List<Outcome> outcomes);

  /** Facts written a second, encoding included; empty where none was written. */
  default OptionalDouble editsPerSecond(List<Outcome> outcomes) {
    return GroupedRun.editsPerSecond(outcomes);
  }
}
