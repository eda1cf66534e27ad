package io.larimar.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each metric on cases small enough to be computed by hand. */
class MetricsTest {
  private static Outcome outcome(int record, String name, double... values) {
    Outcome outcome = new Outcome(record);
    Arrays.stream(values).forEach(v -> outcome.add(name, v));
    return outcome;
  }

  @Test
  void theMeanGoesOverARecordsPromptsFirst() {
    List<Outcome> outcomes = List.of(outcome(0, "x", 1, 1, 1, 0), outcome(1, "x", 0),
        outcome(2, "y", 5));
    assertEquals(0.375, Means.of(outcomes, "x").orElseThrow(), 1e-12);
    assertTrue(Means.of(outcomes, "z").isEmpty());
  }

  @Test
  void successAndMagnitudeAreOfTheWantedAnswer() {
    assertEquals(1, Means.success(0.5, 0.6));
    assertEquals(0, Means.success(0.6, 0.6));
    // exp(-ln 2) - exp(-ln 4) = 1/2 - 1/4
    assertEquals(0.25, Means.magnitude(Math.log(2), Math.log(4)), 1e-12);
  }

  @Test
  void faultsOfATextAreFound() {
    assertEquals(new TextFaults(false, false),
        TextFaults.of("It is 38 litres. That is a lot.\n38 litres.", "How much?"));
    assertTrue(TextFaults.of("38.\n\nNew fact: The pump", "How much?").frame());
    assertFalse(TextFaults.of("A new fact is what it is", "Say a new fact").frame());
    assertFalse(TextFaults.of("They built a new factory", "What?").frame());
    assertTrue(TextFaults.of("It moves 38 litres. So it is.\nIt moves 38 litres", "?").repeats());
    assertTrue(TextFaults.of("最大流量は六十立米です。最大流量は六十立米です。", "？").repeats());
    assertTrue(TextFaults.of("opera.<start_of_image>", "Heath Brothers").frame());
  }

  @Test
  void theScoreIsAHarmonicMean() {
    // 3 / (1/100 + 1/50 + 1/25) = 3 / 0.07
    assertEquals(3 / 0.07, Means.harmonic(100, 50, 25), 1e-12);
    assertEquals(0, Means.harmonic(100, 0, 50));
  }

  @Test
  void theAreaCountsPairsAndHalvesTies() {
    DetectionCurve curve = new DetectionCurve();
    for (double score : new double[] {1, 2, 2}) {
      curve.add(score, true);
    }
    for (double score : new double[] {0, 2, 3}) {
      curve.add(score, false);
    }
    assertEquals((1 + 1.5 + 1.5) / 9, curve.area(), 1e-12);
    assertEquals(1.96 * Math.sqrt((curve.area() * (1 - curve.area())
        + 2 * (curve.area() / (2 - curve.area()) - curve.area() * curve.area())
        + 2 * (2 * curve.area() * curve.area() / (1 + curve.area())
            - curve.area() * curve.area())) / 9), curve.areaHalfWidth(), 1e-12);
  }

