package io.larimar.scope;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A value that is computed when it is first asked for, and kept. Thread-safe where the computing
 * gives equal values each time: two threads may both compute it.
 */
final class FirstAsked<T> {
  private volatile Optional<T> known = Optional.empty();
  private volatile Supplier<T> computing;

  FirstAsked(Supplier<T> computing) {
    this.computing = computing;
  }

  T get() {
    Optional<T> now = known;
    if (now.isPresent()) {
      return now.get();
    }
    T value = computing.get();
    known = Optional.of(value);
    computing = () -> value; // what it was computed from is kept no longer
    return value;
  }
}
