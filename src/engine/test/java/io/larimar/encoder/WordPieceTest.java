package io.larimar.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordPieceTest {
  private static InputStream resource() {
    return resource(SentenceModel.ENGLISH);
  }

  private static InputStream resource(SentenceModel model) {
    return WordPieceTest.class.getClassLoader().getResourceAsStream(model.tokenizerResource());
  }

  @ParameterizedTest
  @EnumSource(SentenceModel.class)
  void agreesWithTheRustTokenizer(SentenceModel model) throws IOException {
    WordPiece ours = WordPiece.read(resource(model));
    System.setProperty("ai.djl.offline", "true");
    try (InputStream json = resource(model);
        HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(json, Map.of())) {
      List<String> texts = List.of("The maximum flow rate of the ZX-400 pump is 38 l/min.",
          "ZX-400の最大流量は毎分38リットルです。", "ｶﾞﾗｽ ＺＸ－４００ ガラス が パ", "Melchior de Vogüé, Ångström, ÇA, İstanbul",
          "naïve café\u0301 — “quoted” … 50 % €3.50", "a\u0000b\u200Bc\td\ne\u00A0f\u3000g",
          "ΟΔΥΣΣΕΥΣ Ω Straße ﬁre Ⅷ ①", "日本で梅雨がないのは北海道とどこか。", "한국어 문장입니다", "\uD83D\uDE00 ok \uD840\uDC0B",
          "x".repeat(99), "x".repeat(101), "supercalifragilisticexpialidocious isn't", "", "   ");
      for (String text : texts) {
        assertArrayEquals(Arrays.stream(theirs.encode(text).getIds()).mapToInt(Math::toIntExact)
            .toArray(), ours.encode(text, 512), text);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SentenceModel.class)
  void agreesWithTheRustTokenizerOnRandomText(SentenceModel model) throws IOException {
    long seed = 20_261_123;
    Random random = new Random(seed);
    int[][] blocks = {{0x20, 0x7E}, {0xA0, 0x17F}, {0x370, 0x3FF}, {0x400, 0x45F},
        {0x3040, 0x30FF}, {0x4E00, 0x4FFF}, {0xFF00, 0xFF9F}, {0x2010, 0x203A}};
    WordPiece ours = WordPiece.read(resource(model));
    try (InputStream json = resource(model);
        HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(json, Map.of())) {
      for (int n = 0; n < 2_000; n++) {
        StringBuilder text = new StringBuilder();
        int[] block = blocks[random.nextInt(blocks.length)];
        for (int i = random.nextInt(40); i > 0; i--) {
          if (random.nextInt(8) == 0) {
            block = blocks[random.nextInt(blocks.length)];
          }
          int c = block[0] + random.nextInt(block[1] - block[0] + 1);
          text.appendCodePoint(Character.isDefined(c) ? c : ' ');
        }
        String drawn = text.toString();
        assertArrayEquals(Arrays.stream(theirs.encode(drawn).getIds()).mapToInt(Math::toIntExact)
            .toArray(), ours.encode(drawn, 512), "seed " + seed + ", text " + n + ": " + drawn);
      }
    }
  }

  @Test
  void aLongTextIsCutToTheLimitAndStillEndsWithTheSeparator() throws IOException {
    WordPiece tokenizer = WordPiece.read(resource());
    int[] tokens = tokenizer.encode("one two three ".repeat(100), 16);
    assertEquals(16, tokens.length);
    assertEquals(tokenizer.id("[SEP]").orElseThrow(), tokens[15]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"model\": {}}", "{\"vocab\": {\"a\" 1}}", "{\"vocab\": {\"[CLS]\": 1}}",
      "{\"vocab\": {\"a\": ", "{\"vocab\": {\"a", "{\"vocab\": {\"\\u00", "{\"vocab\": {\"a\": 1"})
  void aFileWithoutVocabularyIsRefused(String json) {
    assertThrows(IllegalArgumentException.class, () -> read(json));
  }

  @Test
  void escapesAndTheSettingOfCaseAreRead() throws IOException {
    String vocabulary = """
        "model": {"vocab": {"lowercase": 9,
          "[CLS]": 0, "[SEP]":1 , "[UNK]": 2, "\\"\\u0041\\\\": 3, "a": 4, "A":5}}}
        """;
    WordPiece cased = read("{\"normalizer\": {\"lowercase\": false}, " + vocabulary);
    assertEquals(3, cased.id("\"A\\").orElseThrow());
    assertEquals(7, cased.size());
    assertArrayEquals(new int[] {0, 5, 1}, cased.encode("A", 16));
    WordPiece lower = read("{\"normalizer\": {\"lowercase\": true}, " + vocabulary);
    assertArrayEquals(new int[] {0, 4, 1}, lower.encode("A", 16));
  }

  private static WordPiece read(String json) throws IOException {
    return WordPiece.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
  }
}
