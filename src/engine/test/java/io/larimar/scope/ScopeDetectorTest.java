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

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{} found work in         | Leeds  | Ilse Marbeck's occupation is | Ilse Marbeck was employed in",
      "{} works as              | painter | Ilse Marbeck, who is employed by | Ilse Marbeck's job is",
      "The native language of {} is | Welsh | Ilse Marbeck was native to | Ilse Marbeck spoke the language"})
  void aQuestionThatWantsAnotherKindOfAnswerIsOutOfScope(
      String prompt, String answer, String other, String same) {
    detector.add(1, Fact.of("Ilse Marbeck", prompt, answer));
    ScopeDecision decision = detector.decide(other);
    assertFalse(decision.inScope(), decision.reason());
    assertTrue(decision.reason().contains("another kind"), decision.reason());
    assertTrue(detector.decide(same).inScope(), detector.decide(same).reason());
  }

  @Test
  void anAnswerOfAnUnfitKindDecidesNothing() {
    detector.add(1, Fact.of("Ilse Marbeck", "{} was born in", "guitar"));
    ScopeDecision decision = detector.decide("The birthplace of Ilse Marbeck is");
    assertTrue(decision.inScope(), decision.reason());
  }

  @Test
  void theBeginningOfAnAnswerIsReadWithItsQuestion() {
    detector.add(1, Fact.of("Corvelle", "{} is located in", "Leeds"));
    ScopeDecision twin = detector.decide("What is the twin city of Corvelle? It is");
    assertFalse(twin.inScope(), twin.reason());
    assertTrue(detector.decide("Where is Corvelle? It is located in").inScope());
  }

  @Test
  void relationsAndKindsOfAnswersAreKnown() {
    List<String> relations = RelationSpace.shipped().names();
    AnswerKinds kinds = new AnswerKinds(relations);
    assertEquals(List.of(), kinds.unknownKinds());
    assertEquals(List.of(), AnswerKinds.listedRelations().stream()
        .filter(name -> !relations.contains(name)).toList());
  }

  /** The words before a name that no word of grammar connects are the question itself. */
  @Test
  void aQuestionWhoseObjectTheSubjectIsKeepsItsVerb() {
    detector.add(1, Fact.of("Tovery Hall", "Who designed {}?", "Ada Lind"));
    for (String prompt : List.of("Which architect designed Tovery Hall?",
        "who designed Tovery Hall", "The architect of Tovery Hall is",
        "Could you tell me who designed Tovery Hall?", "Tovery Hall was designed by",
        "The person that designed Tovery Hall is whom?")) {
      assertTrue(detector.decide(prompt).inScope(), prompt + ": " + detector.decide(prompt));
    }
    for (String prompt : List.of("Who owns Tovery Hall?", "What surrounds Tovery Hall?")) {
      assertFalse(detector.decide(prompt).inScope(), prompt + ": " + detector.decide(prompt));
    }
  }

  @Test
  void whoMadeItIsNotWhereItWasMade() {
    detector.add(1, Fact.of("Corvelle", "{} is produced by", "Hartwell"));
    assertTrue(detector.decide("Corvelle was created by").inScope());
    assertFalse(detector.decide("Corvelle was created in").inScope());
    detector.add(2, Fact.of("Orla gateway", "The {} is produced by", "Hartwell"));
    assertTrue(detector.decide("The Orla gateway is made by").inScope());
    assertFalse(detector.decide("The Orla gateway was developed in").inScope());
    detector.add(3, Fact.of("Ilse Marbeck", "{} is employed by", "Hartwell"));
    assertTrue(detector.decide("Ilse Marbeck works at").inScope());
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

  private static final Fact BIRTH = Fact.of("Ilse Marbeck", "{} was born in the country of", "Orvania");
  private static final Fact CAPITAL = Fact.of("Orvania", "The capital of {} is", "Tessen");
  private static final Fact HEAVY = Fact.of("ZX-400 pump", "The weight of the {} is", "12 kilograms");
  private static final Fact PRICE = Fact.of("ZX-400 pump", "The price of the {} is", "90 euros");
  private static final Fact WARRANTY =
      Fact.of("ZX-400 pump", "The warranty of the {} lasts", "five years");

  private static List<Long> all(ScopeDecision decision) {
    List<Long> ids = new ArrayList<>();
    if (decision.inScope()) {
      ids.add(decision.factId());
      ids.addAll(decision.further());
    }
    ids.sort(null);
    return ids;
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "Which has the higher flow rate, the ZX-400 or the ZX-500?",
      "What are the maximum flow rates of the ZX-400 pump and the ZX-500 pump?",
      "Compare the maximum flow rate of the ZX-500 with that of the ZX-400."})
  void aQuestionAboutTwoProductsBringsTheFactOfEach(String prompt) {
    detector.addAll(List.of(1L, 2L, 3L, 4L), List.of(FLOW,
        Fact.of("ZX-500 pump", "The maximum flow rate of the {} is", "45 litres per minute"),
        HEAVY, Fact.of("ZX-500 pump", "The price of the {} is", "120 euros")));
    ScopeDecision decision = detector.decide(prompt);
    assertEquals(List.of(1L, 2L), all(decision), decision.toString());
    ScopeDecision.Match other = decision.others().get(0);
    assertTrue(other.similarity() > 0 && other.margin() >= 0 && other.coverage() > 0.75);
    assertTrue(other.reason().contains("names \"ZX-"), other.reason());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "What is the weight and the price of the ZX-400 pump? | 2 3",
      "What are the weight, the price and the warranty of the ZX-400? | 2 3 4",
      "How heavy is the ZX-400 pump and what does it cost? | 2 3",
      "What is the weight of the ZX-400 pump? | 2"})
  void severalThingsAskedOfOneProductBringAFactEach(String prompt, String ids) {
    detector.addAll(List.of(1L, 2L, 3L, 4L), List.of(FLOW, HEAVY, PRICE, WARRANTY));
    List<Long> wanted = java.util.Arrays.stream(ids.strip().split(" ")).map(Long::valueOf).toList();
    assertEquals(wanted, all(detector.decide(prompt)), detector.decide(prompt).toString());
  }

  @Test
  void severalThingsAskedInJapaneseBringAFactEach() {
    detector.addAll(List.of(1L, 2L, 3L), List.of(WEIGHT,
        Fact.of("ZX-400", "{}の価格は", "90ユーロです"), Fact.of("ZX-400", "{}の色は", "青です")));
    assertEquals(List.of(1L, 2L), all(detector.decide("ZX-400の重量と価格を教えてください。")));
    assertEquals(3, all(detector.decide("ZX-400について教えてください。")).size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Tell me about the ZX-400 pump.", "What do you know about the ZX-400?",
      "Please describe the ZX-400 pump", "What are the specifications of the ZX-400 pump?"})
  void aQuestionForAllThatIsKnownBringsTheNewestFactsUpToTheBound(String prompt) {
    detector.addAll(List.of(1L, 2L, 3L), List.of(FLOW, HEAVY, PRICE));
    assertEquals(List.of(1L, 2L, 3L), all(detector.decide(prompt)));
    detector.addAll(List.of(4L, 5L), List.of(WARRANTY,
        Fact.of("ZX-400 pump", "The colour of the {} is", "blue")));
    assertEquals(List.of(2L, 3L, 4L, 5L), all(detector.decide(prompt)));
    assertEquals(ScopeDecision.MAX_FACTS - 1, detector.decide(prompt).others().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "What is the capital of the country where Ilse Marbeck was born?",
      "The capital of the country in which Ilse Marbeck was born is",
      "Ilse Marbeck was born in a country whose capital is"})
  void aQuestionInsideAQuestionBringsBothFactsInTheirOrder(String prompt) {
    detector.addAll(List.of(1L, 2L, 3L), List.of(BIRTH, CAPITAL, TONGUE));
    ScopeDecision decision = detector.decide(prompt);
    assertEquals(1, decision.factId(), decision.toString());
    assertEquals(List.of(2L), decision.further(), decision.toString());
    assertTrue(decision.others().get(0).reason().startsWith("fact 1 names \"Orvania\""));
  }

  @Test
  void aQuestionThatOnlyPassesTheFirstSubjectBringsNoSecondFact() {
    detector.addAll(List.of(1L, 2L), List.of(BIRTH, CAPITAL));
    assertEquals(List.of(1L), all(detector.decide("In which country was Ilse Marbeck born?")));
    assertEquals(List.of(2L), all(detector.decide("What is the capital of Orvania?")));
  }

  @Test
  void ofFactsThatContradictEachOtherTheNewestWins() {
    Fact newer = Fact.of("Ilse Marbeck", "{}'s mother tongue is", "Breton");
    detector.addAll(List.of(1L, 2L, 3L), List.of(TONGUE, newer, BIRTH));
    assertEquals(List.of(2L), all(detector.decide("The mother tongue of Ilse Marbeck is")));
    assertEquals(List.of(2L, 3L), all(detector.decide("Tell me about Ilse Marbeck")));
    detector.remove(2);
    assertEquals(List.of(1L), all(detector.decide("The mother tongue of Ilse Marbeck is")));
  }

  @Test
  void factsOfOpposedWordsDoNotContradictEachOther() {
    detector.addAll(List.of(1L, 2L), List.of(FLOW,
        Fact.of("ZX-400 pump", "The minimum flow rate of the {} is", "2 litres per minute")));
    assertEquals(1, detector.decide("What is the maximum flow rate of the ZX-400?").factId());
    assertEquals(2, detector.decide("What is the minimum flow rate of the ZX-400?").factId());
  }

  @Test
  void factsLearnedFromKeptVectorsDecideAsThoseThatWereEncoded() {
    List<Fact> facts = List.of(FLOW, WEIGHT, TONGUE, BIRTH);
    List<Long> ids = List.of(1L, 2L, 3L, 4L);
    detector.addAll(ids, facts);
    ScopeDetector other = new ScopeDetector(encoder);
    other.addAll(ids, facts, detector.encode(facts));
    for (String prompt : List.of("What is the maximum flow rate of the ZX-400?",
        "ZX-400の重量は？", "Ilse Marbeck is a native speaker of", "Ilse Marbeck's birthplace is")) {
      assertEquals(detector.decide(prompt), other.decide(prompt), prompt);
    }
    assertThrows(IllegalArgumentException.class,
        () -> other.addAll(List.of(9L), List.of(FLOW), List.of(new float[3])));
  }
}
