package io.larimar.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.bindings.Sampler;
import io.larimar.bindings.Vocabulary.Turn;
import io.larimar.codec.SoftPrefix;
import io.larimar.codec.TokenCodec.Role;
import io.larimar.decoder.Completion;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Pointer;
import io.larimar.ledger.Entry;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Receipt;
import io.larimar.ledger.StoreException;
import io.larimar.passages.Found;
import io.larimar.passages.Strategy;
import io.larimar.scope.ScopeDecision;
import io.larimar.text.PassageReader;
import io.larimar.text.TextFormat;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine from end to end on the real model and a real store. */
@Tag("model")
class LarimarTest {
  private static final Fact FLOW =
      Fact.of("ZX-400 pump", "The maximum flow rate of the {} is", "38 litres per minute");
  private static final Fact COLOUR =
      Fact.of("Nimbus L12 lamp", "The housing of the {} is painted", "moss green");

  @TempDir
  private static Path folder;

  private static Larimar larimar;

  @BeforeAll
  static void open() {
    larimar = TestModel.open(folder.resolve("shared"));
  }

  @AfterAll
  static void close() {
    if (larimar != null) {
      larimar.close();
    }
  }

  @AfterEach
  void forgetAll() {
    larimar.forgetAll();
  }

  @Test
  void aTaughtFactIsAnsweredInOtherWords() {
    Question question = Question.of(Prompt.raw("Running at full speed, the ZX-400 pump moves"))
        .withMaxTokens(12);
    assertFalse(larimar.ask(question).text().contains("38 l"));
    larimar.write(FLOW);
    Answer answer = larimar.ask(question);
    assertTrue(answer.recall().scope().inScope(), answer.recall().scope().reason());
    assertTrue(answer.text().contains("38 l"), answer.text());
  }

  @Test
  void aJapaneseQuestionIsAnsweredInJapanese() {
    larimar.write(Fact.of("電磁弁SV-15", "{}の口径は", "20ミリメートル"));
    Answer answer = larimar.ask(Question.of("電磁弁SV-15の口径は何ミリですか。").withMaxTokens(30));
    assertTrue(answer.text().contains("20ミリ"), answer.text());
  }

  @Test
  void theReadOutIsTheFactItself() {
    long id = larimar.write(FLOW).id();
    larimar.write(COLOUR);
    FactMemory.ReadOut readOut = larimar.memory().read(id);
    assertEquals(FLOW.text() + ".", larimar.decoder().vocabulary().detokenize(readOut.tokens()));
    String answer = larimar.decoder().vocabulary().detokenize(readOut.answer());
    assertTrue(answer.startsWith(" 38"), "what is said goes on behind a space: " + answer);
    assertEquals(answer.strip(), larimar.ask(Question.of(Prompt.raw(FLOW.prompt().orElseThrow()))
        .withMaxTokens(readOut.answer().length)).text().strip());
    assertTrue(readOut.margin() > 0, "margin " + readOut.margin());
    assertEquals(id, larimar.memory().matches("maximum flow rate of the ZX-400 pump", 1).getFirst()
        .id());
  }

  @Test
  void aQuestionFindsThePassageOfADocumentAndNoOther() {
    String text = """
        On 3 May 2031 the Orla Institute opened a branch in Kestwick. The weather was fine that week.

        On 9 June 2034 the Orla Institute opened a branch in Vargrad. Nobody came to the second party.
        """;
    read(text);
    Answer first =
        larimar.ask("In which town did the Orla Institute open a branch on 3 May 2031?");
    assertTrue(first.recall().scope().inScope(), first.recall().scope().reason());
    assertTrue(first.text().contains("Kestwick"), first.text());
    Answer second =
        larimar.ask("In which town did the Orla Institute open a branch on 9 June 2034?");
    assertTrue(second.text().contains("Vargrad"), second.text());
    assertFalse(larimar.read("What is the capital of Japan?").scope().inScope());
    byte[] whole = larimar.stateHash();
    DocumentReceipt again = read(text);
    assertEquals(4, again.kept());
    assertArrayEquals(whole, larimar.stateHash());
    larimar.forgetTag(again.tag());
    assertFalse(larimar.read("In which town did the Orla Institute open a branch on 3 May 2031?")
        .scope().inScope());
  }

  private static DocumentReceipt read(String text) {
    return read(larimar, text, DocumentOptions.of("news.txt"));
  }

