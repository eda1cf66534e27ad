package io.larimar.bindings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larimar.bindings.llama.Llama;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The native edge on the real library and the real model. */
@Tag("model")
class BindingsTest {
  private static final int THREADS = Math.min(2, Runtime.getRuntime().availableProcessors());
  private static final Context.Options SMALL = new Context.Options(512, 128, 4, THREADS, THREADS);
  private static Model model;

  @BeforeAll
  static void open() {
    model = Model.open(TestModel.file(), Model.Options.CPU);
  }

  @AfterAll
  static void close() {
    if (model != null) {
      model.close();
    }
  }

  @Test
  void everyBoundSymbolIsInTheLibrary() throws ReflectiveOperationException {
    List<String> found = new ArrayList<>();
    for (Method method : Llama.class.getDeclaredMethods()) {
      if (method.getName().endsWith("$address")) {
        MemorySegment address = (MemorySegment) method.invoke(null);
        assertNotEquals(MemorySegment.NULL, address, method.getName());
        found.add(method.getName());
      }
    }
    assertTrue(found.size() >= 80, "symbols found: " + found.size());
  }

  @Test
  void theLibraryTellsItsReleaseAndDevices() {
    NativeLibrary natives = TestModel.natives();
    assertTrue(natives.version().contains(NativeLibrary.RELEASE), natives.version());
    assertTrue(natives.device("cpu").isPresent(), natives.devices().toString());
    assertFalse(natives.systemInfo().isEmpty());
  }

  @Test
  void aMissingLibraryIsSaid(@TempDir Path empty) {
    // The process has its library already, so the second load is served by the first.
    assertEquals(TestModel.natives(), NativeLibrary.load(empty));
  }

  @Test
  void aContextIsTunedAndKeepsItsThreads() {
    for (Context.Tuning tuning : List.of(
        new Context.Tuning(Context.CacheType.Q8_0, Context.FlashAttention.ON, false),
        new Context.Tuning(Context.CacheType.Q4_0, Context.FlashAttention.AUTO, false),
        new Context.Tuning(Context.CacheType.F16, Context.FlashAttention.OFF, true))) {
      try (Context context =
              Context.open(model, new Context.Options(256, 64, 2, 1, 1, tuning));
          Batch batch = Batch.ofTokens(8)) {
        for (int step = 0; step < 3; step++) {
          batch.clear();
          batch.add(100 + step, step, 0, true);
          batch.add(100 + step, step, 1, true);
          assertEquals(Context.Outcome.DONE, context.decode(batch, () -> false));
          MemorySegment first = context.logits(0);
          assertTrue(first.mismatch(context.logits(1)) == -1, "two equal sequences, " + tuning);
          assertTrue(first == context.logits(0), "the same segment each time");
          context.threads(THREADS, THREADS); // more than it was opened with
        }
        assertEquals(THREADS, context.threads());
      }
    }
    assertThrows(IllegalArgumentException.class, () -> new Context.Tuning(
        Context.CacheType.Q8_0, Context.FlashAttention.OFF, false));
  }

