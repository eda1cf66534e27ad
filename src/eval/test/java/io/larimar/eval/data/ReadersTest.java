package io.larimar.eval.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The readers take the public forms, and name file and record where something is wrong. */
class ReadersTest {
  private static final String FULL = """
      {"case_id": 7, "pararel_idx": 1, "requested_rewrite": {"prompt": "{} was invented in",
       "relation_id": "P495", "target_new": {"str": "Norway", "id": "Q1"},
       "target_true": {"str": "Chile", "id": "Q2"}, "subject": "The Quillbox"},
       "paraphrase_prompts": ["It rained. The Quillbox was created in"],
       "neighborhood_prompts": ["The Plumbox was invented in"],
       "attribute_prompts": ["The Fjordbox was invented in"],
       "generation_prompts": ["The Quillbox is best known for"]}""";
  private static final String BRIEF = """
      {"case_id": 3, "prompt": "The Quillbox was invented in", "subject": "The Quillbox",
       "target_new": "Norway", "ground_truth": "Chile",
       "rephrase_prompt": "The Quillbox comes from",
       "locality_prompt": "The Plumbox was invented in", "locality_ground_truth": "Peru"}""";
  private static final String ZSRE = """
      {"subject": "Quillbox", "src": "Who made the Quillbox?", "pred": "x",
       "rephrase": "The Quillbox was made by whom?", "alt": "Ada Lind", "answers": ["Bo Ek"],
       "loc": "nq question: who painted the barn", "loc_ans": "Per", "cond": "",
       "portability": {}}""";

  @TempDir
  private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("data.json"), text);
  }

  private String complaint(Function<Path, List<?>> reader, String text) throws IOException {
    Path file = file(text);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> reader.apply(file));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    return e.getMessage();
  }

  @Test
  void romesFormIsRead() throws IOException {
    CounterFact r = CounterFact.read(file("[" + FULL + "]")).getFirst();
    assertEquals("The Quillbox was invented in", r.prompt());
    assertEquals("The Quillbox was invented in Norway", r.fact().text());
    assertEquals("Chile", r.targetTrue());
    assertEquals(7, r.caseId());
    assertEquals(List.of("The Quillbox is best known for"), r.generations());
  }

  @Test
  void easyEditsShortFormIsRead() throws IOException {
    CounterFact r = CounterFact.read(file("[" + BRIEF + "]")).getFirst();
    assertEquals("{} was invented in", r.template());
    assertEquals("The Quillbox was invented in", r.prompt());
    assertEquals("Peru", r.neighbourTrue());
    assertEquals(List.of("The Quillbox comes from"), r.paraphrases());
  }

  @Test
  void oneObjectALineIsRead() throws IOException {
    String line = BRIEF.replace("\n", " ");
    List<CounterFact> records = CounterFact.read(file(line + "\n\n" + line + "\n"));
    assertEquals(List.of(1, 2), records.stream().map(CounterFact::number).toList());
  }

  @Test
  void zsreIsRead() throws IOException {
    Zsre r = Zsre.read(file("[" + ZSRE + "]")).getFirst();
    assertEquals("Who made the Quillbox? Ada Lind", r.fact(r.target()).text());
    assertEquals("Per", r.localityAnswer());
  }

  /** A fact is taught without them, so an answer that kept them would be another one. */
  @Test
  void blanksAroundAnAnswerToTeachAreNoPartOfIt() throws IOException {
    Zsre r = Zsre.read(file("[" + ZSRE.replace("Ada Lind", " Ada Lind ") + "]")).getFirst();
    assertEquals("Ada Lind", r.target());
    assertEquals(Optional.of("Ada Lind"), r.fact(r.target()).target());
  }

  @Test
  void aMissingFieldIsNamedWithItsRecord() throws IOException {
    String broken = FULL.replace("\"target_new\"", "\"target\"");
    String said = complaint(CounterFact::read, "[" + FULL + "," + broken + "]");
    assertTrue(said.contains("record 2") && said.contains("target_new"), said);
    said = complaint(CounterFact::read, "[" + BRIEF.replace("ground_truth\": \"Chile\"",
        "ground_truth\": \"  \"") + "]");
    assertTrue(said.contains("record 1") && said.contains("ground_truth"), said);
    said = complaint(Zsre::read, "[" + ZSRE.replace("[\"Bo Ek\"]", "[\"Bo Ek\", 4]") + "]");
    assertTrue(said.contains("record 1") && said.contains("answers[1]"), said);
  }

  @Test
  void aTemplateWithoutASubjectIsRefused() throws IOException {
    String said = complaint(CounterFact::read, "[" + FULL.replace("{} was", "It was") + "]");
    assertTrue(said.contains("record 1") && said.contains("{}"), said);
  }

  @Test
  void brokenJsonIsNamedWithItsLine() throws IOException {
    String said = complaint(CounterFact::read, "[\n" + BRIEF + ",\n{\"prompt\": }\n]");
    assertTrue(said.contains("line 6") && said.contains("not JSON"), said);
    said = complaint(CounterFact::read, BRIEF.replace("\n", " ") + "\n{oops}\n");
    assertTrue(said.contains("line 2") && said.contains("not JSON"), said);
  }

  @Test
  void whatHoldsNoRecordsIsRefused() throws IOException {
    assertTrue(complaint(CounterFact::read, "[]").contains("no records"));
    assertTrue(complaint(CounterFact::read, "").contains("no records"));
    assertTrue(complaint(CounterFact::read, "[3]").contains("record 1: must be an object"));
    Path missing = folder.resolve("missing.json");
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Zsre.read(missing))
        .getMessage().contains("no such file"));
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Path file = Files.write(folder.resolve("data.json"),
        "{\"prompt\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> CounterFact.read(file));
    assertTrue(e.getMessage().contains("UTF-8"), e.getMessage());
  }

  @Test
  void jsquadIsRead() throws IOException {
    Jsquad r = Jsquad.read(file("""
        [{"title": "箱", "context": "箱は木でできている。", "question": "箱は何でできているか。",
          "answers": ["木"]}]""")).getFirst();
    assertEquals(List.of("木"), r.answers());
    assertTrue(complaint(Jsquad::read, "[{\"title\": \"x\"}]").contains("context"));
  }

  @Test
  void babiKnowsTheStoryBeforeEachQuestion() throws IOException {
    List<Babi> questions = Babi.read(file("""
        1 Ann took the lamp.
        2 Ann went to the attic.
        3 Where is the lamp? \tattic\t1 2
        4 Ann went to the cellar.
        5 Where is Ann? \tcellar\t4
        1 Bob sat down.
        2 Who sat down? \tBob\t1
        """));
    assertEquals(3, questions.size());
    assertEquals(List.of(0, 1), questions.get(0).supporting());
    assertEquals(List.of(2), questions.get(1).supporting());
    assertEquals(List.of("Bob sat down."), questions.get(2).statements());
    assertEquals("Bob", questions.get(2).answer());
    assertEquals(Babi.read(file("1 Ann sat.\n2 Who sat? \tAnn\t1\n")),
        Babi.read(file("1 Ann sat.\n2 Who sat? |Ann|1\n")));
    assertTrue(complaint(Babi::read, "1 Ann sat.\n2 Who sat?\tAnn\n").contains("line 2"));
    assertTrue(complaint(Babi::read, "1 Ann sat.\nx Who\n").contains("line 2"));
    assertTrue(complaint(Babi::read, "1 Ann sat.\n2 Who sat?\tAnn\t9\n").contains("line 2"));
  }
}
