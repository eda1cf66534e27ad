package io.larimar.server;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets so many callers in at once and so many wait; the next is told to come back. So a load beyond
 * what the machine can do costs refusals, and not the time of those who were let in.
 */
final class Gate {
  private final String what;
  private final int running;
  private final int most;
  private final Duration patience;
  private final Semaphore permits;
  private final AtomicInteger inside = new AtomicInteger();

  /** A place in the gate; closing it gives it free, once. */
  final class Pass implements AutoCloseable {
    private boolean given;

    @Override
    public void close() {
      if (!given) {
        given = true;
        permits.release();
        inside.decrementAndGet();
      }
    }
  }

  Gate(String what, int running, int waiting, Duration patience) {
    this.what = what;
    this.running = running;
    this.most = running + waiting;
    this.patience = patience;
    this.permits = new Semaphore(running, true);
  }

  /**
   * Waits for a place.
   *
   * @throws Problem 503 with Retry-After where too many wait, or the wait took too long
   */
  Pass enter() {
    if (inside.incrementAndGet() > most) {
      inside.decrementAndGet();
      throw busy();
    }
    try {
      if (permits.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Pass();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    inside.decrementAndGet();
    throw busy();
  }

  private Problem busy() {
    return Problem.later(503, "Busy", "Too many " + what + " wait: at most " + running + " run and "
        + (most - running) + " wait at a time. Try again later.", 1);
  }

  /** Those who run now. */
  int running() {
    return running - permits.availablePermits();
  }

  /** Those who wait now. */
  int waiting() {
    return Math.max(0, inside.get() - running());
  }
}
