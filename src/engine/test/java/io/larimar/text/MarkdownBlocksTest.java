package io.larimar.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is markup in Markdown, and what is text. */
class MarkdownBlocksTest {
  private static List<String> cut(String text) {
    return PassageReaderTest.texts(text, TextFormat.MARKDOWN);
  }

  @Test
  void theLastTwoHeadingsStandBeforeAPassage() {
    assertEquals(List.of("Pump: Some words under the first heading.",
        "Pump > Care: Change the seal once a year.",
        "Care > Oil: Use no grease of any kind in it.",
        "Other: The last words of the text are here."),
        cut("# Pump\nSome words under the first heading.\n\nCare\n----\nChange the seal once a"
            + " year.\n### Oil ###\nUse no grease of any kind in it.\n\nOther\n=====\n"
            + "The last words of the text are here."));
  }

  @Test
  void listItemsNestAndMayBeNumberedOrTasks() {
    assertEquals(List.of("Housing", "Seal of rubber that goes on", "Inner seal", "Open it",
        "Close it", "Done", "To do"),
        cut("- Housing\n- Seal of rubber\n  that goes on\n  * Inner seal\n\n1. Open it\n2) Close"
            + " it\n- [x] Done\n- [ ] To do\n"));
  }

  @Test
  void aNumberThatBeginsALineOfAParagraphIsText() {
    assertEquals(List.of("The pump was first made in the year 1984.", "It was heavy at that time."),
        cut("The pump was first made in the year\n1984. It was heavy at that time."));
  }

  @Test
  void rowsOfATableSayTheirHeaders() {
    assertEquals(List.of("Name: ZX-400; Voltage: 24 V", "Name: AQ | 20", "Text after the table."),
        cut("| Name | **Voltage** |\n|---|:-:|\n| ZX-400 | `24 V` |\n| AQ \\| 20 | |\n\n"
            + "Text after the table."));
    assertEquals(List.of("a: 1; b: 2"), cut("a | b\n--|--\n1 | 2"));
    assertEquals(List.of("Only; Heads"), cut("| Only | Heads |\n|---|---|\n"));
    assertEquals(List.of("no; header"), cut("| no | header |\n"));
  }

  @Test
  void codeIsKeptLineByLine() {
    assertEquals(List.of("int flowRate = pump.flow() * 2;", "# a comment in the shell, no heading"),
        cut("```java\nint flowRate = pump.flow() * 2;\n# a comment in the shell, no heading\n```"));
    assertEquals(List.of("Before the code.", "# indented code is no heading either"),
        cut("Before the code.\n\n    # indented code is no heading either\n"));
  }

  @Test
  void frontMatterGivesTheTitleAndIsNoText() {
    try (PassageReader reader = PassageReader.of(
        "---\ntitle: \"A manual\"\ndate: 2026-01-01\n---\n# Pump\nWords.", TextFormat.MARKDOWN)) {
      assertEquals("Pump: Words.", reader.next().orElseThrow().text());
      assertEquals(Optional.of("A manual"), reader.title());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "a **bold** and *slanted* word|a bold and slanted word",
      "_under_ __scores__ snake_case_name|under scores snake_case_name",
      "2 * 3 and 4*5*6 stay|2 * 3 and 4*5*6 stay",
      "~~gone~~ and ~here|gone and ~here",
      "the `co*d*e` here|the co*d*e here",
      "see [the manual](http://example.org/a_(b)) now|see the manual now",
      "see [the manual][ref] and [1] now|see the manual and [1] now",
      "![a drawing](a.png) of it|a drawing of it",
      "<https://example.org/> and <b>bold</b> 1 < 2|https://example.org/ and bold 1 < 2",
      "AT&amp;T &lt;here&gt; R&D|AT&T <here> R&D",
      "\\*no emphasis\\*|*no emphasis*",
      "words <!-- hidden --> stay `<!--`|words stay <!--",
      "> quoted words|quoted words",
      "これは**重要**です|これは重要です"})
  void markupWithinALineIsDropped(String markdown, String text) {
    assertEquals(List.of(text), cut(markdown));
  }

  @Test
  void linksCommentsAndEmphasisMayGoOnInTheNextLine() {
    assertEquals(List.of("See the long manual of it for the rest."),
        cut("See [the long\nmanual](a.html) **of\nit** for <!-- not\nseen --> the rest.\n\n"
            + "[ref]: http://example.org\n"));
  }
}
