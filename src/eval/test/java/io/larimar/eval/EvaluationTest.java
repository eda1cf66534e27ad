package io.larimar.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.decoder.Decoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every task on three invented records and the real model. */
@Tag("model")
class EvaluationTest {
  private static final String COUNTERFACT = "counterfact-three.json";
  private static final String ZSRE = "zsre-three.json";

  @TempDir
  private Path folder;
  private Path natives = Path.of("");
  private Path model = Path.of("");

  @BeforeEach
  void locate() {
    String nativesHome = System.getenv("LARIMAR_NATIVES");
    String modelFile = System.getenv("LARIMAR_MODEL");
    Assumptions.assumeTrue(nativesHome != null && modelFile != null
        && Files.isRegularFile(Path.of(modelFile)),
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
    natives = Path.of(nativesHome);
    model = Path.of(modelFile);
  }

  private EvalOptions options(EvalTask task, String resource) throws IOException {
    Path data = folder.resolve(resource);
    try (var in = EvaluationTest.class.getResourceAsStream(resource)) {
      Files.write(data, in.readAllBytes());
    }
    // One thread: llama.cpp's threads wait for each other, which a busy machine punishes.
    return EvalOptions.of(task, data, natives, model)
        .withDecoder(Decoder.Options.defaults().withThreads(1))
        .withProvenance("larimar eval " + task.id(), "test");
  }

  private static double figure(EvalResult result, Column column, String name) {
    return result.columns().get(column).get(name);
  }

  @Test
  void aStoppedRunGivesTheFiguresOfAnUnbrokenOne() throws IOException {
    EvalOptions options = options(EvalTask.COUNTERFACT, COUNTERFACT);
    Path json = folder.resolve("unbroken.json");
    Path html = folder.resolve("unbroken.html");
    EvalResult unbroken = Evaluation.run(options.withJson(json).withHtml(html), EvalProgress.NONE);
    checkCounterFact(unbroken);
    checkReports(json, html);

    EvalOptions broken = options.withJson(folder.resolve("broken.json"));
    assertThrows(IllegalStateException.class, () -> Evaluation.run(broken, (p, done, all, l) -> {
      if (done == 1) {
        throw new IllegalStateException("stopped");
      }
    }));
    EvalResult resumed = Evaluation.run(broken, EvalProgress.NONE);
    assertEquals(1, resumed.resumedRecords());
    assertEquals(unbroken.columns(), resumed.columns());
  }

  private static void checkCounterFact(EvalResult result) {
    assertEquals(3, result.records());
    assertEquals(EvalTask.COUNTERFACT.columns(), result.columns().keySet());
    assertEquals(100, figure(result, Column.LARIMAR, "editS"));
    assertEquals(figure(result, Column.BASE, "neighbourhoodS"),
        figure(result, Column.LARIMAR, "neighbourhoodS"));
    assertEquals(result.columns().get(Column.PROMPT), result.columns().get(Column.RETRIEVAL));
    assertTrue(result.editsPerSecond() > 0);
    assertEquals(6, result.counts().get("paraphrasePrompts"));
  }

  private static void checkReports(Path json, Path html) throws IOException {
    JsonNode root = JsonMapper.shared().readTree(Files.readString(json));
    for (String field : new String[] {"task", "setting", "protocol", "model", "records",
        "seconds", "editsPerSecond", "columns", "command", "commit", "machine", "jdk", "date"}) {
      assertTrue(root.has(field), field);
    }
    for (String figure : new String[] {"editS", "editM", "paraphraseS", "paraphraseM",
        "neighbourhoodS", "neighbourhoodM", "score", "greedyExact", "fluency"}) {
      assertTrue(root.path("columns").path("larimar").has(figure), figure);
    }
    String page = Files.readString(html);
    assertFalse(page.matches("(?s).*(https?:|src=|@import|<script|<link).*"), "loads something");
    assertTrue(page.contains("paraphraseS") && page.contains("<svg"));
  }

  @Test
  void theGateMaySeeTheAnswerUnderThePapersProtocol() throws IOException {
    EvalResult result = Evaluation.run(options(EvalTask.COUNTERFACT, COUNTERFACT)
        .withProtocol(Protocol.PAPER).withSetting(Setting.of("sequential"))
        .withColumns(Set.of(Column.RETRIEVAL, Column.LARIMAR)), EvalProgress.NONE);
    assertEquals(Set.of(Column.BASE, Column.RETRIEVAL, Column.LARIMAR),
        result.columns().keySet());
    assertEquals(100, figure(result, Column.LARIMAR, "editS"));
  }

  @Test
  void zsreMeasuresEditsAndWhatTheyLeave() throws IOException {
    EvalResult result = Evaluation.run(
        options(EvalTask.ZSRE, ZSRE).withSetting(Setting.of("batch")), EvalProgress.NONE);
    Map<String, Double> larimar = result.columns().get(Column.LARIMAR);
    assertTrue(larimar.get("edit") > figure(result, Column.BASE, "edit"), larimar.toString());
    assertEquals(figure(result, Column.BASE, "locality"), larimar.get("locality"));
    assertEquals(larimar.get("trrBefore"), larimar.get("trrAfter"));
    assertTrue(larimar.get("err") > figure(result, Column.BASE, "err"), larimar.toString());
  }

  @Test
  void zsreTeachesTheFirstAnswerWhereThatIsAsked() throws IOException {
    EvalResult result = Evaluation.run(options(EvalTask.ZSRE, ZSRE)
        .withZsreTarget(ZsreTarget.of("answers")).withLimit(1)
        .withColumns(Set.of(Column.LARIMAR)), EvalProgress.NONE);
    assertEquals(1, figure(result, Column.LARIMAR, "err"));
    assertTrue(result.notes().stream().anyMatch(note -> note.contains("answers[0]")));
    assertThrows(IllegalArgumentException.class, () -> ZsreTarget.of("loc"));
  }

  @Test
  void answersAreReadForTheirFaults() throws IOException {
    Path data = Files.writeString(folder.resolve("questions.json"), """
        [{"subject": "Orla gateway", "prompt": "The Orla gateway has", "target": "16 ports",
          "rephrasings": ["How many ports does the Orla gateway have?"], "accept": ["16"]},
         {"subject": "TN-8掃除機", "prompt": "TN-8掃除機の保証期間は", "target": "3年",
          "rephrasings": ["TN-8掃除機の保証は何年ですか？"]}]""");
    Path html = folder.resolve("text.html");
    EvalResult result = Evaluation.run(EvalOptions.of(EvalTask.TEXT, data, natives, model)
        .withDecoder(Decoder.Options.defaults().withThreads(1)).withHtml(html),
        EvalProgress.NONE);
    assertEquals(100, figure(result, Column.LARIMAR, "rightAndNatural"));
    assertEquals(0, figure(result, Column.BASE, "answered"));
    assertEquals(0, figure(result, Column.LARIMAR, "frameText"));
    assertTrue(Files.readString(html).contains("How many ports does the Orla gateway have?"));
  }

  @Test
  void continuedTextsAreReadForTheirFaults() throws IOException {
    EvalResult result = Evaluation.run(options(EvalTask.TEXT, COUNTERFACT).withLimit(1)
        .withColumns(Set.of(Column.LARIMAR)), EvalProgress.NONE);
    assertEquals(4, result.counts().get("texts"));
    assertEquals(0, figure(result, Column.LARIMAR, "frameText"));
  }

  @Test
  void anAblationShowsEveryPart() throws IOException {
    Path html = folder.resolve("ablation.html");
    EvalResult result = Evaluation.run(
        options(EvalTask.ABLATION, COUNTERFACT).withLimit(1).withHtml(html), EvalProgress.NONE);
    Map<String, Double> figures = result.columns().get(Column.LARIMAR);
    assertTrue(figures.get("shipped.paraphraseM") > figures.get("text.paraphraseM"));
    assertEquals(
        figures.get("shipped.paraphraseM"), figures.get("learned+pointer.paraphraseM"), 1e-9);
    assertTrue(figures.get("shipped.editM") > figures.get("learned.editM"));
    assertTrue(figures.get("statement.editM") > figures.get("base.editM"));
    assertTrue(Files.readString(html).contains("<td>text+contrast+floor</td>"));
  }

  @Test
  void scopeIsMeasuredAloneAndWithAllFactsStored() throws IOException {
    EvalResult result =
        Evaluation.run(options(EvalTask.SCOPE, COUNTERFACT), EvalProgress.NONE);
    for (String name : new String[] {"eer", "f1", "falseAccept", "falseReject", "eerAll"}) {
      assertTrue(figure(result, Column.LARIMAR, name) >= 0, name);
    }
    assertEquals(100, figure(result, Column.LARIMAR, "editAccepted"));
    assertEquals(0, figure(result, Column.LARIMAR, "neighbourhoodAccepted"));
  }

  @Test
  void editsAreTimedAloneAndInABatchOnARealStore() throws IOException {
    Path json = folder.resolve("edit.json");
    EvalResult result = Evaluation.run(
        options(EvalTask.EDIT, COUNTERFACT).withJson(json), EvalProgress.NONE);
    Map<String, Double> larimar = result.columns().get(Column.LARIMAR);
    assertTrue(larimar.get("editMillisP50") >= larimar.get("ledgerMillisP50"), larimar.toString());
    assertTrue(larimar.get("editMillisP99") >= larimar.get("editMillisP50"), larimar.toString());
    assertEquals(larimar.get("factsPerSecond"), result.editsPerSecond());
    assertEquals(3, result.counts().get("openedFacts"));
    JsonNode root = JsonMapper.shared().readTree(Files.readString(json));
    assertEquals(">= 300", root.path("targets").path("factsPerSecond").stringValue());
  }

  @Test
  void whatIsForgottenIsGoneByteForByte() throws IOException {
    EvalResult result =
        Evaluation.run(options(EvalTask.FORGETTING, COUNTERFACT), EvalProgress.NONE);
    Map<String, Double> larimar = result.columns().get(Column.LARIMAR);
    assertEquals(1, larimar.get("byteEqual"));
    assertEquals(0, larimar.get("forgottenReadOut"));
    assertEquals(1, larimar.get("keptReadOut"));
    assertEquals(result.columns().get(Column.BASE).get("forgottenRecall"),
        larimar.get("forgottenRecall"));
  }

  @Test
  void aForgottenFactLeaksNoMoreThanAnUnknownOne() throws IOException {
    EvalResult result = Evaluation.run(
        options(EvalTask.LEAKAGE, COUNTERFACT).withLimit(1), EvalProgress.NONE);
    Map<String, Double> larimar = result.columns().get(Column.LARIMAR);
    assertEquals(larimar.get("neverKnewSuccess"), larimar.get("attackSuccess"));
    assertEquals(100, larimar.get("knownBefore"));
    assertEquals(100, larimar.get("requestsEqualNeverKnew"));
    assertEquals(1, result.counts().get("attacked"));
  }

  @Test
  void membershipIsGuessedOfForgottenAndOfNeverWrittenFacts() throws IOException {
    EvalResult result =
        Evaluation.run(options(EvalTask.LEAKAGE, COUNTERFACT), EvalProgress.NONE);
    Map<String, Double> larimar = result.columns().get(Column.LARIMAR);
    for (String attack : new String[] {"membershipLogitAuc", "membershipKeyAuc"}) {
      assertTrue(larimar.get(attack) >= 0 && larimar.get(attack) <= 1, attack);
      assertEquals(0.5, larimar.get(attack + "AgainstNeverKnew"), attack);
      assertTrue(larimar.containsKey(attack + "OfKept"), attack);
    }
    assertTrue(larimar.containsKey("otherTenantSuccess"));
    assertTrue(larimar.containsKey("frameAloneSuccess"));
    assertTrue(larimar.containsKey("frameAloneNeverTaught"));
    assertEquals(1, result.counts().get("neverWritten"));
  }

  @Test
  void forgettingIsMeasuredOnZsreAndWithTheEvidenceOfTests() throws IOException {
    Path evidence = Files.writeString(folder.resolve("crash.json"),
        "{\"crashPoints\":504,\"command\":\"mvn test\"}");
    EvalResult result = Evaluation.run(options(EvalTask.FORGETTING, ZSRE)
        .withEvidence(List.of(evidence)), EvalProgress.NONE);
    Map<String, Double> larimar = result.columns().get(Column.LARIMAR);
    assertEquals(1, larimar.get("byteEqual"));
    assertEquals(0, larimar.get("forgottenReadOut"));
    assertTrue(larimar.get("forgetP50Millis") > 0);
    assertEquals(504, larimar.get("evidence.crashPoints"));
    assertTrue(result.notes().stream().anyMatch(note -> note.contains("mvn test")));
    assertThrows(IllegalArgumentException.class, () -> Evaluation.run(
        options(EvalTask.FORGETTING, ZSRE).withEvidence(List.of(folder.resolve("none"))),
        EvalProgress.NONE));
  }

  @Test
  void storiesWithoutFillerAndMissingFilesAreRefused() throws IOException {
    EvalOptions options = EvalOptions.of(EvalTask.BABI, stories(), natives, model);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> Evaluation.run(options, EvalProgress.NONE));
    assertTrue(e.getMessage().contains("--filler"), e.getMessage());
    EvalOptions empty =
        EvalOptions.of(EvalTask.BABI, Files.createDirectory(folder.resolve("no")), natives, model);
    assertTrue(assertThrows(IllegalArgumentException.class,
        () -> Evaluation.run(empty, EvalProgress.NONE)).getMessage().contains("qa*.txt"));
    EvalOptions notText = options.withLongText(
        LongTextOptions.DEFAULT.withFiller(folder.resolve("none.txt")));
    assertThrows(IllegalArgumentException.class,
        () -> Evaluation.run(notText, EvalProgress.NONE));
    assertThrows(IllegalArgumentException.class, () -> Evaluation.run(
        EvalOptions.of(EvalTask.ZSRE, folder.resolve("none"), natives, model),
        EvalProgress.NONE));
  }

