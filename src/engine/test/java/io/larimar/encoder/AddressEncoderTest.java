package io.larimar.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AddressEncoderTest {
  private static final List<String> TEXTS = List.of("The maximum flow rate of the ZX-400 pump is",
      "ZX-400の最大流量は？", "a", "Which city hosts the headquarters of Larimar Works?",
      "The maximum flow rate of the ZX-500 pump is", "!?");

  private static AddressEncoder encoder;

  @BeforeAll
  static void open() {
    encoder = AddressEncoder.open(EncoderOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    encoder.close();
  }

  private static float[] address(AddressEncoder encoder, String text) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ValueLayout.JAVA_FLOAT, encoder.width());
      encoder.encode(text, address);
      return address.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void anAddressHasUnitLengthAndAWidthOfWholeVectors() {
    assertEquals(0, encoder.width() % 16);
    for (String text : TEXTS) {
      float[] address = address(encoder, text);
      assertEquals(1, dot(address, address), 1e-6, text);
    }
  }

  @Test
  void aVirtualThreadGetsTheSameBytesFromAWorkerForWhichItWaitsInterruptibly() throws Exception {
    float[] expected = encoder.sentences().encode(TEXTS.getFirst());
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      assertArrayEquals(expected,
          virtual.submit(() -> encoder.sentences().encode(TEXTS.getFirst())).get());
      assertTrue(virtual.submit(() -> {
        Thread.currentThread().interrupt(); // A run on this very thread would not see it.
        return assertThrows(IllegalStateException.class,
            () -> encoder.sentences().encode(TEXTS.getFirst())).getMessage();
      }).get().contains("interrupted"));
    }
  }

  @Test
  void aBatchOfTextsHasTheBytesOfEachTextAlone() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT,
          (long) TEXTS.size() * encoder.width());
      encoder.encodeAll(TEXTS, all);
      long bytes = (long) encoder.width() * Float.BYTES;
      for (int i = 0; i < TEXTS.size(); i++) {
        assertArrayEquals(address(encoder, TEXTS.get(i)),
            all.asSlice(i * bytes, bytes).toArray(ValueLayout.JAVA_FLOAT), TEXTS.get(i));
      }
    }
  }

  @Test
  void theThreadCountDoesNotChangeABit() {
    try (AddressEncoder single = AddressEncoder.open(EncoderOptions.DEFAULT.withThreads(1))) {
      for (String text : TEXTS) {
        assertArrayEquals(address(single, text), address(encoder, text), text);
      }
    }
  }

  @Test
  void manyCallersGetTheBytesOfOne() throws Exception {
    List<float[]> expected = TEXTS.stream().map(t -> address(encoder, t)).toList();
    try (ExecutorService callers = Executors.newFixedThreadPool(6)) {
      List<Future<float[]>> futures = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        String text = TEXTS.get(i % TEXTS.size());
        futures.add(callers.submit(() -> address(encoder, text)));
      }
      for (int i = 0; i < futures.size(); i++) {
        assertArrayEquals(expected.get(i % TEXTS.size()), futures.get(i).get());
      }
    }
  }

  @Test
  void aParaphraseIsNearerThanAnotherProduct() {
    float[] fact = address(encoder, TEXTS.get(0));
    double paraphrase = dot(fact, address(encoder, "What is the ZX-400 pump's maximum flow?"));
    double other = dot(fact, address(encoder, "What is the QR-7 heater's maximum flow?"));
    assertTrue(paraphrase > other + 0.1, paraphrase + " against " + other);
  }

  @Test
  void badInputIsRefusedWithItsBound() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment small = arena.allocate(16);
      assertThrows(IllegalArgumentException.class, () -> encoder.encode("text", small));
      MemorySegment right = arena.allocate(ValueLayout.JAVA_FLOAT, encoder.width());
      assertThrows(IllegalArgumentException.class, () -> encoder.encode("  ", right));
    }
    assertThrows(IllegalArgumentException.class, () -> new EncoderOptions(0, 256, 1024));
    assertThrows(IllegalArgumentException.class, () -> new EncoderOptions(2, 256, 1000));
  }

  @Test
  void aClosedEncoderRefusesToEncode() {
    AddressEncoder closed = AddressEncoder.open(EncoderOptions.DEFAULT);
    closed.close();
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.sentences().encode("text"));
    assertThrows(IllegalStateException.class, () -> closed.sentences().encodeAll(List.of("text")));
  }
}
