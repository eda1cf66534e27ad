package io.larimar.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where plain text is cut. */
class SentenceBordersTest {
  private static List<String> cut(String text) {
    return PassageReaderTest.texts(text, TextFormat.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "The famous Dr. Smith came to see the pump at work.",
      "Some of the parts, e.g. Seals of rubber, wear out sooner than others.",
      "The flow of the pump is 3.5 litres in each second of the day.",
      "The book was written by J. R. R. Tolkien many years ago in Oxford.",
      "See the drawing in Fig. 12 and the text beside it for the rest.",
      "It is described under No. 5 of the long list of parts of this pump.",
      "\"Why is it so loud in here today?\" he asked the man beside the pump.",
      "It was loud in the hall (was it broken?), and nobody wanted to stay.",
      "Read larimar.open(path) before you call any other method of this class.",
      "1. Open the valve of the pump by a quarter of a turn to the left.",
      "彼は「今日は雨が降るかもしれないので傘を持ちましょう。」と言ったそうです。"})
  void aSentenceStaysWhole(String sentence) {
    assertEquals(List.of(sentence), cut(sentence));
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "The first sentence stands here.|The second sentence stands there.",
      "He said it was \"loud in the hall.\"|Nobody wanted to stay for long.",
      "(The first one is in brackets.)|The second sentence stands there.",
      "Did anybody hear the noise of it?|Everybody in the hall heard it!|Then it was silent again.",
      "They met in the hall at 5 p.m.|Then they went to look at the pump.",
      "It costs more than that, etc.|They bought another pump the next day.",
      "Was the answer to it really No.|He turned the pump off and went home.",
      "In 1998 it was bought for 1998.|Then they sold it to somebody else."})
  void sentencesArePassages(String sentences) {
    List<String> wanted = List.of(sentences.split("\\|"));
    assertEquals(wanted, cut(String.join(" ", wanted)));
  }

  @Test
  void japaneseSentencesArePassages() {
    assertEquals(List.of("この製品の最大流量は毎分三十八リットルです。", "筐体は青銅で作られています！",
        "「電源は二十四ボルトですか？」", "はい、その通りで間違いありません。"),
        cut("この製品の最大流量は毎分三十八リットルです。筐体は青銅で作られています！"
            + "「電源は二十四ボルトですか？」はい、その通りで間違いありません。"));
  }

  @Test
  void linesOfAParagraphJoinWithoutBlanksBetweenJapanese() {
    assertEquals(List.of("この製品の最大流量は毎分三十八リットルです。", "The pump is very heavy, so lift it by crane."),
        cut("この製品の最大流量は\n毎分三十八リットルです。\n\nThe pump is very heavy,\nso lift it by crane."));
  }

  @Test
  void aShortSentenceJoinsItsNeighbourOfTheSameParagraph() {
    assertEquals(List.of("Yes. The pump is made of cast bronze.", "No."),
        cut("Yes. The pump is made of cast bronze.\n\nNo."));
    assertEquals(List.of("The pump is made of cast bronze. Yes."),
        cut("The pump is made of cast bronze. Yes."));
  }

  @Test
  void aLongSentenceIsCutAtAClauseElseAtABlankElseBetweenCharacters() {
    String clause = "the pump moves water through the housing of bronze and holds it there";
    List<String> clauses = cut((clause + ", ").repeat(8) + "and so on it goes.");
    assertTrue(clauses.size() > 1);
    clauses.subList(0, clauses.size() - 1).forEach(c -> assertTrue(c.endsWith("there,"), c));
    List<String> blanks = cut("housing ".repeat(100));
    blanks.forEach(b -> assertTrue(b.matches("(housing ?)+") && b.length() <= 280, b));
    List<String> pairs = cut("\uD83D\uDE00".repeat(500));
    assertEquals(1000, pairs.stream().mapToInt(String::length).sum());
    pairs.forEach(p -> assertTrue(Character.isHighSurrogate(p.charAt(0))));
    cut("e\u0301".repeat(500)).forEach(p -> assertEquals('e', p.charAt(0)));
    cut("文".repeat(500)).forEach(p -> assertTrue(p.length() <= 100));
  }

  @Test
  void wikitextHeadingsStandBeforeWhatDoesNotNameThem() {
    assertEquals(List.of("Pump: It is made of cast bronze, as it should be.",
        "The pump weighs four kilograms when it is dry.",
        "Pump > Care: Its seal is to be changed once a year."),
        cut(" = Pump = \n \n It is made of cast bronze, as it should be. The pump weighs"
            + " four kilograms when it is dry. \n = = Care = = \n Its seal is to be changed once a year."));
  }

  @Test
  void aHeadingWithNothingUnderItIsAPassage() {
    assertEquals(List.of("Pump: First", "Pump: Second"),
        cut("= Pump =\n== First ==\n== Second ==\n"));
  }

  @Test
  void listItemsOfPlainTextArePassages() {
    assertEquals(List.of("Housing of cast bronze", "Seal of rubber", "2) Open it"),
        cut("- Housing of cast bronze\n- Seal of rubber\n2) Open it\n"));
  }

  @Test
  void aPassageComesApartIntoItsSentences() {
    assertEquals(List.of("The pass key is 17.", "Remember it.", "17 is the pass key"),
        SentenceBorders.sentences(" The pass key is 17. Remember it.  17 is the pass key"));
    assertEquals(List.of("鍵は十七です。", "忘れないで！"),
        SentenceBorders.sentences("鍵は十七です。忘れないで！"));
    assertEquals(List.of(), SentenceBorders.sentences(" "));
  }
}