  @Test
  void needlesAreFoundInAThousandTokens() throws IOException {
    Path data = filler();
    Path json = folder.resolve("needle.json");
    Path html = folder.resolve("needle.html");
    EvalOptions options = EvalOptions.of(EvalTask.NEEDLE, data, natives, model)
        .withDecoder(Decoder.Options.defaults().withThreads(1))
        .withColumns(Set.of(Column.LARIMAR)).withJson(json).withHtml(html)
        .withLongText(LongTextOptions.DEFAULT.withLengths(List.of(1_000L))
            .withDepths(List.of(0, 100)).withWindow(300));
    EvalResult result = Evaluation.run(options, EvalProgress.NONE);
    assertEquals(100, figure(result, Column.LARIMAR, "needle.1k.0"));
    assertEquals(100, figure(result, Column.LARIMAR, "needle.1k.100"));
    assertTrue(Math.abs(result.counts().get("tokens.1k") - 1_000) < 50, result.toString());
    assertTrue(result.columns().get(Column.LARIMAR).containsKey("passkey.1k.100"));
    assertTrue(Files.readString(html).contains("aria-label=\"needle by depth and length, larimar"));
    assertTrue(Files.readString(html).contains("aria-label=\"MiB by tokens of the text"));
    assertEquals(Set.of(Column.LARIMAR), result.columns().keySet());
    assertTrue(figure(result, Column.LARIMAR, "offHeapMiB.1k") > 0);
    assertTrue(figure(result, Column.LARIMAR, "flatWithin5.1k")
        >= figure(result, Column.LARIMAR, "flatFirst.1k"));
    assertTrue(figure(result, Column.LARIMAR, "flatMillisP50.1k") > 0);
  }

