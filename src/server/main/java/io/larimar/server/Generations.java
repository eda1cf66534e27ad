package io.larimar.server;

import io.larimar.engine.Answer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The answers that run now: how many may, and how they end when the server does. */
final class Generations {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration STEP = Duration.ofMillis(20);

  private final Gate gate;
  private final Set<Answer> running = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;
  private volatile boolean over; // the time that running answers had

  Generations(int parallel, int waiting) {
    this.gate = new Gate("generations", parallel, waiting, PATIENCE);
  }

  Gate gate() {
    return gate;
  }

  /** Whether the server takes no new work any more. */
  boolean draining() {
    return draining;
  }

  /** An answer and its place in the gate; closing it cancels what still runs. */
  final class Running implements AutoCloseable {
    private final Gate.Pass pass;
    private final Answer answer;

    private Running(Gate.Pass pass, Answer answer) {
      this.pass = pass;
      this.answer = answer;
      running.add(answer);
      if (over) {
        answer.close();
      }
    }

    Answer answer() {
      return answer;
    }

    @Override
    public void close() {
      running.remove(answer);
      answer.close();
      pass.close();
    }
  }

  /**
   * Starts an answer once there is room.
   *
   * @throws Problem 503 where too many wait, or the server stops
   */
  Running start(Supplier<Answer> asking) {
    refuseWhenDraining();
    Gate.Pass pass = gate.enter();
    try {
      refuseWhenDraining(); // It may have begun to stop while this one waited.
      return new Running(pass, asking.get());
    } catch (RuntimeException | Error e) {
      pass.close();
      throw e;
    }
  }

  private void refuseWhenDraining() {
    if (draining) {
      throw Problem.later(503, "Stopping", "The server stops; try again when it is back.", 5);
    }
  }

  /** Takes nothing new, waits for what runs, and cancels it when the time is over. */
  void drain(Duration grace) {
    draining = true;
    waitForAll(grace);
    over = true;
    running.forEach(Answer::close);
    waitForAll(PATIENCE); // The decoder sees a cancelled answer after its step.
  }

  private void waitForAll(Duration most) {
    long end = System.nanoTime() + most.toNanos();
    try {
      while (gate.running() + gate.waiting() > 0 && System.nanoTime() < end) {
        Thread.sleep(STEP);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
