package io.larimar.eval;

import java.time.Duration;

/** Is told how far an evaluation has come. */
@FunctionalInterface
public interface EvalProgress {
  /** Tells nobody. */
  EvalProgress NONE = (phase, done, total, left) -> { };

  /**
   * Called on the evaluating thread.
   *
   * @param phase what runs ("writing facts", "records")
   * @param done units done
   * @param total units in all
   * @param left the time that is left at the speed so far, zero while unknown
   */
  void at(String phase, int done, int total, Duration left);
}