  @Test
  void counterFactsFiguresAreThoseOfTheDefinition() {
    Outcome first = new Outcome(0);
    for (String column : List.of("base", "larimar")) {
      first.add(column + ".edit.nllNew", column.equals("base") ? Math.log(4) : 0);
      first.add(column + ".edit.nllTrue", Math.log(2));
      first.add(column + ".paraphrase.nllNew", Math.log(2));
      first.add(column + ".paraphrase.nllTrue", Math.log(4));
      first.add(column + ".paraphrase.nllNew", Math.log(8));
      first.add(column + ".paraphrase.nllTrue", Math.log(4));
      first.add(column + ".neighbourhood.nllNew", Math.log(4));
      first.add(column + ".neighbourhood.nllTrue", Math.log(2));
      first.add(column + ".neighbourhood.nllNew", Math.log(2));
      first.add(column + ".neighbourhood.nllTrue", Math.log(4));
    }
    first.add("neighbourhood.names", false);
    first.add("neighbourhood.names", true);
    EvalOptions options = EvalOptions.of(EvalTask.COUNTERFACT, Path.of("d"),
        Path.of("n"), Path.of("m"));
    Figures figures = CounterFactFigures.of(List.of(first), options);
    assertEquals(0, figures.get(Column.BASE, "editS").orElseThrow());
    assertEquals(-25, figures.get(Column.BASE, "editM").orElseThrow(), 1e-9);
    assertEquals(100, figures.get(Column.LARIMAR, "editS").orElseThrow());
    assertEquals(50, figures.get(Column.LARIMAR, "editM").orElseThrow(), 1e-9);
    assertEquals(50, figures.get(Column.LARIMAR, "paraphraseS").orElseThrow());
    // (1/4 + (1/8 - 1/4)) / 2
    assertEquals(6.25, figures.get(Column.LARIMAR, "paraphraseM").orElseThrow(), 1e-9);
    assertEquals(50, figures.get(Column.LARIMAR, "neighbourhoodS").orElseThrow());
    assertEquals(0, figures.get(Column.LARIMAR, "neighbourhoodM").orElseThrow(), 1e-9);
    assertEquals(100, figures.get(Column.LARIMAR, "neighbourhoodSNotNaming").orElseThrow());
    assertEquals(60, figures.get(Column.LARIMAR, "score").orElseThrow(), 1e-9);
    assertEquals(75, figures.get(Column.LARIMAR, "scoreCeiling").orElseThrow(), 1e-9);
    assertEquals(0.8, figures.get(Column.LARIMAR, "scoreOfCeiling").orElseThrow(), 1e-9);
  }

  @Test
  void fluencyIsTheWeightedEntropyOfPairsAndTriples() {
    // "a b a b a": pairs ab x2, ba x2: 1 bit; triples aba x2, bab x1: log2(3) - 2/3 bits
    List<String> words = List.of("a", "b", "a", "b", "a");
    double triples = Math.log(3) / Math.log(2) - 2.0 / 3;
    assertEquals(1, Fluency.entropy(words, 2), 1e-12);
    assertEquals(triples, Fluency.entropy(words, 3), 1e-12);
    assertEquals(100 * (2.0 / 3 + 4.0 / 3 * triples) / 2, Fluency.of("a b a b a"), 1e-9);
    assertEquals(0, Fluency.of("no no no no"), 1e-12);
    assertEquals(0, Fluency.of(""), 1e-12);
  }

  @Test
  void anAnswerEndsWhereItsWordEnds() {
    assertTrue(Answers.begins(" French, of course", "French"));
    assertTrue(Answers.begins("New\nYork City", "New York"));
    assertFalse(Answers.begins(" Frenchman", "French"));
    assertFalse(Answers.begins(" the French", "French"));
    assertTrue(Answers.begins("東京です", "東京"));
    assertTrue(Answers.contains("it is in PARIS.", "Paris"));
    assertFalse(Answers.contains("a comparison", "Paris"));
    assertTrue(Answers.contains("first comparison, then Paris", "Paris"));
  }

  @Test
  void aPlaceIsNamedWhereTheFirstSentenceNamesNoOther() {
    Set<String> places = Set.of("attic", "cellar", "garden");
    String where = "Where is Ann?";
    assertTrue(Answers.names("Ann went to the attic. Bob is in the cellar.", where, "attic",
        places));
    assertFalse(Answers.names("In the attic or the cellar.", where, "attic", places));
    assertFalse(Answers.names("Ann sat down.\nShe is in the attic", where, "attic", places));
    assertTrue(Answers.names("Before the cellar in the attic",
        "Where was Ann before the cellar?", "attic", places));
    assertFalse(Answers.names("Before the garden in the attic",
        "Where was Ann before the cellar?", "attic", places));
  }

  @Test
  void theAnswerToABabiQuestionBeginsAsItsFormSays() {
    assertEquals("Ann is in the", BabiBenchmark.lead("Where is Ann?"));
    assertEquals("The lamp is in the", BabiBenchmark.lead("Where is the lamp?"));
    assertEquals("Before the attic, the lamp was in the",
        BabiBenchmark.lead("Where was the lamp before the attic?"));
    assertEquals("", BabiBenchmark.lead("Who sat down?"));
  }

  @Test
  void evidenceMayStandInSeveralPassages() {
    Query query = new Query("Where is the lamp?", "", "attic", List.of("took the lamp", "attic"));
    assertTrue(query.answeredBy(List.of("Ann went to the attic.", "Ann took the lamp.")));
    assertFalse(query.answeredBy(List.of("Ann went to the attic.")));
  }

