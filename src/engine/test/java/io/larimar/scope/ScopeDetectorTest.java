package io.larimar.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.engine.Fact;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeDetectorTest {
  private static final Fact FLOW =
      Fact.of("ZX-400 pump", "The maximum flow rate of the {} is", "38 litres per minute");
  private static final Fact WEIGHT = Fact.of("ZX-400", "{}の重量は", "12キログラムです");
  private static final Fact TONGUE = Fact.of("Ilse Marbeck", "The mother tongue of {} is", "Welsh");

  private static AddressEncoder encoder;
  private ScopeDetector detector;

  @BeforeAll
  static void open() {
    encoder = AddressEncoder.open(EncoderOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    encoder.close();
  }

  @BeforeEach
  void emptyDetector() {
    detector = new ScopeDetector(encoder);
  }

  @Test
  void aDetectorWithoutFactsIsNeverInScope() {
    ScopeDecision decision = detector.decide("The mother tongue of Ilse Marbeck is");
    assertFalse(decision.inScope());
    assertEquals(ScopeDecision.NO_FACT, decision.factId());
    assertFalse(detector.decide("").inScope());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "The mother tongue of Ilse Marbeck is",
      "Ilse Marbeck's mother tongue is",
      "What is the native language of Ilse Marbeck?",
      "The train left at nine and nobody waved. Ilse Marbeck is a native speaker of",
      "The native language of ILSE MARBECK is"})
  void aParaphraseIsInScope(String prompt) {
    detector.add(7, TONGUE);
    ScopeDecision decision = detector.decide(prompt);
    assertTrue(decision.inScope(), decision.reason());
    assertEquals(7, decision.factId());
    assertTrue(decision.margin() >= 0, decision.reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "The mother tongue of Hanna Marbeck is",
      "The mother tongue of Ilse Dorn is",
      "The mother tongue of the author is",
      "What is the capital of Wales?"})
  void aNeighbourIsNotInScope(String prompt) {
    detector.add(7, TONGUE);
    assertFalse(detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "What is the maximum flow rate of the ZX-400?",
      "The maximum flow rate of the ZX 400 pump is",
      "Please tell me the zx400 pump's highest flow rate.",
      "What is the maximum flow rate of the ＺＸ－４００?"})
  void writingsOfAProductNumberNameTheSameProduct(String prompt) {
    detector.add(1, FLOW);
    assertTrue(detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "What is the maximum flow rate of the ZX-500 pump?",
      "What is the maximum flow rate of the ZX-400B pump?",
      "What is the maximum flow rate of the ZX-4000 pump?",
      "What is the maximum flow rate of the pump?"})
  void anotherProductNumberIsAnotherProduct(String prompt) {
    detector.add(1, FLOW);
    assertFalse(detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @Test
  void aJapaneseQuestionFindsTheJapaneseFact() {
    detector.add(3, WEIGHT);
    assertTrue(detector.decide("ZX-400の重量は何キロですか？").inScope());
    assertTrue(detector.decide("ＺＸ－４００の重量を教えてください。").inScope());
    assertFalse(detector.decide("ZX-500の重量は何キロですか？").inScope());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "Ilse Marbeck plays the",
      "Ilse Marbeck was born in",
      "The profession of Ilse Marbeck is",
      "Which religion does Ilse Marbeck follow?"})
  void anotherRelationOfTheSubjectIsNotInScope(String prompt) {
    detector.add(7, TONGUE);
    ScopeDecision decision = detector.decide(prompt);
    assertFalse(decision.inScope(), decision.reason());
    assertEquals(7, decision.factId());
    assertTrue(decision.margin() < 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "Category:Moths described in 1890 Ilse Marbeck is a native speaker of",
      "\"Who knows?\" The native language of Ilse Marbeck is",
      "Category:Villages in Siedlce County The mother tongue of Ilse Marbeck is"})
  void aDistractingTextWithoutAFullStopIsCutOff(String prompt) {
    detector.add(7, TONGUE);
    assertTrue(detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "How much water can ZX-400 move a minute? | true",
      "Tell me the throughput of the ZX 400. | true",
      "What is the ZX-400's top flow? | true",
      "I own a ZX-400 pump. What is its flow capacity? | true",
      "What colour is the ZX-400? | false",
      "How heavy is the ZX-400 pump? | false",
      "What does the ZX-400 cost? | false",
      "How long is the ZX-400 pump guaranteed? | false"})
  void otherWordsForTheRelationFireAndOtherQuestionsDoNot(String prompt, boolean inScope) {
    detector.add(1, FLOW);
    assertEquals(inScope, detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "ZX-400の質量は？ | true",
      "ZX-400は何キロですか？ | true",
      "ZX-400の重さを教えてください | true",
      "昨日は雨でした。ＺＸ－４００の重量は？ | true",
      "ZX-400の色は何ですか？ | false",
      "ZX-400の価格はいくらですか？ | false",
      "ZX-400の消費電力は？ | false",
      "ZX-401の質量は？ | false"})
  void japaneseRelationsAreToldApart(String prompt, boolean inScope) {
    detector.add(3, WEIGHT);
    assertEquals(inScope, detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @Test
  void aQuestionInOneLanguageMeetsAFactInTheOther() {
    detector.addAll(List.of(1L, 3L), List.of(FLOW, WEIGHT));
    assertEquals(3, detector.decide("How much does the ZX-400 weigh?").factId());
    assertTrue(detector.decide("How much does the ZX-400 weigh?").inScope());
    assertTrue(detector.decide("ZX-400の最大流量は？").inScope());
    assertFalse(detector.decide("ZX-400の色は？").inScope());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "What is the maximum flow rate of the ZX-400 Pro?",
      "What is the maximum flow rate of the ZX-400 GT1?"})
  void aNameThatGoesOnIsAnotherName(String prompt) {
    detector.add(1, FLOW);
    assertFalse(detector.decide(prompt).inScope(), detector.decide(prompt).reason());
  }

  @Test
  void aLongerStoredNameHidesTheShorterOneInside() {
    detector.add(1, Fact.of("Larimar", "{} is headquartered in", "Oslo"));
    detector.add(2, Fact.of("University of Larimar", "{} is headquartered in", "Bergen"));
    ScopeDecision decision = detector.decide("The University of Larimar has its head office in");
    assertEquals(2, decision.factId());
    assertEquals(List.of(), decision.further());
  }

  @Test
  void decisionsDoNotDependOnTheOrderOfWriting() {
    List<Fact> facts = List.of(FLOW, TONGUE,
        Fact.of("ZX-400", "The price of the {} is", "90 euros"));
    detector.addAll(List.of(1L, 2L, 3L), facts);
    ScopeDetector other = new ScopeDetector(encoder);
    for (int i = 2; i >= 0; i--) {
      other.add(i + 1, facts.get(i));
    }
    for (String prompt : List.of("What does the ZX-400 cost?", "How much can the ZX-400 pump move?",
        "Ilse Marbeck is a native speaker of", "Nothing at all")) {
      assertEquals(detector.decide(prompt), other.decide(prompt), prompt);
    }
  }

  @Test
  void tenThousandFactsOfOneProductLineDoNotSlowADecision() {
    List<Long> ids = new ArrayList<>();
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      ids.add((long) i);
      facts.add(Fact.of("KX-" + (1_000 + i), "The weight of {} is", "12 kilograms"));
    }
    detector.addAll(ids, facts);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 2_000; i++) {
      long begin = System.nanoTime();
      assertFalse(detector.decide("What is the capital of the country of Wales?").inScope());
      best = Math.min(best, System.nanoTime() - begin);
    }
    assertTrue(best < 1_000_000, "nanoseconds: " + best);
    best = Long.MAX_VALUE;
    for (int i = 0; i < 200; i++) {
      long begin = System.nanoTime();
      assertEquals(4_321, detector.decide("How heavy is the KX-5321?").factId());
      best = Math.min(best, System.nanoTime() - begin);
    }
    assertTrue(best < 5_000_000, "nanoseconds where one is named: " + best);
  }

  @Test
  void theBestRelationOfASubjectWins() {
    detector.addAll(List.of(1L, 2L), List.of(FLOW,
        Fact.of("ZX-400 pump", "The warranty of the {} lasts", "five years")));
    assertEquals(1, detector.decide("What is the maximum flow rate of the ZX-400 pump?").factId());
    assertEquals(2, detector.decide("How long is the warranty of the ZX-400 pump?").factId());
  }

  @Test
  void theNewestOfTwoEqualFactsWins() {
    detector.add(1, FLOW);
    detector.add(2, Fact.of("ZX-400 pump", "The maximum flow rate of the {} is",
        "38 litres per minute"));
    assertEquals(2, detector.decide("The maximum flow rate of the ZX-400 pump is").factId());
  }

  @Test
  void aQuestionAboutTwoProductsHasTwoFacts() {
    detector.add(1, FLOW);
    detector.add(2, Fact.of("QR-7 pump", "The maximum flow rate of the {} is", "9 litres"));
    ScopeDecision decision = detector.decide(
        "What is the maximum flow rate of the ZX-400 pump and of the QR-7 pump?");
    assertTrue(decision.inScope());
    assertEquals(1, decision.further().size());
  }

  @Test
  void aFactWithoutPartsIsFoundByItsMostNameLikeSpan() {
    detector.add(1, Fact.of("The ZX-400 pump weighs 12 kilograms."));
    detector.add(2, Fact.of("冷却ポンプAQ-9の保証期間は5年です。"));
    assertEquals(1, detector.decide("How many kilograms does the ZX-400 pump weigh?").factId());
    assertEquals(2, detector.decide("AQ-9の保証期間は何年ですか？").factId());
  }

  @Test
  void aRemovedFactIsNeverInScopeAgain() {
    detector.add(1, FLOW);
    assertTrue(detector.remove(1));
    assertFalse(detector.remove(1));
    assertEquals(ScopeDecision.NO_FACT,
        detector.decide("The maximum flow rate of the ZX-400 pump is").factId());
    assertEquals(0, detector.size());
  }

  @Test
  void anIdIsGivenOnce() {
    detector.add(1, FLOW);
    assertThrows(IllegalArgumentException.class, () -> detector.add(1, WEIGHT));
    assertThrows(IllegalArgumentException.class, () -> detector.add(-1, WEIGHT));
    assertThrows(IllegalArgumentException.class,
        () -> detector.addAll(List.of(1L, 2L), List.of(WEIGHT)));
    assertEquals(1, detector.size());
  }
}
