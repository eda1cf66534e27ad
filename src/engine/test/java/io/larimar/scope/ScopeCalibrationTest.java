package io.larimar.scope;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.engine.Fact;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ScopeCalibrationTest {
  private static final String BANK = """
      # a bank for this test
      weight: {} weighs | The weight of {} is | How heavy is {}? | {}の重さは | {}の重量は
      colour: {} is painted | The colour of {} is | What colour is {}? | {}の色は | {}は何色ですか
      price: {} costs | The price of {} is | What does {} cost? | {}の価格は | {}はいくらですか
      """;

  private static AddressEncoder encoder;
  private static ScopeCalibration calibration;

  @BeforeAll
  static void open() {
    encoder = AddressEncoder.open(EncoderOptions.DEFAULT);
    calibration = new ScopeCalibration(encoder);
  }

  @AfterAll
  static void close() {
    encoder.close();
  }

  private static RelationBank bank() {
    try {
      return RelationBank.read(new ByteArrayInputStream(BANK.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] bytes(RelationSpace space) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    space.write(out);
    return out.toByteArray();
  }

  /** Invented facts in the shape of an editing benchmark: each with paraphrases and negatives. */
  private static List<LabelledPrompt> records(int from, int to) {
    List<LabelledPrompt> records = new ArrayList<>();
    String[] kinds = {"Vellum", "Quorra", "Tessel", "Brindle", "Harrow"};
    for (int i = from; i < to; i++) {
      String subject = kinds[i % kinds.length] + " " + (char) ('A' + i % 26) + (100 + i);
      Fact fact = Fact.of(subject, "The weight of {} is", "12 kilograms");
      Optional<String> relation = Optional.of("weight");
      records.add(new LabelledPrompt(fact, "It rained all day. How heavy is " + subject + "?", true,
          "paraphrase", relation));
      records.add(new LabelledPrompt(fact, subject + " weighs", true, "paraphrase", relation));
      records.add(new LabelledPrompt(fact, "The weight of Morrow Z9 is", false, "neighbour",
          relation));
      records.add(new LabelledPrompt(fact, "What colour is " + subject + "?", false, "other",
          relation));
      records.add(new LabelledPrompt(fact, subject + " costs", false, "other", relation));
    }
    return records;
  }

  @Test
  void parametersFittedOnSomeRecordsSeparateTheOthers() {
    RelationSpace space = RelationSpace.shipped();
    ScopeParameters fitted =
        calibration.fit(space, ScopeParameters.shipped(), records(0, 10), 0.0);
    ScopeReport report = calibration.measure(space, fitted, records(10, 20), false);
    assertEquals(0, report.eer(), report.toString());
    assertEquals(1, report.f1(), report.toString());
    ScopeReport together = calibration.measure(space, fitted, records(10, 20), true);
    assertEquals(1, together.f1(), together.toString());
  }

  @Test
  void aBankOfLabelledPromptsHoldsThemWithTheSubjectMasked() {
    RelationBank bank = calibration.bankOf(records(0, 1));
    assertEquals(List.of("The weight of it is", "How heavy is it?", "it weighs"),
        bank.examples().stream().map(RelationBank.Example::template).toList());
  }

  @Test
  void aSpaceThatIsWrittenAndReadPlacesTextsAlike() throws IOException {
    byte[] written = bytes(calibration.fitSpace(bank()));
    RelationSpace read = RelationSpace.read(new ByteArrayInputStream(written));
    assertArrayEquals(written, bytes(read));
    assertEquals(List.of("colour", "price", "weight"), read.names());
  }

  @Test
  void theSameBankGivesTheSameBytes() throws IOException {
    assertArrayEquals(bytes(calibration.fitSpace(bank())), bytes(calibration.fitSpace(bank())));
  }

  @Test
  void damagedSpacesAreRefused() throws IOException {
    byte[] written = bytes(calibration.fitSpace(bank()));
    assertThrows(IOException.class, () -> RelationSpace.read(
        new ByteArrayInputStream(written, 0, written.length / 2)));
    byte[] wrong = written.clone();
    wrong[0] ^= 1;
    assertThrows(IOException.class, () -> RelationSpace.read(new ByteArrayInputStream(wrong)));
  }

  @Test
  void aBankLineWithoutTemplatesIsRefusedWithItsNumber() {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
        () -> RelationBank.read(new ByteArrayInputStream(
            "weight: {} weighs\ncolour:\n".getBytes(StandardCharsets.UTF_8))));
    assertTrue(refused.getMessage().contains("line 2"), refused.getMessage());
  }

  @Test
  void parametersThatAreWrittenAndReadAreEqual() throws IOException {
    StringWriter text = new StringWriter();
    ScopeParameters.shipped().write(text);
    assertEquals(ScopeParameters.shipped(),
        ScopeParameters.read(new StringReader(text.toString())));
  }

  @Test
  void parametersOutOfBoundsAreRefused() {
    List<Double> weights = Collections.nCopies(FactRelation.FEATURES, 0.0);
    assertThrows(IllegalArgumentException.class,
        () -> new ScopeParameters(0, 0.5, 0.5, 0.67, weights, weights));
    assertThrows(IllegalArgumentException.class,
        () -> new ScopeParameters(0.75, 1.5, 0.5, 0.67, weights, weights));
    assertThrows(IllegalArgumentException.class,
        () -> new ScopeParameters(0.75, 0.5, 0.5, 0.67, List.of(1.0), weights));
  }

  @Test
  void theDiscriminantFindsTheDirectionThatSeparatesGroups() {
    long seed = 7;
    Random random = new Random(seed);
    List<float[]> vectors = new ArrayList<>();
    int[] groups = new int[300];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = i % 3;
      float[] x = new float[8];
      for (int k = 0; k < x.length; k++) {
        x[k] = (float) random.nextGaussian() * (k == 5 ? 20 : 1);
      }
      x[2] += groups[i] * 6;
      vectors.add(x);
    }
    Discriminant.Fitted fitted = Discriminant.fit(vectors, groups, 1, 1e-6);
    double along = Math.abs(fitted.matrix()[2]);
    for (int k = 0; k < 8; k++) {
      if (k != 2) {
        assertTrue(Math.abs(fitted.matrix()[k]) < 0.2 * along, "seed " + seed + ", k=" + k);
      }
    }
  }

  @Test
  void logisticRegressionRecoversTheWeightsThatMadeTheLabels() {
    long seed = 11;
    Random random = new Random(seed);
    List<double[]> rows = new ArrayList<>();
    List<Boolean> labels = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      double x = random.nextGaussian();
      double y = random.nextGaussian();
      rows.add(new double[] {1, x, y});
      labels.add(random.nextDouble() < 1 / (1 + Math.exp(-(2 * x - y))));
    }
    double[] w = LogisticRegression.fit(rows, labels);
    assertEquals(2, w[1], 0.15, "seed " + seed);
    assertEquals(-1, w[2], 0.15, "seed " + seed);
  }
}