  @Test
  void storiesAreAskedAloneAndInFillerInEveryColumn() throws IOException {
    EvalOptions options = EvalOptions.of(EvalTask.BABI, stories(), natives, model).withLimit(2)
        .withDecoder(Decoder.Options.defaults().withThreads(1))
        .withLongText(LongTextOptions.DEFAULT.withLengths(List.of(0L, 500L)).withWindow(300)
            .withFiller(filler()));
    EvalResult result = Evaluation.run(options, EvalProgress.NONE);
    assertEquals(4, result.records());
    assertEquals(2, result.counts().get("qa1"));
    assertEquals(EvalTask.BABI.columns(), result.columns().keySet());
    for (Column column : EvalTask.BABI.columns()) {
      for (String length : List.of("0k", "500")) {
        assertEquals(0, figure(result, column, "qa1." + length) % 50, column + " " + length);
      }
    }
    assertEquals(100, figure(result, Column.ORACLE, "qa1.500"), "it has no other statement");
    assertTrue(figure(result, Column.LARIMAR, "passages.500") > 10);
    assertTrue(figure(result, Column.LARIMAR, "searchMillisP99.0k") > 0);
  }

  private Path stories() throws IOException {
    Path tasks = Files.createDirectory(folder.resolve("tasks"));
    Files.writeString(tasks.resolve("qa1_three.txt"), """
        1 Ann went to the kitchen.
        2 Bob went to the garden.
        3 Where is Ann? \tkitchen\t1
        4 Bob moved to the office.
        5 Where is Bob? \toffice\t4
        6 Where is Ann? \tkitchen\t1
        """);
    return tasks;
  }

  @Test
  void datedFactsAreAskedInEveryColumn() throws IOException {
    EvalOptions options = EvalOptions.of(EvalTask.FASTFACTS, filler(), natives, model)
        .withDecoder(Decoder.Options.defaults().withThreads(1))
        .withLongText(LongTextOptions.DEFAULT.withFacts(List.of(4)));
    EvalResult result = Evaluation.run(options, EvalProgress.NONE);
    assertEquals(4, result.counts().get("questions.4"));
    for (Column column : List.of(Column.BASE, Column.RETRIEVAL, Column.LARIMAR)) {
      assertEquals(0, figure(result, column, "recall.4") % 25, column.toString());
    }
    assertTrue(figure(result, Column.LARIMAR, "found.4")
        >= figure(result, Column.LARIMAR, "first.4"));
  }

  private Path filler() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      text.append(" The old ferry number ").append(i)
          .append(" , once built in Harwick , crosses the river every day . \n");
    }
    return Files.writeString(folder.resolve("filler.txt"), text);
  }
}