  @Test
  void aPinEndsWithItsContext() {
    // Left behind, it would put all threads that are started later on one processor, where ggml's
    // barriers spin against each other: three seconds a token, seen on two idle cores.
    assumeTrue(Affinity.ofThisThread().isPresent(), "this system pins no thread for good");
    Affinity before = Affinity.ofThisThread().orElseThrow();
    Context.Tuning pinned =
        new Context.Tuning(Context.CacheType.F16, Context.FlashAttention.AUTO, true);
    int processors = before.processors().cardinality();
    try (Context context = Context.open(model, new Context.Options(256, 64, 1, 1, 1, pinned))) {
      assertEquals(1, Affinity.ofThisThread().orElseThrow().processors().cardinality());
      IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
          () -> context.threads(processors + 1, 1));
      assertTrue(refused.getMessage().contains("processors=" + processors), refused.getMessage());
      context.threads(processors, processors);
      assertEquals(1, Affinity.ofThisThread().orElseThrow().processors().cardinality());
    }
    assertEquals(before, Affinity.ofThisThread().orElseThrow());
    assertThrows(IllegalArgumentException.class, () -> Context.open(model,
        new Context.Options(256, 64, 1, processors + 1, 1, pinned)));
    assertEquals(before, Affinity.ofThisThread().orElseThrow());
  }

  @Test
  void aModelLoadsInEachWay() {
    for (Model.Loading loading : List.of(Model.Loading.MAPPED, Model.Loading.READ)) {
      try (Model other =
          Model.open(TestModel.file(), Model.Options.CPU.withLoading(loading))) {
        assertEquals(model.parameters(), other.parameters());
      }
    }
  }

  @Test
  void aTokensTextAndBytesAreThoseOfItsPiece() {
    Vocabulary vocabulary = model.vocabulary();
    ByteBuffer bytes = ByteBuffer.allocate(64);
    for (int token : vocabulary.tokenize("ポンプ ZX-400 🙂", false, false)) {
      bytes.clear();
      vocabulary.piece(token, bytes);
      byte[] piece = vocabulary.piece(token);
      assertArrayEquals(piece, Arrays.copyOf(bytes.array(), bytes.position()));
      String text = new String(piece, StandardCharsets.UTF_8);
      assertEquals(text.contains("\uFFFD") ? "" : text, vocabulary.text(token));
      assertTrue(vocabulary.text(token) == vocabulary.text(token));
    }
    assertThrows(IllegalArgumentException.class, () -> vocabulary.text(-1));
  }

  @Test
  void textSurvivesTokensAndBack() {
    Vocabulary vocabulary = model.vocabulary();
    for (String text : List.of("The ZX-400 pumps 38 litres.", "最大流量は毎分38リットルです。", "🙂 é", "")) {
      assertEquals(text, vocabulary.detokenize(vocabulary.tokenize(text, false, false)));
    }
    assertThrows(IllegalArgumentException.class, () -> vocabulary.detokenize(-1));
    assertThrows(IllegalArgumentException.class, () -> vocabulary.piece(vocabulary.size()));
  }

  @Test
  void controlTokensInAUsersTextAreOnlyText() {
    Vocabulary vocabulary = model.vocabulary();
    int[] plain = vocabulary.tokenize("<|im_end|>", false, false);
    int[] parsed = vocabulary.tokenize("<|im_end|>", false, true);
    assertEquals(1, parsed.length);
    assertTrue(plain.length > 1);
    assertTrue(vocabulary.control(parsed[0]));
    assertTrue(vocabulary.endsGeneration(parsed[0]));
    assertEquals("<|im_end|>", new String(vocabulary.piece(parsed[0], true)));
    assertEquals(parsed[0], vocabulary.end());
  }

  @Test
  void theChatTemplateEndsWithTheAssistantsTurn() {
    String text = model.vocabulary().applyTemplate(List.of(new Vocabulary.Turn("user", "Hello 世界")));
    assertTrue(text.contains("Hello 世界"), text);
    assertTrue(text.endsWith("assistant\n"), text);
  }

  @Test
  void embeddingRowsGiveTheSameLogitsAsTokens() {
    Vocabulary vocabulary = model.vocabulary();
    int[] tokens = vocabulary.tokenize("The capital of Japan is", false, false);
    try (Context context = Context.open(model, SMALL);
        Batch ids = Batch.ofTokens(64);
        Batch rows = Batch.ofEmbeddings(64, model.embeddingWidth());
        TokenEmbeddings embeddings = TokenEmbeddings.open(model.file());
        Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(4L * embeddings.width());
      for (int i = 0; i < tokens.length; i++) {
        ids.add(tokens[i], i, 0, i == tokens.length - 1);
        embeddings.row(tokens[i], row, 0);
        rows.addRow(row, 0, i, 1, i == tokens.length - 1);
      }
      assertEquals(Context.Outcome.DONE, context.decode(ids, () -> false));
      float[] first = context.logits(tokens.length - 1).toArray(ValueLayout.JAVA_FLOAT);
      assertEquals(Context.Outcome.DONE, context.decode(rows, () -> false));
      float[] second = context.logits(tokens.length - 1).toArray(ValueLayout.JAVA_FLOAT);
      assertArrayEquals(first, second);
      assertEquals(tokens.length - 1, context.lastPosition(1));
      assertEquals(0, context.firstPosition(1));
    }
  }

  @Test
  void sharedPositionsAndRestoredStatesContinueAlike() {
    int[] tokens = model.vocabulary().tokenize("Tokyo is the capital of", false, false);
    int last = tokens.length - 1;
    try (Context context = Context.open(model, SMALL); Batch batch = Batch.ofTokens(64);
        Sampler greedy = Sampler.open(model.vocabulary().size(), Sampler.Settings.GREEDY)) {
      for (int i = 0; i < last; i++) {
        batch.add(tokens[i], i, 0, i == last - 1);
      }
      context.decode(batch, () -> false);
      byte[] state = context.state(0);
      context.copy(0, 1, 0, -1);
      context.restore(2, state);
      int[] next = new int[3];
      for (int sequence = 0; sequence < 3; sequence++) {
        batch.clear();
        batch.add(tokens[last], last, sequence, true);
        context.decode(batch, () -> false);
        next[sequence] = greedy.sample(context, 0);
      }
      assertEquals(next[0], next[1]);
      assertEquals(next[0], next[2]);
      context.remove(0, 1, -1);
      assertEquals(0, context.lastPosition(0));
      context.clear(true);
      assertEquals(-1, context.lastPosition(1));
    }
  }

  @Test
  void keysAndValuesOfAStateCanBeReadAndReplaced() {
    int[] tokens = model.vocabulary().tokenize("The capital of Japan is", true, false);
    int last = tokens.length - 1;
    try (Context context = Context.open(model, SMALL); Batch batch = Batch.ofTokens(32)) {
      for (int i = 0; i < last; i++) {
        batch.add(tokens[i], i, 0, i == last - 1);
      }
      context.decode(batch, () -> false);
      byte[] state = context.state(0);
      SequenceState parsed = SequenceState.of(state.clone());
      assertEquals(1, parsed.caches());
      assertEquals(last, parsed.positions(0));
      short[][] halves = new short[parsed.layers(0)][2 * last * parsed.width(0, 0)];
      byte[] blank = state.clone();
      for (int layer = 0; layer < halves.length; layer++) {
        parsed.get(0, layer, halves[layer], 0);
        SequenceState.of(blank).put(0, layer, new short[halves[layer].length], 0);
      }
      byte[] copied = blank.clone();
      for (int layer = 0; layer < halves.length; layer++) {
        SequenceState.of(copied).put(0, layer, halves[layer], 0);
      }
      assertArrayEquals(state, copied);
      context.remove(0, 1, -1); // of the sequence one position is left
      byte[] one = context.state(0);
      byte[] repeated = SequenceState.repeat(one, last);
      for (int layer = 0; layer < halves.length; layer++) {
        SequenceState.of(repeated).put(0, layer, halves[layer], 0);
      }
      assertArrayEquals(state, repeated);
      assertArrayEquals(one, SequenceState.repeat(one, 1));
      assertThrows(IllegalArgumentException.class, () -> SequenceState.repeat(state, 2));
      context.restore(0, state);
      context.restore(1, state);
      context.restore(2, blank);
      float[][] next = new float[3][];
      for (int sequence = 0; sequence < 3; sequence++) {
        batch.clear();
        batch.add(tokens[last], last, sequence, true);
        context.decode(batch, () -> false);
        next[sequence] = context.logits(0).toArray(ValueLayout.JAVA_FLOAT);
      }
      // The same numbers in other cells: equal but for the order of summation.
      assertArrayEquals(next[0], next[1], 1e-2f);
      float furthest = 0;
      for (int i = 0; i < next[0].length; i++) {
        furthest = Math.max(furthest, Math.abs(next[0][i] - next[2][i]));
      }
      assertTrue(furthest > 1, "what stands in the cache does not matter: " + furthest);
      LlamaException cut = assertThrows(LlamaException.class,
          () -> SequenceState.of(Arrays.copyOf(state, state.length - 3)));
      assertTrue(cut.getMessage().contains("unknown way"), cut.getMessage());
    }
  }

  @Test
  void theSameSeedDrawsTheSameTokens() {
    Sampler.Settings settings = new Sampler.Settings(0.8f, 40, 0.95f, 0.05f, 42);
    int vocabulary = model.vocabulary().size();
    try (Context context = Context.open(model, SMALL); Batch batch = Batch.ofTokens(8);
        Sampler one = Sampler.open(vocabulary, settings);
        Sampler two = Sampler.open(vocabulary, settings)) {
      batch.add(model.vocabulary().tokenize("Once", false, false)[0], 0, 0, true);
      context.decode(batch, () -> false);
      MemorySegment logits = context.logits(0);
      for (int i = 0; i < 20; i++) {
        assertEquals(one.sample(context, 0), two.sample(logits));
      }
      assertEquals(5, one.size());
      one.reset();
      two.reset();
      assertEquals(one.sample(logits), two.sample(context, 0));
    }
  }

  @Test
  void whatLlamaWouldAbortOnIsRefusedInJava() {
    try (Context context = Context.open(model, SMALL); Batch batch = Batch.ofTokens(256);
        Batch narrow = Batch.ofEmbeddings(4, 3); Arena arena = Arena.ofConfined()) {
      assertThrows(IllegalArgumentException.class, () -> context.decode(batch, () -> false));
      batch.add(-5, 0, 0, true);
      assertThrows(IllegalArgumentException.class, () -> context.decode(batch, () -> false));
      batch.clear();
      batch.add(1, 0, 4, true);
      assertThrows(IllegalArgumentException.class, () -> context.decode(batch, () -> false));
      batch.clear();
      for (int i = 0; i < 129; i++) {
        batch.add(1, i, 0, false);
      }
      assertThrows(IllegalArgumentException.class, () -> context.decode(batch, () -> false));
      narrow.addRow(arena.allocate(12), 0, 0, 0, true);
      assertThrows(IllegalArgumentException.class, () -> context.decode(narrow, () -> false));
      assertThrows(IllegalArgumentException.class, () -> context.logits(0));
      assertThrows(IllegalArgumentException.class, () -> context.copy(0, 9, 0, -1));
      assertThrows(IllegalArgumentException.class, () -> context.remove(-1, 0, -1));
      assertThrows(IllegalArgumentException.class, () -> Batch.ofTokens(0));
      assertThrows(IllegalArgumentException.class, () -> new Context.Options(0, 1, 1, 1, 1));
      assertThrows(IllegalArgumentException.class, () -> batch.add(1, -1, 0, true));
      assertThrows(IllegalStateException.class, () -> narrow.add(1, 0, 0, true));
    }
  }

  @Test
  void aGapInPositionsIsRefusedAndTheContextLivesOn() {
    try (Context context = Context.open(model, SMALL); Batch batch = Batch.ofTokens(8)) {
      batch.add(1, 0, 0, false);
      batch.add(2, 5, 0, true);
      assertThrows(LlamaException.class, () -> context.decode(batch, () -> false));
      context.remove(0, 0, -1);
      batch.clear();
      batch.add(1, 0, 0, true);
      assertEquals(Context.Outcome.DONE, context.decode(batch, () -> false));
    }
  }

  @Test
  void aFullCacheIsReportedNotFatal() {
    Context.Options tiny = new Context.Options(256, 128, 2, 2, 2);
    try (Context context = Context.open(model, tiny); Batch batch = Batch.ofTokens(128)) {
      Context.Outcome outcome = Context.Outcome.DONE;
      int position = 0;
      while (outcome == Context.Outcome.DONE && position < 1_024) {
        batch.clear();
        for (int i = 0; i < 128; i++) {
          batch.add(1, position + i, 0, false);
        }
        outcome = context.decode(batch, () -> false);
        position += 128;
      }
      assertEquals(Context.Outcome.NO_ROOM, outcome);
      assertEquals(256, context.length());
    }
  }

  @Test
  void aLongBatchCanBeCancelled() {
    try (Context context = Context.open(model, SMALL); Batch batch = Batch.ofTokens(128)) {
      for (int i = 0; i < 128; i++) {
        batch.add(1, i, 0, i == 127);
      }
      assertThrows(CancellationException.class, () -> context.decode(batch, () -> true));
      context.remove(0, 0, -1);
      assertEquals(Context.Outcome.DONE, context.decode(batch, () -> false));
    }
  }

  @Test
  void anotherThreadMayNotTouchAContext() throws InterruptedException {
    try (Context context = Context.open(model, SMALL)) {
      List<Throwable> thrown = new ArrayList<>();
      Thread other = new Thread(() -> {
        try {
          context.clear(true);
        } catch (IllegalStateException e) {
          thrown.add(e);
        }
      });
      other.start();
      other.join();
      assertEquals(1, thrown.size());
      context.threads(1, 2);
      assertEquals(1, context.threads());
      assertEquals(3, context.counts().length);
    }
  }

  @Test
  void useAfterCloseThrows() {
    Context context = Context.open(model, SMALL);
    context.close();
    context.close();
    assertThrows(IllegalStateException.class, () -> context.clear(false));
    Batch batch = Batch.ofTokens(1);
    batch.close();
    assertThrows(IllegalStateException.class, () -> batch.add(1, 0, 0, true));
    Sampler sampler = Sampler.open(10, Sampler.Settings.GREEDY);
    sampler.close();
    assertThrows(IllegalStateException.class, sampler::reset);
    TokenEmbeddings embeddings = TokenEmbeddings.open(model.file());
    embeddings.close();
    assertThrows(IllegalStateException.class, embeddings::fingerprint);
    Model second = Model.open(model.file(), Model.Options.CPU);
    second.close();
    assertThrows(IllegalStateException.class, second::layers);
    assertThrows(IllegalStateException.class, () -> second.vocabulary().tokenize("x", false, false));
  }

  @Test
  void aModelDescribesItself() {
    assertTrue(model.embeddingWidth() > 0 && model.layers() > 0 && model.trainedContext() > 0);
    assertTrue(model.parameters() > 1_000_000 && model.sizeBytes() > 1_000_000);
    assertTrue(model.metadata("general.architecture").isPresent());
    assertTrue(model.metadata("no.such.key").isEmpty());
    assertFalse(model.description().isEmpty());
    assertFalse(model.recurrent());
    assertTrue(model.slidingWindow() >= 0);
    try (TokenEmbeddings embeddings = TokenEmbeddings.open(model.file())) {
      assertEquals(model.vocabulary().size(), embeddings.rows());
      assertEquals(model.embeddingWidth(), embeddings.width());
      assertEquals(32, embeddings.fingerprint().length);
      assertFalse(embeddings.type().isEmpty());
    }
  }

  @Test
  void aFileThatIsNoModelIsRefused(@TempDir Path folder) throws IOException {
    Path text = Files.writeString(folder.resolve("text.gguf"), "this is no model");
    Path empty = Files.createFile(folder.resolve("empty.gguf"));
    Path magicOnly = Files.write(folder.resolve("magic.gguf"),
        new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0, 1, 2});
    for (Path file : List.of(text, empty, magicOnly, folder.resolve("missing.gguf"), folder)) {
      LlamaException e =
          assertThrows(LlamaException.class, () -> Model.open(file, Model.Options.CPU));
      assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }
    assertThrows(LlamaException.class, () -> TokenEmbeddings.open(magicOnly));
  }

  @Test
  void aTruncatedModelIsRefused(@TempDir Path folder) throws IOException {
    Path cut = folder.resolve("cut.gguf");
    Files.copy(model.file(), cut);
    try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    LlamaException e = assertThrows(LlamaException.class, () -> Model.open(cut, Model.Options.CPU));
    assertTrue(e.getMessage().contains("cut.gguf"), e.getMessage());
  }

  @Test
  void theNumaChoiceIsTakenOnAnyMachine() {
    NativeLibrary library = NativeLibrary.load(Path.of(System.getenv("LARIMAR_NATIVES")));
    library.numa(NativeLibrary.Numa.DISTRIBUTE);
    assertTrue(library.devices().stream().anyMatch(d -> !d.gpu()));
  }

  @Test
  void layersAreSharedOutByOneShareADevice() {
    List<NativeLibrary.Device> one = List.of(
        NativeLibrary.load(Path.of(System.getenv("LARIMAR_NATIVES"))).devices().getFirst());
    Model.Options options = new Model.Options(-1, one, share -> { });
    assertEquals(List.of(1f), options.withSplit(List.of(1f)).split());
    for (List<Float> bad : List.of(List.of(1f, 2f), List.of(-1f), List.of(0f), List.of(Float.NaN))) {
      assertThrows(IllegalArgumentException.class, () -> options.withSplit(bad));
    }
  }
}