  private static DocumentReceipt read(Larimar engine, String text, DocumentOptions options) {
    try (PassageReader reader = PassageReader.of(text, TextFormat.PLAIN)) {
      return engine.readDocument(reader, options, DocumentProgress.NONE);
    }
  }

  @Test
  void whatADocumentSaysTwiceCountsWhereItIsSaidLast() {
    String text = "Zorvex moved to the long kitchen in the house.\n\n"
        + "Zorvex moved to the long garden in the house.\n\n"
        + "Zorvex moved to the long kitchen in the house.\n";
    assertEquals(3, read(text).written());
    Found found = larimar.read("Where in the house did Zorvex move to?").passages().getFirst();
    assertTrue(found.text().contains("kitchen"), found.text());
    assertEquals(text.lastIndexOf("Zorvex"), found.span().offset());
    assertEquals(3, read(text).kept());
  }

  @Test
  void whatADocumentSaysOfAnotherNameIsNoAnswer() {
    read("The special magic number for the city of Lisbon is 9153522.\n\n"
        + "The pass key of the Orla gateway in Kestwick is 53867.\n");
    String question = "What is the special magic number for the city of %s?";
    assertTrue(larimar.read(question.formatted("Lisbon")).scope().inScope());
    assertFalse(larimar.read(question.formatted("Porto")).scope().inScope());
    assertTrue(larimar.read("What is the pass key of Orla?").scope().inScope());
  }

  @Test
  void aReplacedDocumentKeepsItsPlacesTrueAndNothingElse() {
    DocumentOptions options =
        DocumentOptions.of("news.txt").withReplace(true).withKeys(Excerpt.Keys.LEXICAL);
    String first = "The Orla gateway has sixteen ports in all.\n\n"
        + "The Corvo controller weighs three hundred grams.\n\n"
        + "The Nimbus lamp is painted moss green outside.\n";
    assertEquals(3, read(larimar, first, options).written());
    String second = first.substring(0, first.indexOf("The Nimbus"))
        + "The Tarn sensor needs a clean window each spring.\n";
    DocumentReceipt changed = read(larimar, second, options);
    assertEquals(1, changed.written());
    assertEquals(2, changed.kept());
    assertEquals(1, changed.forgotten());
    assertEquals(3, larimar.memory().passages());
    assertTrue(larimar.about("Nimbus lamp", 5).isEmpty());
    String moved = "A new line opens this text for all readers.\n\n" + second;
    assertEquals(0, read(larimar, moved, options).forgotten());
    assertEquals(4, larimar.memory().passages());
    Statement weight = larimar.about("Corvo controller", 5).getFirst();
    assertEquals(moved.indexOf("The Corvo"), weight.span().orElseThrow().offset());
    assertEquals(1, larimar.summary("Tarn sensor", 2).size());
    assertTrue(larimar.verify().faults().isEmpty());
  }