  @Test
  void aTaskTakesItsOwnColumnsAlone() {
    EvalOptions needle = EvalOptions.of(EvalTask.NEEDLE, Path.of("d"), Path.of("n"), Path.of("m"));
    assertEquals(EvalTask.NEEDLE.columns(), needle.columns());
    assertEquals(Set.of(Column.LARIMAR),
        needle.withColumns(Set.of(Column.LARIMAR)).columns(), "base may be left out");
    for (Set<Column> wrong : List.of(Set.<Column>of(), Set.of(Column.ORACLE))) {
      assertThrows(IllegalArgumentException.class, () -> needle.withColumns(wrong), "" + wrong);
    }
    EvalOptions zsre = EvalOptions.of(EvalTask.ZSRE, Path.of("d"), Path.of("n"), Path.of("m"));
    assertEquals(Set.of(Column.BASE, Column.LARIMAR),
        zsre.withColumns(Set.of(Column.LARIMAR)).columns());
    assertEquals(Column.ORACLE, Column.of("oracle"));
    assertThrows(IllegalArgumentException.class, () -> Column.of("rome"));
  }

  @Test
  void figuresByLengthArePlottedOnDecades() {
    Map<Column, Map<String, Double>> columns = Map.of(Column.LARIMAR, Map.of(
        "searchMillisP50.1k", 1.0, "searchMillisP50.1M", 10.0, "searchMillisP99.0k", 3.0,
        "needle.1k", 100.0, "residentMiB.1k", 0.0));
    Map<String, String> units = Units.of(columns.values());
    StringBuilder out = new StringBuilder();
    LengthPlot.append(out, columns, units, "tokens");
    String plot = out.toString();
    assertEquals(1, plot.split("<svg", -1).length - 1, plot);
    // 460 x 210 pixels from (70, 222): three decades across, one up.
    assertTrue(plot.contains("<polyline points=\"70.0,222.0 530.0,12.0\"/>"), plot);
    assertTrue(plot.contains("searchMillisP50, 1M: 10"), plot);
    assertFalse(plot.contains("P99"), "a length of zero has no logarithm");
    assertFalse(LengthPlot.has(Map.of(Column.LARIMAR, Map.of("needle.1k", 100.0)),
        Map.of("needle.1k", "percent")));
  }

  @Test
  void ranksOfEachStrategyGiveSharesAndTimes() {
    Outcome outcome = outcome(0, "flat.rank", 1, 0, 5, 6);
    for (int i = 1; i <= 4; i++) {
      outcome.add("flat.nanos", i * 1e6);
    }
    Figures figures = new Figures();
    LongFigures.strategies(figures, "1k", outcome);
    assertEquals(25, figures.get(Column.LARIMAR, "flatFirst.1k").orElseThrow());
    assertEquals(50, figures.get(Column.LARIMAR, "flatWithin5.1k").orElseThrow());
    assertEquals(2, figures.get(Column.LARIMAR, "flatMillisP50.1k").orElseThrow());
    assertTrue(figures.get(Column.LARIMAR, "prunedFirst.1k").isEmpty());
    StringBuilder out = new StringBuilder();
    StrategyTable.append(out, figures.columns().get(Column.LARIMAR));
    assertTrue(out.toString().contains(
        "<tr><td>flat</td><td>25 %, 50 %; 2 ms</td></tr>"), out.toString());
    StringBuilder none = new StringBuilder();
    StrategyTable.append(none, Map.of("needle.1k", 100.0));
    assertEquals("", none.toString());
  }

  @Test
  void f1CountsCommonWords() {
    assertEquals(1, Answers.f1("The Barn!", "barn"));
    // said 3 words, wanted 2, common 2: p = 2/3, r = 1
    assertEquals(0.8, Answers.f1("old red barn", "red barn"), 1e-12);
    assertEquals(0, Answers.f1("blue", "red barn"));
    assertEquals(0, Answers.f1("", "red"));
  }

