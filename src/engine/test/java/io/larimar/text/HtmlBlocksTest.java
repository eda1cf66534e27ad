package io.larimar.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is text in HTML. */
class HtmlBlocksTest {
  private static List<String> cut(String text) {
    return PassageReaderTest.texts(text, TextFormat.HTML);
  }

  @Test
  void blocksArePassagesUnderTheirHeadings() {
    assertEquals(List.of("ZX-400 pump: The flow is 38 litres per minute.",
        "ZX-400 pump: loose text",
        "ZX-400 pump > Parts: Housing of bronze", "ZX-400 pump > Parts: Inner seal",
        "ZX-400 pump > Parts: Term", "ZX-400 pump > Parts: What it means",
        "ZX-400 pump > Parts: Quoted", "ZX-400 pump > Parts: the first div",
        "ZX-400 pump > Parts: inside", "ZX-400 pump > Parts: its tail"),
        cut("<h1>ZX-400 <i>pump</i></h1><p>The flow is 38&nbsp;litres per <b>min</b>ute.</p>"
            + "loose\ntext<h2>Parts</h2><ul><li>Housing of bronze<ul><li>Inner seal</li></ul></li></ul>"
            + "<dl><dt>Term<dd>What it means</dl><blockquote>Quoted</blockquote>"
            + "<div>the first div<div>inside</div>its tail</div>"));
  }

  @Test
  void rowsOfATableSayTheirHeaders() {
    assertEquals(List.of("Name: ZX; Voltage: 24 V", "Name: AQ; Voltage: 12 V < 13", "Only; Heads"),
        cut("<table><thead><tr><th>Name</th><th>Voltage</th></tr></thead><tbody>"
            + "<tr><td>ZX</td><td><p>24 V</p></td></tr><tr><th>AQ</th><td>12 V &lt; 13</td></tr>"
            + "</table><table><tr><th>Only</th><th>Heads</th></tr></table>"));
  }

  @Test
  void scriptsStylesNavigationAndTemplatesAreNoText() {
    assertEquals(List.of("Words that people see."),
        cut("<head><style>p{}</style></head><body><nav><p>Home</p><ul><li>About</ul></nav>"
            + "<script>var x = '<p>no</p>';</script><template><p>hid</p></template><!-- note -->"
            + "<p>Words that people see.</p></body>"));
  }

  @Test
  void theTitleElementIsTheTitle() {
    try (PassageReader reader = PassageReader.of(
        "<html><head><title>Pump &amp; Co</title></head><body><h1>Other</h1><p>Words.</p></body>",
        TextFormat.HTML)) {
      reader.next();
      assertEquals(Optional.of("Pump & Co"), reader.title());
    }
  }

  @Test
  void linesOfPreformattedTextAreSentences() {
    assertEquals(List.of("the first line of the code here", "the second line of the code here"),
        cut("<pre>the first line of the code here\n  the second line of the code here</pre>"));
  }

  /** Tags that are not closed, or in the wrong order: the parser moves elements about. */
  @Test
  void noWordIsLostInBrokenMarkup() {
    String[] tags = {"b", "i", "p", "div", "ul", "li", "a", "span", "blockquote", "br", "code", "dl",
        "dt", "dd", "section", "pre", "font", "body", "button"};
    for (int seed = 0; seed < 2000; seed++) {
      Random random = new Random(seed);
      StringBuilder page = new StringBuilder();
      StringBuilder words = new StringBuilder();
      for (int i = 0; i < 30; i++) {
        String tag = tags[random.nextInt(tags.length)];
        page.append(random.nextInt(3) == 0 ? "</" : "<").append(tag).append('>');
        if (random.nextBoolean()) {
          page.append(" w").append(i).append(' ');
          words.append('w').append(i);
        }
      }
      assertEquals(words.toString(), String.join("", cut(page.toString())).replace(" ", ""),
          "seed " + seed + ": " + page);
    }
  }

  @Test
  void japaneseLinesJoinWithoutBlanks() {
    assertEquals(List.of("この製品の最大流量は毎分三十八リットルです。"),
        cut("<p>この製品の最大流量は\n  毎分三十八リットルです。</p>"));
  }
}
