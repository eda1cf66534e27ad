package io.larimar.decoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.bindings.Context;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Sampler;
import io.larimar.codec.SoftPrefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Generation and scoring on the real model. */
@Tag("model")
class DecoderTest {
  private static Decoder decoder;

  @BeforeAll
  static void open() {
    String natives = System.getenv("LARIMAR_NATIVES");
    String model = System.getenv("LARIMAR_MODEL");
    Assumptions.assumeTrue(natives != null && model != null && Files.isRegularFile(Path.of(model)),
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    decoder = Decoder.open(Path.of(natives), Path.of(model), Decoder.Options.defaults().withParallel(8));
  }

  @AfterAll
  static void close() {
    if (decoder != null) {
      decoder.close();
    }
  }

  private static int[] ids(String text) {
    return decoder.vocabulary().tokenize(text, decoder.vocabulary().addsBegin(), false);
  }

  private static SoftPrefix rowsOf(int[] tokens) {
    int width = decoder.embeddings().width();
    float[] rows = new float[tokens.length * width];
    try (var arena = java.lang.foreign.Arena.ofConfined()) {
      var row = arena.allocate(4L * width, 64);
      for (int t = 0; t < tokens.length; t++) {
        decoder.embeddings().row(tokens[t], row, 0);
        for (int i = 0; i < width; i++) {
          rows[t * width + i] =
              row.getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i) * decoder.inputScale();
        }
      }
    }
    return new SoftPrefix(rows, tokens.length, 2, true);
  }

  @Test
  void aModelKnowsACapital() {
    Completion completion =
        decoder.generate(GenerationRequest.plain(ids("The capital of France is"), 8)).completion();
    assertTrue(completion.text().contains("Paris"), completion.text());
    assertEquals(Completion.Finish.LENGTH, completion.finish());
    assertEquals(8, completion.tokens().length);
    assertEquals(List.of("CPU"), decoder.devices().stream().map(d -> d.name()).toList());
    assertTrue(completion.firstTokenNanos() > 0
        && completion.totalNanos() >= completion.firstTokenNanos());
  }

  @Test
  void piecesAddUpToTheText() {
    StringBuilder text = new StringBuilder();
    TokenStream stream = decoder.generate(GenerationRequest.plain(ids("日本の首都は"), 24));
    for (String piece : stream) {
      assertTrue(piece.indexOf('\uFFFD') < 0, piece);
      text.append(piece);
    }
    assertEquals(stream.completion().text(), text.toString());
  }

  @Test
  void aPrefixOfTokenRowsEqualsThePromptAsTokens() {
    int[] fact = ids("Question: What is the capital of Italy?\nAnswer:");
    int[] rest = decoder.vocabulary().tokenize(" The capital of Italy is", false, false);
    int[] whole = new int[fact.length + rest.length];
    System.arraycopy(fact, 0, whole, 0, fact.length);
    System.arraycopy(rest, 0, whole, fact.length, rest.length);
    Completion plain = decoder.generate(GenerationRequest.plain(whole, 10)).completion();
    Completion soft = decoder.generate(new GenerationRequest(rowsOf(fact), rest, new int[0],
        Contrast.NONE, Sampler.Settings.GREEDY, 10, List.of())).completion();
    assertEquals(plain.text(), soft.text());
    assertEquals(fact.length, soft.prefixPositions());
  }

  private static Completion behind(SoftPrefix prefix, int[] prompt, List<Integer> borders) {
    return behind(decoder, prefix, prompt, borders);
  }

  private static Completion behind(
      Decoder decoder, SoftPrefix prefix, int[] prompt, List<Integer> borders) {
    return decoder.generate(new GenerationRequest(prefix, prompt, new int[0], Contrast.NONE,
        Handover.NONE, Sampler.Settings.GREEDY, 12, List.of(), borders)).completion();
  }

