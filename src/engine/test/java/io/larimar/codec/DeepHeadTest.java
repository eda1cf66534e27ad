package io.larimar.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.bindings.Batch;
import io.larimar.bindings.Context;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Model;
import io.larimar.bindings.Sampler;
import io.larimar.bindings.SequenceState;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.ScoreRequest;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames with learned keys and values on the real model: made from the shipped one, good and bad. */
@Tag("model")
class DeepHeadTest {
  private static final int VERSION_AT = 8;
  private static final int WIDTH_AT = 12;
  private static final int HEAD_AT = 16;
  private static final int TAIL_AT = 20;
  private static final int FLAGS_AT = 28;
  private static final int ROWS_AT = 64;
  private static final int CHECKSUM = 32;
  private static final double OWN_NLL = 0.02; // another batch split, keys and values in half
  private static final String FACT = "The Zubrowka lamp costs 417 crowns.";
  private static final String QUESTION = "The Zubrowka lamp costs";

  private static byte[] shipped;
  private static Decoder.Options options;

  @TempDir
  private Path folder;

  @BeforeAll
  static void read() throws IOException {
    Assumptions.assumeTrue(
        System.getenv("LARIMAR_NATIVES") != null && System.getenv("LARIMAR_MODEL") != null,
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    try (InputStream in = Frame.class.getResourceAsStream("frames/smollm2-135m.frame")) {
      shipped = in.readAllBytes();
    }
    options = Decoder.Options.defaults().withContextLength(512);
  }

  private static ByteBuffer view(byte[] frame) {
    return ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Where the deep section of a frame begins. */
  private static int deepAt(byte[] frame) {
    ByteBuffer in = view(frame);
    return ROWS_AT + Float.BYTES * in.getInt(WIDTH_AT) * (in.getInt(HEAD_AT) + in.getInt(TAIL_AT));
  }

  private Path file(byte[] body) throws IOException, NoSuchAlgorithmException {
    byte[] whole = Arrays.copyOf(body, body.length + CHECKSUM);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
    System.arraycopy(digest, 0, whole, body.length, CHECKSUM);
    return Files.write(Files.createTempFile(folder, "test", ".frame"), whole);
  }

  /** The shipped frame's rows alone. */
  private static byte[] rowsOnly() {
    byte[] body = Arrays.copyOf(shipped, deepAt(shipped));
    view(body).putInt(VERSION_AT, 1).putInt(FLAGS_AT, view(body).getInt(FLAGS_AT) & ~2);
    return body;
  }

  private static byte[] body() {
    return Arrays.copyOf(shipped, shipped.length - CHECKSUM);
  }

  private Decoder open(Path frame) {
    return Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), options.withFrame(frame));
  }

  private static String answer(Decoder decoder) {
    int[] fact = decoder.vocabulary().tokenize(FACT, false, false);
    int[] prompt = decoder.vocabulary().tokenize(QUESTION, false, false);
    return decoder.generate(new GenerationRequest(decoder.frame().prefix(List.of(fact)), prompt,
        new int[0], Contrast.NONE, Sampler.Settings.GREEDY, 8, List.of())).completion().text();
  }

  /** Mean negative log-likelihood of the right answer, nats a token. */
  private static double nll(Decoder decoder) {
    int[] fact = decoder.vocabulary().tokenize(FACT, false, false);
    int[] prompt = decoder.vocabulary().tokenize(QUESTION, false, false);
    int[] target = decoder.vocabulary().tokenize(" 417 crowns.", false, false);
    return decoder.score(new ScoreRequest(decoder.frame().prefix(List.of(fact)), Contrast.NONE,
        List.of(new ScoreRequest.Item(prompt, new int[0], List.of(target)))))
        .getFirst().getFirst().nll();
  }

  @Test
  void theModelsOwnKeysAndValuesChangeNothing() throws Exception {
    Path shallow = file(rowsOnly());
    String expected;
    double likelihood;
    SoftPrefix prefix;
    try (Decoder decoder = open(shallow)) {
      expected = answer(decoder);
      likelihood = nll(decoder);
      prefix = decoder.frame().prefix(List.of(new int[] {100}));
    }
    try (Decoder decoder = open(file(deepened(prefix)))) {
      assertEquals(expected, answer(decoder));
      assertEquals(expected, answer(decoder), "from the kept state");
      assertEquals(likelihood, nll(decoder), OWN_NLL);
    }
    byte[] foreign = deepened(prefix);
    Arrays.fill(foreign, deepAt(foreign) + 4 * Integer.BYTES + view(foreign).getInt(deepAt(foreign)),
        foreign.length, (byte) 0x3C); // halves of 1.06; with zeros the answer may still be right
    try (Decoder decoder = open(file(foreign))) {
      double other = nll(decoder);
      assertTrue(Math.abs(other - likelihood) > 10 * OWN_NLL,
          "keys and values of the file do not matter: nll " + other + ", was " + likelihood);
    }
  }

