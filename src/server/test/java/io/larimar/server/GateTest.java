package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class GateTest {
  @Test
  void soManyRunSoManyWaitAndTheNextIsToldToComeBack() throws InterruptedException {
    Gate gate = new Gate("searches", 1, 1, Duration.ofMinutes(1));
    Gate.Pass first = gate.enter();
    CountDownLatch entered = new CountDownLatch(1);
    Thread second = Thread.ofVirtual().start(() -> {
      try (Gate.Pass pass = gate.enter()) {
        entered.countDown();
      }
    });
    while (gate.waiting() == 0) {
      Thread.onSpinWait();
    }
    Problem busy = assertThrows(Problem.class, gate::enter);
    assertEquals(503, busy.status());
    assertEquals(1, busy.retrySeconds().orElseThrow());
    first.close();
    first.close(); // Once is enough: a place is not given free twice.
    entered.await();
    second.join();
    assertEquals(0, gate.running());
    assertEquals(0, gate.waiting());
  }

  @Test
  void whoWaitsTooLongIsToldToComeBackToo() {
    Gate gate = new Gate("searches", 1, 1, Duration.ZERO);
    try (Gate.Pass pass = gate.enter()) {
      assertThrows(Problem.class, gate::enter);
      assertEquals(0, gate.waiting());
      assertEquals(1, gate.running());
    }
  }
}