  @Test
  void aHotPrefixGivesTheTokensOfAColdOneAndIsErased() {
    decoder.eraseCache();
    assertEquals(0, decoder.prefixCacheUsed());
    SoftPrefix prefix = rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:"));
    int[] prompt = decoder.vocabulary().tokenize(" The Zorvex is made of", false, false);
    Completion cold = behind(prefix, prompt, List.of());
    assertEquals(0, cold.keptPositions());
    assertTrue(decoder.prefixCacheUsed() > 0);
    Completion hot = behind(prefix, prompt, List.of());
    assertEquals(prefix.positions(), hot.keptPositions());
    assertArrayEquals(cold.tokens(), hot.tokens());
    int[] other = decoder.vocabulary().tokenize(" What is the Zorvex made of?", false, false);
    assertEquals(prefix.positions(), behind(prefix, other, List.of()).keptPositions());
    assertEquals(0, behind(rowsOf(ids("New fact: Another one.")), other, List.of())
        .keptPositions());
    decoder.eraseCache();
    assertEquals(0, decoder.prefixCacheUsed());
    assertEquals(0, behind(prefix, prompt, List.of()).keptPositions());
  }

  @Test
  void theBeginningOfAPromptIsKeptBorderByBorder() {
    decoder.eraseCache();
    int[] one = ids("You answer in one word. Question: what is the capital of France? Answer:");
    int[] two = one.clone();
    two[two.length - 1] = decoder.vocabulary().tokenize(" Say", false, false)[0];
    Completion cold = behind(SoftPrefix.NONE, one, List.of(6, 10));
    assertEquals(0, cold.keptPositions());
    Completion hot = behind(SoftPrefix.NONE, one, List.of(6, 10));
    assertEquals(10, hot.keptPositions());
    assertArrayEquals(cold.tokens(), hot.tokens());
    assertEquals(10, behind(SoftPrefix.NONE, two, List.of(6, 10)).keptPositions());
    assertEquals(6, behind(SoftPrefix.NONE, two, List.of(6, 11)).keptPositions());
    assertEquals(0, behind(SoftPrefix.NONE, two, List.of(7)).keptPositions());
    decoder.eraseCache();
    Completion again = behind(SoftPrefix.NONE, one, List.of(6, 10));
    assertEquals(0, again.keptPositions());
    assertArrayEquals(cold.tokens(), again.tokens());
    for (List<Integer> bad : List.of(List.of(0), List.of(5, 5), List.of(one.length))) {
      assertThrows(IllegalArgumentException.class, () -> behind(SoftPrefix.NONE, one, bad));
    }
  }

