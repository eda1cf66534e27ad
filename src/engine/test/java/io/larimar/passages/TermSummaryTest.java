package io.larimar.passages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.encoder.Feature;
import io.larimar.encoder.LexicalEncoder;
import io.larimar.encoder.SentenceEncoder;
import io.larimar.encoder.SentenceModel;
import io.larimar.encoder.EncoderOptions;
import io.larimar.encoder.TermWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Summaries of episodes, and how a question's words are weighed against them. */
class TermSummaryTest {
  private static SentenceEncoder sentences;
  private static LexicalEncoder lexical;

  @BeforeAll
  static void open() {
    sentences = SentenceEncoder.open(SentenceModel.ENGLISH, EncoderOptions.DEFAULT);
    lexical = new LexicalEncoder(256, new TermWeights(sentences.tokenizer()));
  }

  @AfterAll
  static void close() {
    sentences.close();
  }

  private static TermSummary summary(String... texts) {
    return new TermSummary(Stream.of(texts).map(lexical::features).toList());
  }

  @Test
  void whatIsInIsNeverMissedAndWhatIsNotIsSeldomSeen() {
    String[] texts = new String[32];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = "Item" + i + " alpha" + i + " beta" + i + " gamma" + i + " delta" + i + " opened";
    }
    TermSummary summary = summary(texts);
    for (int i = 0; i < texts.length; i++) {
      for (Feature feature : lexical.features(texts[i])) {
        assertTrue(summary.holds(feature.hash()), feature.text());
        assertTrue(summary.holds(i, feature.hash()), feature.text());
      }
    }
    int seen = 0;
    int seenInOne = 0;
    for (int i = 0; i < 2_000; i++) {
      long hash = lexical.features("omega" + i + "x").getLast().hash();
      seen += summary.holds(hash) ? 1 : 0;
      seenInOne += summary.holds(i % texts.length, hash) ? 1 : 0;
    }
    assertTrue(seen < 100, "seen by chance: " + seen + " of 2,000");
    assertTrue(seenInOne < 100, "seen in a passage by chance: " + seenInOne + " of 2,000");
    summary.erase();
    long opened = lexical.features("opened").getFirst().hash();
    assertFalse(summary.holds(opened) || summary.holds(0, opened));
  }

  @Test
  void rareWordsCountMoreAndAnotherEndingCountsToo() {
    List<TermSummary> summaries = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      summaries.add(summary("The city council met in room " + i));
    }
    summaries.add(summary("The Orla Institute opened a branch"));
    AskedTerms asked =
        AskedTerms.of("When does the Orla Institute open in the city?", lexical, summaries);
    double right = asked.coverage(lexical.features("The Orla Institute opened a branch."));
    double wrong = asked.coverage(lexical.features("The city council met."));
    assertTrue(right > 0.6 && wrong < 0.3, right + " " + wrong);
    assertTrue(asked.bound(summaries.getLast()) > asked.bound(summaries.getFirst()));
    TermSummary apart = summary("The Orla river", "The Institute opened in the city.");
    assertTrue(asked.bound(apart) > asked.bound(apart, 0) + asked.bound(apart, 1) - 1e-9);
    assertTrue(asked.bound(apart, 1) > asked.bound(apart, 0));
    assertEquals(0, asked.coverage(lexical.features("")));
    assertEquals(1, asked.names(lexical.features("The Orla Institute opened a branch.")));
    assertEquals(0, asked.names(lexical.features("The city council met.")));
    assertEquals(1, AskedTerms.of("When was it opened?", lexical, summaries)
        .names(lexical.features("The city council met.")));
  }
}
