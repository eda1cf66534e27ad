package io.larimar.eval.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.eval.data.Needles.Needle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LongTextTest {
  @TempDir
  private Path folder;

  /** Thirty sentences in WikiText's form, with a heading and a sentence that is left out. */
  private Path file() throws IOException {
    StringBuilder text = new StringBuilder(" = The ferry = \n \n");
    for (int i = 0; i < 30; i++) {
      text.append(" The old ferry number ").append(i)
          .append(" , once built in Harwick , crosses the river . \n");
    }
    text.append(" The <unk> of this sentence is not known to anybody . \n");
    return Files.writeString(folder.resolve("filler.txt"), text);
  }

  private static List<String> draw(Filler filler, long seed, int count) {
    Filler.Pass pass = filler.pass(seed);
    return IntStream.range(0, count).mapToObj(i -> pass.next()).toList();
  }

  @Test
  void fillerFollowsTheFileFirstAndNeverRepeatsASentence() throws IOException {
    Filler filler = Filler.read(file());
    assertEquals(30, filler.size());
    List<String> drawn = draw(filler, 5, 300);
    assertEquals("The old ferry number 0, once built in Harwick, crosses the river.",
        drawn.getFirst());
    assertEquals(300, new HashSet<>(drawn).size());
    assertEquals(drawn, draw(filler, 5, 300));
    assertNotEquals(drawn, draw(filler, 6, 300));
  }

  @Test
  void behindTheFilesOwnSentencesEachBearsARunningNumber() throws IOException {
    List<String> drawn = draw(Filler.read(file()), 5, 1_000);
    for (int i = 30; i < drawn.size(); i++) {
      assertTrue(drawn.get(i).endsWith(", no. " + (i - 29) + ")."), drawn.get(i));
    }
    assertTrue(drawn.stream().map(s -> s.replaceFirst(" \\(.*", "")).distinct().count() > 60,
        "of 30 sentences more than 60 are made by other numbers");
  }

  @Test
  void fillerThatIsNoTextOrTooLittleIsRefused() throws IOException {
    Path little = Files.writeString(folder.resolve("little.txt"), " One short line . \n");
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Filler.read(little))
        .getMessage().contains("at least 20"));
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xC3, 0x28});
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Filler.read(binary))
        .getMessage().contains("UTF-8"));
    assertThrows(IllegalArgumentException.class, () -> Filler.read(folder.resolve("none")));
  }

  @Test
  void aDistractorDiffersByTheCityAndEachKeyIsItsOwn() {
    List<Needle> pairs = new Needles(9).pairs(Needles.MOST);
    Set<String> keys = new HashSet<>();
    Set<String> cities = new HashSet<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      Needle needle = pairs.get(i);
      Needle other = pairs.get(i + 1);
      assertEquals(1, different(needle.question(), other.question()), needle.question());
      assertEquals(2, different(needle.sentence(), other.sentence()), needle.sentence());
      assertTrue(needle.sentence().startsWith(needle.lead()));
      for (Needle each : List.of(needle, other)) {
        assertTrue(each.sentence().contains(each.key()));
        assertTrue(keys.add(each.key()) && cities.add(each.city()), each.sentence());
      }
    }
    assertEquals(pairs, new Needles(9).pairs(Needles.MOST));
    assertThrows(IllegalArgumentException.class, () -> new Needles(9).pairs(Needles.MOST + 1));
  }

  @Test
  void noTwoDatedFactsAskTheSameAndAFourthRepeatASubject() {
    List<DatedFacts.DatedFact> facts = DatedFacts.draw(DatedFacts.MOST, 3);
    assertEquals(DatedFacts.MOST, facts.size());
    assertEquals(facts.size(),
        facts.stream().map(DatedFacts.DatedFact::lead).distinct().count());
    for (int i = 0; i < facts.size(); i++) {
      DatedFacts.DatedFact fact = facts.get(i);
      assertTrue(fact.statement().endsWith(" " + fact.target() + "."), fact.statement());
      assertTrue(!fact.question().contains(fact.target()), fact.question());
      if (i % 4 == 3) {
        assertEquals(undated(facts.get(i - 1)), undated(fact));
        assertNotEquals(facts.get(i - 1).target(), fact.target());
      }
    }
    for (DatedFacts.DatedFact fact : facts) {
      String unit = fact.target().substring(fact.answer().length());
      assertEquals(fact.target(), fact.answer() + unit);
      assertTrue(unit.isEmpty() || fact.question().contains(unit), fact.question());
    }
    assertTrue(facts.stream().anyMatch(f -> f.answer().endsWith(" crowns")));
    assertTrue(facts.stream().anyMatch(f -> f.answer().matches("\\d+")));
    assertEquals(facts.subList(0, 9), DatedFacts.draw(9, 3));
    assertThrows(IllegalArgumentException.class, () -> DatedFacts.draw(0, 3));
  }

  private static String undated(DatedFacts.DatedFact fact) {
    return fact.lead().replaceAll("\\d+ [A-Z][a-z]+ \\d{4}", "");
  }

  private static int different(String a, String b) {
    List<String> left = new ArrayList<>(List.of(a.split(" ")));
    String[] right = b.split(" ");
    assertEquals(left.size(), right.length);
    return (int) IntStream.range(0, right.length)
        .filter(i -> !left.get(i).equals(right[i])).count();
  }
}
