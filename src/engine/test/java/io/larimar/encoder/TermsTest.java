package io.larimar.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TermsTest {
  private static List<String> texts(String text) {
    return Terms.of(text).stream().map(Term::text).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ZX-400", "ZX 400", "zx400", "ＺＸ－４００", "ＺＸ４００", "ZX–400", "ZX_400"})
  void writingsOfOneProductNumberGiveTheSameTerms(String text) {
    assertEquals(List.of("zx", "400"), texts(text));
  }

  @Test
  void possessivesAreCutOffAndAccentsFolded() {
    assertEquals(List.of("melchior", "de", "vogue", "mother", "tongue"),
        texts("Melchior de Vogüé's mother tongue"));
    assertEquals(List.of("the", "pump", "o", "brien"), texts("the pump’s O'Brien"));
    assertEquals(List.of("zx", "400", "weight"), texts("ZX-400's weight"));
  }

  @Test
  void halfWidthVoicedKanaCompose() {
    assertEquals(texts("ガラスポンプ"), texts("ｶﾞﾗｽﾎﾟﾝﾌﾟ"));
  }

  @Test
  void japaneseIsCutByScript() {
    assertEquals(List.of("zx", "400", "の", "重", "量", "は", "ポンプ"), texts("ZX-400の重量は？ポンプ"));
  }

  @Test
  void offsetsPointIntoTheOriginalText() {
    String text = "Where is ＺＸ－４００'s café?";
    for (Term term : Terms.of(text)) {
      assertEquals(term.text(), texts(text.substring(term.start(), term.end())).get(0));
    }
  }

  @Test
  void onlyTermsThatTouchOrShareOneHyphenAreJoined() {
    List<Term> terms = Terms.of("ZX-400 B");
    assertTrue(terms.get(1).joined());
    assertFalse(terms.get(2).joined());
    assertFalse(terms.get(0).joined());
  }

  @Test
  void textWithoutLettersHasNoTerms() {
    assertEquals(List.of(), Terms.of(" … !? "));
  }
}