  @Test
  void aFullDiskKeepsWhatWasReadAndTheNextReadingGoesOn() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append("Valve number ").append(i).append(" closes at ").append(7 * i + 100)
          .append(" millibar.\n\n");
    }
    DocumentOptions options = DocumentOptions.of("valves.txt").withKeys(Excerpt.Keys.LEXICAL);
    LarimarOptions roomy = TestModel.options(folder.resolve("full"));
    LarimarOptions small =
        roomy.withLedger(roomy.ledger().withMaxBytes(LedgerOptions.MIN_BYTES));
    int kept;
    try (Larimar engine = Larimar.open(small, replayed -> { })) {
      StoreException full = assertThrows(StoreException.class,
          () -> read(engine, text.toString(), options));
      assertEquals(StoreException.Reason.DISK_FULL, full.reason());
      kept = engine.memory().passages();
    }
    try (Larimar engine = Larimar.open(roomy, replayed -> { })) {
      assertEquals(kept, engine.memory().passages());
      DocumentReceipt whole = read(engine, text.toString(), options);
      assertEquals(kept, whole.kept());
      assertEquals(20_000, whole.kept() + whole.written());
      Found found = engine.searchDocuments(
          "At what pressure does valve number 15321 close?", Strategy.PRUNED, 1).getFirst();
      assertTrue(found.text().contains("107347 millibar"), found.text());
    }
  }

  @Test
  void whatIsToldStandsBeforeWhatWasRead() {
    read("The maximum flow rate of the ZX-400 pump is 12 litres per minute in the old manual.");
    long told = larimar.write(FLOW).id();
    ScopeDecision scope =
        larimar.read("What is the maximum flow rate of the ZX-400 pump?").scope();
    assertEquals(told, scope.factId(), scope.reason());
  }

  @Test
  void outOfScopeMeansTheBaseModelsTokens() {
    larimar.writeAll(List.of(FLOW, COLOUR));
    Sampler.Settings drawn = new Sampler.Settings(0.8f, 40, 0.95f, 0.05f, 7);
    List<String> subjects = List.of("river Rhine", "city of Kyoto", "violin", "planet Mars",
        "ZX-620 pump", "Nimbus L99 lamp", "Eiffel Tower", "python language", "blue whale", "moon");
    List<String> forms = List.of("The %s is", "Tell me about the %s.", "What is the %s?",
        "In 1998 the %s", "The maximum flow rate of the %s is");
    int compared = 0;
    for (String subject : subjects) {
      for (String form : forms) {
        Question question = Question.of(String.format(form, subject))
            .withSampling(drawn).withMaxTokens(5);
        Answer with = larimar.ask(question);
        assertFalse(with.recall().scope().inScope(),
            question.prompt().lastTurn() + ": " + with.recall().scope().reason());
        assertArrayEquals(larimar.ask(question.withoutMemory()).completion().tokens(),
            with.completion().tokens(), question.prompt().lastTurn());
        compared++;
      }
    }
    assertEquals(50, compared);
  }

  @Test
  void theSameStorePromptAndSeedGiveTheSameTokens() {
    larimar.write(FLOW);
    Question question = Question.of("How much water can the ZX-400 pump move per minute?")
        .withSampling(new Sampler.Settings(1.0f, 0, 1, 0, 99)).withMaxTokens(10);
    Completion first = larimar.ask(question).completion();
    larimar.ask(Question.of(Prompt.raw("Something else")).withMaxTokens(3)).completion();
    assertArrayEquals(first.tokens(), larimar.ask(question).completion().tokens());
  }

  @Test
  void replayingTheLedgerGivesTheSameMemory() {
    Path store = folder.resolve("replayed");
    byte[] live;
    long colour;
    try (Larimar first = TestModel.open(store)) {
      first.writeAll(facts(40));
      colour = first.write(COLOUR).id();
      first.forget(List.of(3L, 5L));
      first.write(FLOW);
      live = first.stateHash();
    }
    try (Larimar second = TestModel.open(store)) {
      assertArrayEquals(live, second.stateHash());
      assertTrue(second.show(colour).isPresent());
      assertTrue(second.read("The housing of the Nimbus L12 lamp is painted").scope().inScope());
    }
  }

  @Test
  void forgetEqualsNeverWritten() {
    larimar.writeAll(facts(20));
    byte[] never = larimar.stateHash();
    long id = larimar.write(FLOW).id();
    assertFalse(Arrays.equals(never, larimar.stateHash()));
    ForgetReceipt receipt = larimar.forget(id);
    assertArrayEquals(never, receipt.stateAfter());
    assertEquals(id, receipt.tombstones().getFirst().id());
    assertTrue(receipt.tombstones().getFirst().erased());
    assertFalse(larimar.read("The maximum flow rate of the ZX-400 pump is").scope().inScope());
    assertTrue(larimar.show(id).isEmpty());
    assertTrue(larimar.forget(id).tombstones().getFirst().erased());
    assertTrue(larimar.forget(9_999).tombstones().isEmpty());
  }

  @Test
  void aHotFactAnswersAsAColdOneAndAForgottenOnesStateIsGone() {
    larimar.decoder().eraseCache();
    long id = larimar.write(FLOW).id();
    Question question = Question.of("What is the maximum flow rate of the ZX-400 pump?")
        .withMaxTokens(12);
    Completion cold = larimar.ask(question).completion();
    assertEquals(0, cold.keptPositions());
    Completion hot = larimar.ask(question).completion();
    assertEquals(hot.prefixPositions(), hot.keptPositions(), "the fact");
    assertArrayEquals(cold.tokens(), hot.tokens());
    Question instructed = Question.of(Prompt.chat(List.of(
        new Turn("system", "You answer questions about pumps, in one short sentence each."),
        new Turn("user", "What is the maximum flow rate of the ZX-400 pump?")))).withMaxTokens(12);
    Completion first = larimar.ask(instructed).completion();
    Completion second = larimar.ask(instructed).completion();
    assertTrue(second.keptPositions() > second.prefixPositions(), "the system prompt, too");
    assertArrayEquals(first.tokens(), second.tokens());
    assertTrue(larimar.decoder().prefixCacheUsed() > 0);
    larimar.forget(id);
    assertEquals(0, larimar.decoder().prefixCacheUsed());
  }

  @Test
  void theNextTurnOfAConversationGoesOnWhereTheLastOneEnded() {
    larimar.decoder().eraseCache();
    List<Turn> turns = new ArrayList<>(List.of(new Turn("user", "Name a colour.")));
    Completion first = larimar.ask(Question.of(Prompt.chat(turns)).withMaxTokens(6)).completion();
    turns.add(new Turn("assistant", first.text()));
    turns.add(new Turn("user", "Name another."));
    Question next = Question.of(Prompt.chat(turns)).withMaxTokens(6);
    Completion second = larimar.ask(next).completion();
    assertEquals(0, second.keptPositions(), "what a template begins with is too short to keep");
    int kept = larimar.ask(next).completion().keptPositions();
    assertTrue(kept > 0 && kept < second.promptTokens());
    turns.add(new Turn("assistant", second.text()));
    turns.add(new Turn("user", "And a third one."));
    assertEquals(kept, larimar.ask(Question.of(Prompt.chat(turns)).withMaxTokens(6)).completion()
        .keptPositions());
    larimar.decoder().eraseCache();
    assertArrayEquals(second.tokens(), larimar.ask(next).completion().tokens());
  }

  @Test
  void aRefusalStandsInThePlaceOfWhatWasForgotten() {
    larimar.write(COLOUR);
    long id = larimar.write(FLOW.withTags(List.of("plant"))).id();
    long statement = larimar.write(Fact.of("The Orla gateway has 16 ports.")).id();
    ForgetReceipt receipt = larimar.forgetAnsweringUnknown(List.of(id));
    assertTrue(larimar.show(id).isEmpty());
    Fact refusal = larimar.show(receipt.refusals().getFirst()).orElseThrow().fact();
    assertEquals("The maximum flow rate of the ZX-400 pump is unknown", refusal.text());
    assertEquals(List.of("plant", "refusal"), refusal.tags());
    String said = larimar.ask(
        Question.of(Prompt.raw("The maximum flow rate of the ZX-400 pump is")).withMaxTokens(6))
        .text();
    assertTrue(said.startsWith("unknown"), said);
    assertTrue(larimar.verify(larimar.prove(receipt)).holds());
    assertThrows(IllegalArgumentException.class,
        () -> larimar.forgetAnsweringUnknown(List.of(statement)));
    assertTrue(larimar.show(statement).isPresent(), "nothing is forgotten");
    assertTrue(larimar.forgetAnsweringUnknown(List.of(9_999L)).refusals().isEmpty());
  }

  @Test
  void aReceiptSpeaksOfTheMemoryAtItsSigning() {
    long id = larimar.write(FLOW).id();
    ForgetReceipt forgotten = larimar.forget(id);
    larimar.write(COLOUR);
    Receipt receipt = larimar.prove(forgotten);
    assertTrue(receipt.rebuiltEqual());
    assertTrue(larimar.verify(receipt).holds());
  }

  @Test
  void keptBlocksKeepTheirBytes() {
    larimar.writeAll(facts(120));
    List<Long> kept = larimar.ids();
    long id = larimar.write(FLOW).id();
    byte[] shared = larimar.memory().blockHash(id);
    Map<Long, byte[]> before = new HashMap<>();
    kept.forEach(k -> before.put(k, larimar.memory().blockHash(k)));
    larimar.forget(id);
    int same = 0;
    for (long k : kept) {
      boolean shares = Arrays.equals(before.get(k), shared);
      if (!shares) {
        assertArrayEquals(before.get(k), larimar.memory().blockHash(k));
        same++;
      }
    }
    assertTrue(same > 60, "facts in blocks of their own: " + same);
  }

  @Test
  void theNewestOfContradictingFactsWins() {
    long old = larimar.write(FLOW).id();
    Fact newer =
        Fact.of("ZX-400 pump", "The maximum flow rate of the {} is", "61 litres per minute");
    WriteReceipt receipt = larimar.write(newer);
    assertEquals(old, receipt.superseded().getAsLong());
    String said = larimar.ask(
        Question.of(Prompt.raw("The maximum flow rate of the ZX-400 pump is")).withMaxTokens(8))
        .text();
    assertTrue(said.contains("61"), said);
    assertEquals(1, larimar.memory().size());
    assertFalse(larimar.history(receipt.id()).isEmpty());
  }

  @Test
  void aWriteIsTakenBack() {
    byte[] before = larimar.stateHash();
    long id = larimar.write(FLOW).id();
    assertEquals(List.of(id), larimar.undo().orElseThrow().erased());
    assertArrayEquals(before, larimar.stateHash());
    assertFalse(larimar.read(FLOW.prompt().orElseThrow()).scope().inScope());
  }

  @Test
  void aLongFactIsKeptWhole() {
    String words = IntStream.range(0, 60).mapToObj(i -> "part " + i)
        .reduce((a, b) -> a + ", " + b).orElseThrow();
    Fact fact = Fact.of("The parts list of the Corvo C100 controller holds " + words + ".");
    long id = larimar.write(fact).id();
    assertEquals(fact.text(), larimar.decoder().vocabulary()
        .detokenize(larimar.memory().read(id).tokens()));
  }

  @Test
  void aTimeToLiveErases() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    Clock clock = new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now.get();
      }
    };
    LarimarOptions options = TestModel.options(folder.resolve("ttl"))
        .withLedger(LedgerOptions.defaults().withClock(clock));
    try (Larimar timed = Larimar.open(options, replayed -> { })) {
      long id = timed.write(FLOW.withTimeToLive(Duration.ofMinutes(5))).id();
      assertTrue(timed.read(FLOW.prompt().orElseThrow()).scope().inScope());
      now.set(now.get().plus(Duration.ofMinutes(6)));
      assertFalse(timed.read(FLOW.prompt().orElseThrow()).scope().inScope());
      assertTrue(timed.show(id).isEmpty());
      assertEquals(0, timed.memory().size());
    }
  }

  @Test
  void usersTextIsNeverReadAsControlTokens() {
    Conditioner conditioner = new Conditioner(larimar.decoder());
    Prompt prompt = Prompt.chat(List.of(new Turn("system", "Be brief."),
        new Turn("user", "Say <|im_end|> twice 世界")));
    int[] tokens = conditioner.tokens(prompt, SoftPrefix.NONE);
    long ends = IntStream.of(tokens).filter(larimar.decoder().vocabulary()::endsGeneration).count();
    assertEquals(2, ends, "one end for each turn, none from the user's own text");
  }

  @Test
  void thePointerIsStrongestWhereAQuestionHasEnded() {
    Conditioner conditioner = new Conditioner(larimar.decoder());
    float plain = Conditioner.POINTER_BIAS;
    assertEquals(plain, conditioner.bias("The Zorvex is made of"));
    assertEquals(plain, conditioner.bias("Is it so? The Zorvex is made of"));
    for (String question : List.of("What is the Zorvex made of?", "材質は？")) {
      assertEquals(plain + Conditioner.QUESTION_BIAS, conditioner.bias(question));
    }
    assertEquals(0, conditioner.bias("What is the Zorvex made of? "), "an answer has its space");
    Conditioner without =
        new Conditioner(larimar.decoder(), larimar.decoder().frame(), Contrast.NONE, 0);
    assertEquals(0, without.bias("What is the Zorvex made of?"));
    FactMemory.ReadOut read = new FactMemory.ReadOut(1, new int[] {1, 2}, new int[] {2}, 1);
    assertEquals(plain, conditioner.pointer("Made of", List.of(read)).bias());
    assertEquals(Pointer.NONE, conditioner.pointer("Made of?", List.of(read, read)));
  }

  @Test
  void manyThreadsMayAskAndTeach() throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(6)) {
      List<Future<String>> futures = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        int n = i;
        futures.add(pool.submit(() -> n % 3 == 0
            ? "" + larimar.write(facts(n + 1).get(n)).id()
            : larimar.ask(Question.of(Prompt.raw("Number " + n + " comes before"))
                .withMaxTokens(3)).text()));
      }
      for (Future<String> future : futures) {
        future.get();
      }
    }
    assertEquals(4, larimar.memory().size());
  }

  @Test
  void aStoreIsOpenedOnce() {
    StoreException e =
        assertThrows(StoreException.class, () -> TestModel.open(folder.resolve("shared")));
    assertEquals(StoreException.Reason.ALREADY_OPEN, e.reason());
  }

  @Test
  void badFactsAreRefusedAndNothingIsWritten() {
    assertThrows(IllegalArgumentException.class, () -> Fact.of("   "));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Fact.of("x".repeat(100_000)));
    assertTrue(e.getMessage().contains("100000"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> larimar.writeAll(List.of()));
    assertThrows(IllegalArgumentException.class, () -> Prompt.raw(" "));
    assertEquals(0, larimar.memory().size());
  }

  @Test
  void useAfterCloseThrows() {
    Larimar second = TestModel.open(folder.resolve("closed"));
    second.close();
    second.close();
    assertThrows(IllegalStateException.class, () -> second.write(FLOW));
  }

  private static List<Fact> facts(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Fact.of("Velmar V" + (100 + i) + " valve", "The nominal width of the {} is",
            (10 + i) + " millimetres"))
        .toList();
  }

  @Test
  void aQuestionForTwoFactsIsAnsweredFromBoth() {
    larimar.writeAll(List.of(FLOW,
        Fact.of("ZX-500 pump", "The maximum flow rate of the {} is", "45 litres per minute"), COLOUR));
    Answer answer = larimar.ask(Question.of(
        "What are the maximum flow rates of the ZX-400 pump and the ZX-500 pump?").withMaxTokens(60));
    assertEquals(2, answer.recall().readOuts().size(), answer.recall().scope().toString());
    List<String> read = answer.recall().readOuts().stream()
        .map(r -> larimar.decoder().vocabulary().detokenize(r.tokens())).sorted().toList();
    assertTrue(read.get(0).contains("38 litres") && read.get(1).contains("45 litres"),
        read.toString());
    assertTrue(answer.text().contains("38 l") || answer.text().contains("45 l"), answer.text());
  }

  @Test
  void aReopenedStoreDecidesAlikeWithoutEncodingItsFacts() {
    Path store = folder.resolve("kept");
    List<Fact> facts = List.of(FLOW, COLOUR, Fact.of("電磁弁SV-15", "{}の口径は", "20ミリメートル"));
    List<String> prompts = List.of("How much can the ZX-400 move a minute?",
        "What colour is the Nimbus L12 lamp?", "電磁弁SV-15の口径は何ミリですか。");
    List<FactMemory.Recall> before;
    try (Larimar first = TestModel.open(store)) {
      first.writeAll(facts);
      before = prompts.stream().map(first::read).toList();
    }
    try (Larimar second = TestModel.open(store)) {
      assertEquals(before.stream().map(FactMemory.Recall::scope).toList(),
          prompts.stream().map(p -> second.read(p).scope()).toList());
      for (Entry entry : second.list()) {
        assertEquals(3, entry.derived().size());
        assertTrue(entry.derived().get(2).length > 4 * 384, "no vector was kept");
      }
    }
  }

  @Test
  void aFactIsReplacedInMemoryTooAndFoundByItsKey() {
    long id = larimar.write(FLOW).id();
    long colour = larimar.write(COLOUR).id();
    Fact anew = Fact.of("ZX-400 pump", "The housing of the {} is made of", "cast bronze");
    WriteReceipt receipt = larimar.replace(id, anew).orElseThrow();
    assertEquals(id, receipt.superseded().orElseThrow());
    assertEquals(Optional.empty(), larimar.replace(id, FLOW));
    assertFalse(larimar.read(FLOW.prompt().orElseThrow()).scope().inScope());
    assertEquals(receipt.id(), larimar.read(anew.prompt().orElseThrow()).scope().factId());
    List<FactMemory.Match> found = larimar.search("the housing of the pump", 5);
    assertEquals(2, found.size());
    assertEquals(receipt.id(), found.getFirst().id());
    assertTrue(found.getFirst().similarity() > found.getLast().similarity());
    assertEquals(List.of(colour), larimar.list(0, 1).stream().map(Entry::id).toList());
    assertThrows(IllegalArgumentException.class, () -> larimar.search("x", 0));
    assertTrue(larimar.verify().holds());
  }

  @Test
  void aTextIsEmbeddedWithLengthOneAndItsTokensCounted() {
    List<Embedding> two = larimar.embed(List.of("a pump", "a pump with a longer name"));
    double square = 0;
    for (float value : two.getFirst().vector()) {
      square += value * value;
    }
    assertEquals(1, square, 1e-4);
    assertTrue(two.getFirst().tokens() < two.getLast().tokens());
  }

  @Test
  void aRelationOfAnotherEncodingIsNotUsed() {
    DerivedParts parts = new DerivedParts(new byte[32], 16);
    float[] vector = {1, 2, 3};
    List<byte[]> bytes = parts.write(new FactMemory.Told(new float[16], new int[0],
        new Role[0], Optional.of(vector)));
    assertArrayEquals(vector, parts.relation(bytes).orElseThrow());
    bytes.get(2)[0]++;
    assertTrue(parts.relation(bytes).isEmpty());
    assertTrue(parts.relation(bytes.subList(0, 2)).isEmpty());
  }
}