  @Test
  void aDeepFrameNeedsACacheInHalfPrecision() {
    Decoder.Options small = Decoder.Options.defaults().withTuning(new Context.Tuning(
        Context.CacheType.Q8_0, Context.FlashAttention.AUTO, false));
    try (Decoder quantised = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), small)) {
      assertTrue(quantised.generate(GenerationRequest.plain(ids("The capital of France is"), 4))
          .completion().text().contains("Paris"));
      Assumptions.assumeTrue(quantised.frame().prefix(List.of(ids("A fact."))).deep().isPresent(),
          "this model's frame is not deep");
      assertTrue(assertThrows(IllegalArgumentException.class, quantised::requireFrame)
          .getMessage().contains("F16"));
      GenerationRequest asked = new GenerationRequest(
          quantised.frame().prefix(List.of(ids("A fact."))), ids("It is"), new int[0],
          Contrast.NONE, Sampler.Settings.GREEDY, 2, List.of());
      assertThrows(IllegalArgumentException.class, () -> quantised.generate(asked));
    }
    assertThrows(IllegalArgumentException.class,
        () -> Decoder.Options.defaults().withPrefixCacheBytes(-1));
  }

  @Test
  void aGrammarLetsThroughWhatItSaysAndTheLikelihoodsAreTold() {
    GenerationRequest asked = GenerationRequest.plain(ids("The capital of France is"), 8)
        .of("acme", new Form("root ::= \" Lyon\" | \" Nantes\"", 2));
    TokenStream stream = decoder.generate(asked);
    Completion completion = stream.completion();
    assertTrue(List.of(" Lyon", " Nantes").contains(completion.text()), completion.text());
    assertEquals(Completion.Finish.END, completion.finish());
    List<Likelihood> told = stream.likelihoods();
    assertEquals(completion.tokens().length, told.size());
    assertEquals(completion.tokens()[0], told.getFirst().token());
    assertEquals(" Paris", decoder.vocabulary().detokenize(
        told.getFirst().likeliest().getFirst().token()), "before the grammar");
    assertTrue(told.getFirst().logProbability()
        < told.getFirst().likeliest().getFirst().logProbability());
    assertTrue(stream.likelihoods().isEmpty(), "each is told once");
    LlamaException wrong = assertThrows(LlamaException.class, () -> decoder.generate(
        asked.of("acme", new Form("root ::= (", Form.UNTOLD))).completion());
    assertEquals("llama_sampler_init_grammar", wrong.function());
    LlamaException nothing = assertThrows(LlamaException.class, () -> decoder.generate(
        asked.of("acme", new Form("root ::= [^\\x00-\\U0010FFFF]", Form.UNTOLD))).completion());
    assertEquals("llama_sampler_apply", nothing.function());
    assertTrue(decoder.generate(GenerationRequest.plain(ids("The capital of France is"), 4))
        .completion().text().contains("Paris"), "the next one runs");
    assertThrows(IllegalArgumentException.class, () -> new Form("", Form.MAX_LIKELIEST + 1));
    assertThrows(IllegalArgumentException.class,
        () -> new Form("x".repeat(Form.MAX_GRAMMAR + 1), 0));
  }

  @Test
  void stopTextsEndTheGenerationAndStayOut() {
    GenerationRequest request = new GenerationRequest(SoftPrefix.NONE,
        ids("Count: one, two, three, four,"), new int[0], Contrast.NONE, Sampler.Settings.GREEDY, 40,
        List.of("six", "seven"));
    Completion completion = decoder.generate(request).completion();
    assertEquals(Completion.Finish.STOP, completion.finish());
    assertTrue(completion.text().contains("five") && !completion.text().contains("six"),
        completion.text());
  }

  @Test
  void aClosedStreamIsCancelled() {
    TokenStream stream = decoder.generate(GenerationRequest.plain(ids("Once upon a time"), 2_000));
    stream.iterator().next();
    stream.close();
    Completion completion = stream.completion();
    assertEquals(Completion.Finish.CANCELLED, completion.finish());
    assertTrue(completion.tokens().length < 2_000);
  }

  /** A decoder for one request at a time and three that wait, which are then blocked by a long one. */
  private static Decoder narrow() {
    return Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")),
        Decoder.Options.defaults().withThreads(1).withQueue(3));
  }

  @Test
  void aRunningRequestEndsAtItsDeadlineAndKeepsWhatItSaid() {
    GenerationRequest request = GenerationRequest.plain(ids("Once upon a time"), 3_000);
    TokenStream stream = decoder.generate(request.withDeadline(Duration.ofMillis(400)));
    StringBuilder text = new StringBuilder();
    stream.forEach(text::append);
    Completion completion = stream.completion();
    assertEquals(Completion.Finish.DEADLINE, completion.finish());
    assertTrue(completion.tokens().length < 3_000);
    assertEquals(text.toString(), completion.text());
    assertTrue(completion.totalNanos() >= 400_000_000L);
    assertArrayEquals(completion.tokens(), Arrays.copyOf(decoder.generate(
        GenerationRequest.plain(ids("Once upon a time"), Math.max(1, completion.tokens().length)))
        .completion().tokens(), completion.tokens().length));
  }

  @Test
  void aDeadlineEndsAPromptInTheMiddle() {
    int[] prompt = new int[3_000];
    Arrays.fill(prompt, decoder.vocabulary().tokenize(" and", false, false)[0]);
    GenerationRequest request = new GenerationRequest(SoftPrefix.NONE, prompt, new int[0],
        Contrast.NONE, Handover.NONE, Sampler.Settings.GREEDY, 5, List.of(), List.of(2_990));
    Completion late = decoder.generate(request.withDeadline(Duration.ofMillis(100))).completion();
    assertEquals(Completion.Finish.DEADLINE, late.finish());
    assertEquals(0, late.tokens().length);
    assertEquals(0, late.firstTokenNanos());
    assertTrue(decoder.generate(GenerationRequest.plain(ids("The capital of France is"), 8))
        .completion().text().contains("Paris"));
  }

  @Test
  void whatWaitsKeepsItsPlaceAndIsBounded() {
    try (Decoder one = narrow()) {
      TokenStream running = one.generate(GenerationRequest.plain(ids("Once upon a time"), 3_000));
      running.iterator().next();
      // One job is taken before there is room for it; three wait behind it.
      List<TokenStream> waiting = new ArrayList<>();
      waiting.add(one.generate(GenerationRequest.plain(ids("It is"), 2)));
      while (one.waiting() > 0) {
        Thread.onSpinWait();
      }
      TokenStream late = one.generate(
          GenerationRequest.plain(ids("It is"), 2).withDeadline(Duration.ofMillis(60)));
      TokenStream left = one.generate(GenerationRequest.plain(ids("It is"), 2));
      waiting.add(one.generate(GenerationRequest.plain(ids("It is"), 2)));
      assertTrue(assertThrows(IllegalStateException.class,
          () -> one.generate(GenerationRequest.plain(ids("It is"), 2))).getMessage().contains("3"));
      left.close();
      assertEquals(Completion.Finish.DEADLINE, late.completion().finish());
      assertEquals(Completion.Finish.CANCELLED, left.completion().finish());
      assertEquals(0, late.completion().tokens().length + left.completion().tokens().length);
      while (one.waiting() > 1) {
        Thread.onSpinWait();
      }
      waiting.add(one.generate(GenerationRequest.plain(ids("It is"), 2))); // their places are free
      running.close();
      for (TokenStream stream : waiting) {
        assertEquals(Completion.Finish.LENGTH, stream.completion().finish());
      }
      assertEquals(Completion.Finish.CANCELLED, running.completion().finish());
    }
  }

  @Test
  void guessesChangeNoTokenOfATextThatRepeatsOrOfOneThatDoesNot() {
    String list = "pump 38 litres\nlamp 24 volts\ngateway 16 ports\nvalve 12 bar\n";
    List<GenerationRequest> requests = List.of(
        GenerationRequest.plain(ids(list + list + "pump"), 40),
        GenerationRequest.plain(ids("Once upon a time"), 40),
        new GenerationRequest(SoftPrefix.NONE, ids(list + "pump 38 litres\nlamp"), new int[0],
            Contrast.NONE, Sampler.Settings.GREEDY, 40, List.of("gateway 16")),
        GenerationRequest.plain(ids(list + list), 1));
    Decoder.Options alone = Decoder.Options.defaults().withThreads(1);
    List<Completion> plain;
    try (Decoder without = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), alone)) {
      plain = requests.stream().map(request -> without.generate(request).completion()).toList();
    }
    try (Decoder with = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), alone.withSpeculate(4).withParallel(4))) {
      List<Completion> together = with.generateAll(requests);
      for (int i = 0; i < requests.size(); i++) {
        Completion guessed = with.generate(requests.get(i)).completion();
        assertArrayEquals(plain.get(i).tokens(), guessed.tokens(), "request " + i);
        assertEquals(plain.get(i).text(), guessed.text());
        assertEquals(plain.get(i).finish(), guessed.finish());
      }
      // In company the last bits, and with them a token, may differ; limits and stops hold.
      assertEquals(1, together.get(3).tokens().length);
      assertEquals(Completion.Finish.STOP, together.get(2).finish());
    }
    assertThrows(IllegalArgumentException.class, () -> alone.withSpeculate(17));
  }

  @Test
  void deadlinesOutOfRangeAreRefused() {
    GenerationRequest request = GenerationRequest.plain(ids("It is"), 2);
    for (Duration bad : List.of(Duration.ofMillis(-1), Duration.ofDays(2))) {
      assertThrows(IllegalArgumentException.class, () -> request.withDeadline(bad));
    }
    assertEquals(Completion.Finish.DEADLINE,
        decoder.generate(request.withDeadline(Duration.ZERO)).completion().finish());
  }

  @Test
  void theSameSeedGivesTheSameText() {
    GenerationRequest request = new GenerationRequest(SoftPrefix.NONE, ids("My favourite"),
        new int[0], Contrast.NONE, new Sampler.Settings(0.9f, 50, 0.95f, 0.02f, 7), 20, List.of());
    Completion first = decoder.generate(request).completion();
    assertArrayEquals(first.tokens(), decoder.generate(request).completion().tokens());
  }

  @Test
  void manyAtOnceAllEnd() {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      requests.add(GenerationRequest.plain(ids("Number " + i + " is followed by"), 6));
    }
    List<Completion> completions = decoder.generateAll(requests);
    assertEquals(20, completions.size());
    completions.forEach(c -> assertTrue(c.tokens().length > 0));
  }

  @Test
  void aContrastFavoursWhatThePrefixBrings() {
    SoftPrefix prefix = rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:"));
    int[] prompt = decoder.vocabulary().tokenize(" The Zorvex is made of", false, false);
    List<int[]> answers = List.of(decoder.vocabulary().tokenize(" copper", false, false),
        decoder.vocabulary().tokenize(" stainless steel", false, false));
    ScoreRequest.Item item = new ScoreRequest.Item(prompt, prompt, answers);
    double plain = decoder.score(
        new ScoreRequest(prefix, Contrast.NONE, List.of(item))).getFirst().getFirst().nll();
    double contrasted = decoder.score(new ScoreRequest(prefix, new Contrast(1, 0.01f, 8),
        List.of(item))).getFirst().getFirst().nll();
    assertTrue(contrasted < plain, contrasted + " < " + plain);
    Completion completion = decoder.generate(new GenerationRequest(prefix, prompt, prompt,
        Contrast.TEXT_FRAME, Sampler.Settings.GREEDY, 4, List.of())).completion();
    assertTrue(completion.text().contains("copper"), completion.text());
  }

  /** Scores and generated tokens come from the same raised logits. */
  @Test
  void aPointerRaisesItsAnswerTokenByTokenAndNoOther() {
    int[] prompt = ids("The Zorvex is made of");
    int[] brass = decoder.vocabulary().tokenize(" polished brass plates", false, false);
    int[] oak = decoder.vocabulary().tokenize(" polished oak", false, false);
    ScoreRequest.Item item = new ScoreRequest.Item(prompt, new int[0], List.of(brass, oak));
    GenerationRequest request = GenerationRequest.plain(prompt, brass.length);
    List<Double> before = decoder.score(new ScoreRequest(SoftPrefix.NONE, Contrast.NONE,
        List.of(item))).getFirst().stream().map(ScoreRequest.Score::nll).toList();
    assertFalse(decoder.generate(request).completion().text().contains("brass"));
    Pointer strong = new Pointer(brass, 20);
    List<ScoreRequest.Score> after = decoder.score(new ScoreRequest(SoftPrefix.NONE,
        Contrast.NONE, strong, List.of(item))).getFirst();
    assertTrue(after.get(0).nll() < 0.1 && after.get(0).nll() < before.get(0), "" + after);
    assertEquals(1, after.get(0).argmaxShare());
    assertTrue(after.get(1).nll() > before.get(1), "its second token is the rival's: " + after);
    assertArrayEquals(brass,
        decoder.generate(request.pointing(strong)).completion().tokens());
    Completion longer = decoder.generate(GenerationRequest.plain(prompt, brass.length + 6)
        .pointing(strong)).completion();
    assertEquals(longer.text().indexOf("brass"), longer.text().lastIndexOf("brass"),
        "said once, then the model goes on: " + longer.text());
    assertEquals(before, decoder.score(new ScoreRequest(SoftPrefix.NONE, Contrast.NONE,
        List.of(item))).getFirst().stream().map(ScoreRequest.Score::nll).toList());
  }

  /** Without the rule the model would make "copper" of "cop", with a contrast and without. */
  @Test
  void whatFollowsAnAnswerIsNoPartOfItsLastWord() {
    SoftPrefix prefix = rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:"));
    int[] prompt = decoder.vocabulary().tokenize(" The Zorvex is made of", false, false);
    int[] cop = decoder.vocabulary().tokenize(" cop", false, false);
    for (Contrast contrast : List.of(Contrast.NONE, Contrast.TEXT_FRAME)) {
      GenerationRequest request = new GenerationRequest(prefix, prompt, prompt, contrast,
          Sampler.Settings.GREEDY, cop.length + 2, List.of());
      assertTrue(decoder.generate(request).completion().text().startsWith(" copper"));
      String text = decoder.generate(request.pointing(new Pointer(cop, 20))).completion().text();
      assertTrue(text.matches("(?s) cop(?![a-z0-9]).*"), contrast + text);
    }
  }

  @Test
  void afterAHandoverTheTextIsTheBaseModelsOwn() {
    SoftPrefix prefix = rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:"));
    int[] prompt = decoder.vocabulary().tokenize(" The Zorvex is made of", false, false);
    int[] bare = ids("The Zorvex is made of");
    for (Contrast contrast : List.of(Contrast.NONE, Contrast.TEXT_FRAME)) {
      Completion whole = decoder.generate(new GenerationRequest(prefix, prompt, bare, contrast,
          new Handover(List.of(" Copper"), 10), Sampler.Settings.GREEDY, 20, List.of(),
          List.of())).completion();
      int said = 1;
      while (!decoder.vocabulary().detokenize(Arrays.copyOf(whole.tokens(), said))
          .contains("copper")) {
        said++;
      }
      int[] before = Arrays.copyOf(bare, bare.length + said);
      System.arraycopy(whole.tokens(), 0, before, bare.length, said);
      Completion rest =
          decoder.generate(GenerationRequest.plain(before, 20 - said)).completion();
      assertArrayEquals(rest.tokens(),
          Arrays.copyOfRange(whole.tokens(), said, whole.tokens().length));
    }
  }

  @Test
  void aPrefixThatSaysNothingOfItsAnswerIsLeftInTime() {
    SoftPrefix prefix = rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:"));
    int[] bare = ids("The capital of France is");
    Completion whole = decoder.generate(new GenerationRequest(prefix, bare, bare, Contrast.NONE,
        new Handover(List.of("nothing of the kind"), 3), Sampler.Settings.GREEDY, 9, List.of(),
        List.of())).completion();
    int[] before = Arrays.copyOf(bare, bare.length + 3);
    System.arraycopy(whole.tokens(), 0, before, bare.length, 3);
    assertArrayEquals(
        decoder.generate(GenerationRequest.plain(before, 6)).completion().tokens(),
        Arrays.copyOfRange(whole.tokens(), 3, 9));
  }

  @Test
  void aHandoverWithoutABarePromptIsRefused() {
    SoftPrefix prefix = rowsOf(ids("New fact:"));
    Handover handover = new Handover(List.of("copper"), 10);
    assertThrows(IllegalArgumentException.class, () -> new GenerationRequest(prefix, ids("It is"),
        new int[0], Contrast.NONE, handover, Sampler.Settings.GREEDY, 9, List.of(), List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Handover(List.of(" "), 10));
    assertThrows(IllegalArgumentException.class, () -> new Handover(List.of("copper"), 0));
  }

  @Test
  void scoresAreThoseOfAnswersDecodedAlone() {
    int[] prompt = ids("The capital of Japan is");
    int[] tokyo = decoder.vocabulary().tokenize(" Tokyo, of course", false, false);
    int[] kyoto = decoder.vocabulary().tokenize(" Kyoto", false, false);
    List<ScoreRequest.Item> items = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      items.add(new ScoreRequest.Item(prompt, prompt, List.of(tokyo, kyoto)));
    }
    List<List<ScoreRequest.Score>> many =
        decoder.score(new ScoreRequest(SoftPrefix.NONE, Contrast.NONE, items));
    List<List<ScoreRequest.Score>> one = decoder.score(
        new ScoreRequest(SoftPrefix.NONE, Contrast.NONE, items.subList(0, 1)));
    assertEquals(30, many.size());
    for (List<ScoreRequest.Score> scores : many) {
      assertEquals(one.getFirst().get(0).nll(), scores.get(0).nll(), 0.05);
      assertEquals(one.getFirst().get(1).nll(), scores.get(1).nll(), 0.05);
    }
    assertTrue(one.getFirst().get(0).nll() < one.getFirst().get(1).nll() + 3);
  }

  @Test
  void theContextsLengthChangesNoBitOfALikelihood() {
    ScoreRequest request = new ScoreRequest(
        rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:")), Contrast.NONE,
        List.of(new ScoreRequest.Item(ids("The Zorvex is made of"), new int[0],
            List.of(ids(" copper and nothing else"), ids(" iron")))));
    List<List<ScoreRequest.Score>> scores = decoder.score(request);
    try (Decoder brief = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")),
        Decoder.Options.defaults().withParallel(8).withContextLength(1_024))) {
      assertEquals(scores, brief.score(request));
    }
  }

  @Test
  void tooLongARequestIsRefusedWithItsSizes() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> decoder.generate(GenerationRequest.plain(new int[5_000], 10)));
    assertTrue(e.getMessage().contains("5010"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> GenerationRequest.plain(new int[0], 1));
    assertThrows(IllegalArgumentException.class,
        () -> decoder.generate(GenerationRequest.plain(new int[] {-3}, 4)).completion());
    assertTrue(decoder.generate(GenerationRequest.plain(ids("Still alive"), 2))
        .completion().tokens().length > 0);
  }

  @Test
  void aLongPromptGoesInPieces() {
    int[] word = decoder.vocabulary().tokenize(" and", false, false);
    int[] prompt = new int[1_300];
    Arrays.fill(prompt, word[0]);
    Completion completion = decoder.generate(GenerationRequest.plain(prompt, 3)).completion();
    assertEquals(1_300, completion.promptTokens());
  }

  @Test
  void aContextThatGrowsKeepsItsBeginningsAndGivesTheSameTokens() {
    SoftPrefix prefix = rowsOf(ids("New fact: The Zorvex is made of copper.\nPrompt:"));
    int[] brief = decoder.vocabulary().tokenize(" The Zorvex is made of", false, false);
    int[] lengthy = new int[1_300];
    for (int i = 0; i < lengthy.length; i++) {
      lengthy[i] = brief[i % brief.length];
    }
    decoder.eraseCache();
    try (Decoder grows = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), Decoder.Options.defaults())) {
      for (int[] prompt : List.of(brief, lengthy, brief)) {
        Completion whole = behind(decoder, prefix, prompt, List.of());
        Completion grown = behind(grows, prefix, prompt, List.of());
        assertArrayEquals(whole.tokens(), grown.tokens());
        assertEquals(whole.keptPositions(), grown.keptPositions());
      }
      assertTrue(grows.prefixCacheUsed() > 0);
      grows.eraseCache();
      assertEquals(0, behind(grows, prefix, brief, List.of()).keptPositions());
    }
  }

  @Test
  void useAfterCloseThrows() {
    Decoder second = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), Decoder.Options.defaults().withThreads(1));
    second.close();
    second.close();
    assertThrows(IllegalStateException.class,
        () -> second.generate(GenerationRequest.plain(new int[] {1}, 1)));
  }
}
