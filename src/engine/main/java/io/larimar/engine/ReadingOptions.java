package io.larimar.engine;

import io.larimar.passages.Strategy;
import java.util.Objects;

/**
 * What a question takes from the documents that were read.
 *
 * @param strategy how passages are searched
 * @param passages most passages in the soft prefix, 1 to {@value #MAX_PASSAGES}
 * @param positions most positions of the prefix that passages fill together; the best one enters
 *     whatever its length
 * @param bestLast whether the best passage stands next to the question rather than first
 */
public record ReadingOptions(Strategy strategy, int passages, int positions, boolean bestLast) {
  /** The most passages that enter one prefix. */
  public static final int MAX_PASSAGES = 4;

  public ReadingOptions {
    Objects.requireNonNull(strategy, "strategy");
    if (passages < 1 || passages > MAX_PASSAGES) {
      throw new IllegalArgumentException(
          "passages must be in [1, " + MAX_PASSAGES + "]: passages=" + passages);
    }
    if (positions < 1) {
      throw new IllegalArgumentException("positions must be at least 1: positions=" + positions);
    }
  }

  /** One passage; with more, small models say an older one (measured: docs/decisions/0017). */
  public static ReadingOptions defaults() {
    return new ReadingOptions(Strategy.PRUNED, 1, 192, true);
  }

  /** The same with another way to search. */
  public ReadingOptions withStrategy(Strategy strategy) {
    return new ReadingOptions(strategy, passages, positions, bestLast);
  }

  /** The same with so many passages at most. */
  public ReadingOptions withPassages(int passages) {
    return new ReadingOptions(strategy, passages, positions, bestLast);
  }

  /** The same with the best passage first or last. */
  public ReadingOptions withBestLast(boolean bestLast) {
    return new ReadingOptions(strategy, passages, positions, bestLast);
  }
}
