package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadLatencyRunTest {
  @Test
  void aLineCountsEachReadAndNoneTakesLessThanItsOwnTime() {
    AtomicInteger beside = new AtomicInteger();
    Map<String, Object> line = ReadLatencyRun.measure("control", 500, 0.2,
        i -> ReadLatencyRun.spin(), Optional.of(beside::incrementAndGet));
    assertEquals(100L, line.get("reads"));
    double p50 = (double) line.get("p50Micros");
    assertTrue(p50 >= 59.9, "p50=" + p50); // the histogram keeps three digits
    assertTrue((double) line.get("p99.9Micros") >= p50);
    assertTrue(beside.get() > 0);
  }
}
