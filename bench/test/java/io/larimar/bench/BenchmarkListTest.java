package io.larimar.bench;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BenchmarkListTest {
  @Test
  void jmhFindsEveryBenchmark() throws IOException {
    try (InputStream list = getClass().getResourceAsStream("/META-INF/BenchmarkList")) {
      assertNotNull(list, "the build must run JMH's annotation processor");
      String names = new String(list.readAllBytes(), StandardCharsets.UTF_8);
      for (Class<?> each : new Class<?>[] {KernelBenchmark.class, MemoryBenchmark.class}) {
        assertTrue(names.contains(each.getName()), () -> each.getName() + " in: " + names);
      }
    }
  }
}
