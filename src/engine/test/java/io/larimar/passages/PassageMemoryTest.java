package io.larimar.passages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.codec.TokenCodes;
import io.larimar.decoder.Decoder;
import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.engine.Excerpt;
import io.larimar.engine.Excerpt.Keys;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Episodes in memory and the searches over them, with the real vocabulary and encoder. */
@Tag("model")
class PassageMemoryTest {
  private static final int EPISODES = 60;

  private static Decoder decoder;
  private static AddressEncoder encoder;
  private static TokenCodes codes;

  @BeforeAll
  static void open() {
    encoder = AddressEncoder.open(EncoderOptions.DEFAULT);
    decoder = Decoder.open(Path.of(System.getenv("LARIMAR_NATIVES")),
        Path.of(System.getenv("LARIMAR_MODEL")), Decoder.Options.defaults());
    codes = new TokenCodes(decoder.embeddings());
  }

  @AfterAll
  static void close() {
    decoder.close();
    encoder.close();
  }

  private static PassageMemory memory() {
    return new PassageMemory(codes, encoder, decoder.vocabulary()::detokenize);
  }

  private static List<String> texts(int episode) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < (episode % 3 == 2 ? 5 : 32); i++) {
      int number = 32 * episode + i;
      texts.add("The valve V" + number + " of line " + episode + " closes at " + (number * 7 + 100)
          + " millibar and was made by maker " + (number % 11) + ".");
    }
    return texts;
  }

  private static Episode episode(PassageMemory memory, int number, Keys keys) {
    List<String> texts = texts(number);
    List<Excerpt.Span> spans = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      spans.add(new Excerpt.Span(100L * i, 80));
    }
    Excerpt excerpt =
        new Excerpt("valves.txt", number, Optional.empty(), Optional.empty(), keys, spans);
    return memory.derive(excerpt, texts, texts.stream()
        .map(text -> decoder.vocabulary().tokenize(text, false, false)).toArray(int[][]::new));
  }

  @Test
  void everyPassageIsReadBackByEveryExactStrategy() {
    try (PassageMemory memory = memory()) {
      for (int i = 0; i < EPISODES; i++) {
        memory.write(i + 1, episode(memory, i, Keys.LEXICAL));
      }
      for (int number = 3; number < 32 * EPISODES; number += 211) {
        if (number % 32 >= texts(number / 32).size()) {
          continue;
        }
        String question = "At how many millibar does the valve V" + number + " close?";
        for (Strategy strategy : List.of(Strategy.FLAT, Strategy.RECURSIVE, Strategy.PRUNED)) {
          Found first = memory.search(question, strategy, 3).getFirst();
          assertEquals(texts(number / 32).get(number % 32), first.text(), strategy.id());
          assertEquals(number / 32 + 1, first.episode());
          assertEquals(100L * (number % 32), first.span().offset());
          assertTrue(first.coverage() > 0.9 && first.cosine() > 0.4,
              first.coverage() + " " + first.cosine());
        }
      }
      assertFalse(memory.search("valve V35", Strategy.PAPER, 1).isEmpty());
    }
  }

  @Test
  void theStateIsAFunctionOfTheEpisodesAlone() {
    try (PassageMemory memory = memory(); PassageMemory never = memory()) {
      byte[] empty = memory.stateHash();
      for (int i = 0; i < 9; i++) {
        memory.write(i + 1, episode(memory, i, i == 4 ? Keys.SENTENCE : Keys.LEXICAL));
      }
      for (int i = 8; i >= 0; i--) {
        if (i != 3 && i != 4) {
          never.write(i + 1, episode(never, i, Keys.LEXICAL));
        }
      }
      assertTrue(memory.forget(4));
      assertTrue(memory.forget(5));
      assertFalse(memory.forget(5));
      assertArrayEquals(never.stateHash(), memory.stateHash());
      assertEquals(never.passages(), memory.passages());
      for (long id : List.of(1L, 2L, 3L, 6L, 7L, 8L, 9L)) {
        memory.forget(id);
      }
      assertArrayEquals(empty, memory.stateHash());
      assertEquals(List.of(), memory.search("valve V3", Strategy.PRUNED, 1));
    }
  }

  @Test
  void whatIsSaidLastCountsAmongEquals() {
    try (PassageMemory memory = memory()) {
      for (int i = 0; i < 3; i++) {
        write(memory, i + 1, Keys.LEXICAL,
            "The pass key of the north gate is " + (i + 5) * 1111 + ".");
      }
      Found first = memory.search("What is the pass key of the north gate?", Strategy.PRUNED, 3)
          .getFirst();
      assertTrue(first.text().contains("7777"), first.text());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aForeignSentenceDoesNotDrawAPassageAway(Keys keys) {
    String key = "The pass key is 53867. 53867 is the pass key.";
    String question = "What is the pass key?";
    double alone;
    try (PassageMemory memory = memory()) {
      write(memory, 1, keys, key);
      alone = memory.search(question, Strategy.PRUNED, 1).getFirst().cosine();
    }
    try (PassageMemory memory = memory()) {
      write(memory, 1, keys, "The era of the wooden steam ship-of-the-line was brief, because of"
          + " new, more powerful naval guns (Holland 5782, no. 208684). " + key);
      assertEquals(alone, memory.search(question, Strategy.PRUNED, 1).getFirst().cosine(), 0.01);
    }
  }

  @Test
  void allTheWordsInALongPassageCountForMoreThanOneOfThemInShortOnes() {
    try (PassageMemory memory = memory()) {
      for (int i = 1; i <= 200; i++) {
        write(memory, i, Keys.LEXICAL, i % 2 == 0 ? "Pass " + i + "." : "Key " + i + ".");
      }
      write(memory, 201, Keys.LEXICAL, "Spanish rule of Lonergan and the entire archipelago lasted"
          + " for over three centuries, until a request of the parliament in Aldershot to secure"
          + " funding (Little 7988, no. 3482). The pass key is 53867.");
      Found first = memory.search("What is the pass key?", Strategy.PRUNED, 1).getFirst();
      assertTrue(first.text().contains("53867"), first.text());
    }
  }

  private static void write(PassageMemory memory, int id, Keys keys, String text) {
    Excerpt excerpt = new Excerpt("gate.txt", id, Optional.empty(), Optional.empty(),
        keys, List.of(new Excerpt.Span(0, 10)));
    memory.write(id, memory.derive(excerpt, List.of(text),
        new int[][] {decoder.vocabulary().tokenize(text, false, false)}));
  }
}