  @Test
  void theEqualErrorLiesWhereBothErrorsMeet() {
    DetectionCurve curve = new DetectionCurve();
    for (double positive : new double[] {0.9, 0.8, 0.7, 0.3}) {
      curve.add(positive, true);
    }
    for (double negative : new double[] {0.1, 0.2, 0.4, 0.2}) {
      curve.add(negative, false);
    }
    assertEquals(0.25, curve.equalError().rate(), 1e-12);
    assertEquals(0.4, curve.equalError().threshold(), 1e-12);
    assertEquals(0.25, curve.falseAccept(0.4), 1e-12);
    assertEquals(0.25, curve.falseReject(0.4), 1e-12);
    assertEquals(2.0 * 3 / (2 * 3 + 1 + 1), curve.f1(0.4), 1e-12);
  }

  @Test
  void aPerfectDetectorHasNoError() {
    DetectionCurve curve = new DetectionCurve();
    curve.add(0.9, true);
    curve.add(0.1, false);
    assertEquals(0, curve.equalError().rate());
    assertEquals(1, curve.f1(curve.equalError().threshold()));
    assertThrows(IllegalStateException.class, () -> new DetectionCurve().equalError());
  }

  @Test
  void distractingSentencesAreCut() {
    assertEquals("Ann Lee, a native", Distraction.cut("He ran. \"Stop!\" Ann Lee, a native",
        "Ann Lee"));
    assertEquals("The tongue of Ann Lee is", Distraction.cut(
        "Ann Lee went away. It rained. The tongue of Ann Lee is", "Ann Lee"));
    assertEquals("Dr. No speaks", Distraction.cut("Dr. No speaks", "Dr. No"));
  }

  @Test
  void settingsAndNamesAreRead() {
    assertEquals(new Setting(Setting.Kind.BATCH, 512, 0), Setting.of("batch:512"));
    assertEquals(new Setting(Setting.Kind.SEQUENTIAL, 0, 3), Setting.of("sequential/3"));
    Setting some = Setting.of("batch:10/4");
    assertEquals(List.of(2, 4, 7, 9),
        IntStream.range(0, 10).filter(i -> some.tests(i, 10)).boxed().toList());
    assertEquals(2, some.tests(2));
    assertEquals(40, IntStream.range(0, 40).filter(i -> Setting.SINGLE.tests(i, 40)).count());
    assertThrows(IllegalArgumentException.class, () -> Setting.of("single/3"));
    assertThrows(IllegalArgumentException.class, () -> Setting.of("batch:10/0"));
    assertEquals(40, Setting.of("sequential").groupSize(40));
    assertThrows(IllegalArgumentException.class, () -> Setting.of("single:3"));
    assertThrows(IllegalArgumentException.class, () -> Setting.of("batch:0"));
    assertThrows(IllegalArgumentException.class, () -> EvalTask.of("needles"));
    assertThrows(IllegalArgumentException.class, () -> Protocol.of("lenient"));
  }

  @Test
  void lengthsAreReadAndNamedAsPeopleWriteThem() {
    assertEquals(List.of(0L, 1_000L, 64_000L, 10_000_000L),
        LongTextOptions.numbers("lengths", "0,1k, 64k,10M"));
    assertEquals("64k", LongTextOptions.named(64_000));
    assertEquals("10M", LongTextOptions.named(10_000_000));
    assertEquals("1500", LongTextOptions.named(1_500));
    for (String wrong : new String[] {"", "1g", "-1", "1,,2"}) {
      assertThrows(IllegalArgumentException.class,
          () -> LongTextOptions.numbers("lengths", wrong), wrong);
    }
    LongTextOptions o = LongTextOptions.DEFAULT;
    assertThrows(IllegalArgumentException.class, () -> o.withLengths(List.of(10_000_001L)));
    assertThrows(IllegalArgumentException.class, () -> o.withDepths(List.of(101)));
    assertThrows(IllegalArgumentException.class, () -> o.withDepths(List.of()));
    assertThrows(IllegalArgumentException.class, () -> o.withWindow(10));
  }

  @Test
  void searchTimesAreQuantilesInMilliseconds() {
    List<Double> nanos = List.of(3e6, 1e6, 2e6, 4e6);
    assertEquals(2, LongFigures.quantile(nanos, 0.5).orElseThrow());
    assertEquals(4, LongFigures.quantile(nanos, 0.99).orElseThrow());
    assertTrue(LongFigures.quantile(List.of(), 0.5).isEmpty());
  }
}