  /** The frame's rows with a deep section of what the model computes for them. */
  private static byte[] deepened(SoftPrefix prefix) {
    int positions = prefix.constant();
    try (Model model = Model.open(Path.of(System.getenv("LARIMAR_MODEL")), Model.Options.CPU);
        Context context = Context.open(model, new Context.Options(512, 128, 2, 2, 2));
        Batch rows = Batch.ofEmbeddings(128, model.embeddingWidth())) {
      for (int i = 0; i < positions; i++) {
        rows.addRow(MemorySegment.ofArray(prefix.rows()), i, i, 0, false);
      }
      context.decode(rows, () -> false);
      SequenceState state = SequenceState.of(context.state(0));
      int layers = state.layers(0);
      int width = state.width(0, 0);
      byte[] body = Arrays.copyOf(rowsOnly(), deepAt(shipped) + 4 * Integer.BYTES + layers
          + layers * 2 * positions * width * Short.BYTES);
      ByteBuffer out = view(body);
      out.putInt(VERSION_AT, 2).putInt(FLAGS_AT, out.getInt(FLAGS_AT) | 2);
      out.position(deepAt(shipped)).putInt(layers).putInt(positions).putInt(1).putInt(width)
          .put(new byte[layers]);
      short[] halves = new short[2 * positions * width];
      for (int layer = 0; layer < layers; layer++) {
        state.get(0, layer, halves, 0);
        out.asShortBuffer().put(halves);
        out.position(out.position() + halves.length * Short.BYTES);
      }
      return body;
    }
  }

  @Test
  void aHeadThatDoesNotFitIsRefusedEachTime() throws Exception {
    int at = deepAt(shipped);
    byte[] elsewhere = body();
    elsewhere[at + 4 * Integer.BYTES] = 1; // A cache that this model does not have.
    byte[] narrow = body();
    int layers = view(narrow).getInt(at);
    int layerBytes = (narrow.length - at - 4 * Integer.BYTES - layers) / layers;
    byte[] fewer = Arrays.copyOf(narrow, narrow.length - layerBytes - 1);
    view(fewer).putInt(at, layers - 1); // One layer less: its cache number and its halves.
    for (byte[] bad : List.of(elsewhere, fewer)) {
      try (Decoder decoder = open(file(bad))) {
        for (int attempt = 0; attempt < 2; attempt++) {
          LlamaException refused = assertThrows(LlamaException.class, () -> answer(decoder));
          assertTrue(refused.getMessage().contains("do not fit the model's cache"),
              refused.getMessage());
        }
        int[] bare = decoder.vocabulary().tokenize("The capital of France is", false, false);
        assertTrue(decoder.generate(GenerationRequest.plain(bare, 4)).completion().text()
            .contains("Paris"), "the decoder goes on");
      }
    }
  }

  @Test
  void aDamagedFileIsRefused() throws Exception {
    byte[] absurd = body();
    view(absurd).putInt(deepAt(absurd) + Integer.BYTES, Integer.MAX_VALUE);
    byte[] negative = body();
    view(negative).putInt(deepAt(negative), -30);
    byte[] cut = Arrays.copyOf(body(), body().length - 2);
    byte[] none = Arrays.copyOf(body(), deepAt(shipped) + 3);
    for (byte[] bad : List.of(absurd, negative, cut, none)) {
      Path file = file(bad);
      assertTrue(assertThrows(IllegalArgumentException.class, () -> open(file)).getMessage()
          .contains("is no frame for this model"));
    }
    byte[] flipped = shipped.clone();
    flipped[deepAt(flipped) + 5_000] ^= 1;
    Path file = Files.write(folder.resolve("flipped.frame"), flipped);
    assertThrows(IllegalArgumentException.class, () -> open(file));
  }
}
