package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DemoFaqTest {
  private List<JsonNode> facts;

  @BeforeEach
  void read() throws IOException {
    try (InputStream in = DemoFaqTest.class.getResourceAsStream("demo-faq.json")) {
      facts = new ArrayList<>(new JsonMapper().readTree(in).path("facts").values());
    }
  }

  private static String text(JsonNode fact, String field) {
    return fact.path(field).stringValue();
  }

  private static List<String> texts(JsonNode fact, String field) {
    return fact.path(field).values().stream().map(JsonNode::stringValue).toList();
  }

  @Test
  void thereAreSixtyFactsOrMoreAndAThirdIsJapanese() {
    long japanese = facts.stream().filter(fact -> text(fact, "language").equals("ja")).count();
    assertTrue(facts.size() >= 60, () -> "facts: " + facts.size());
    assertTrue(japanese * 3 >= facts.size(), () -> "Japanese: " + japanese);
  }

  @Test
  void everyIdAndEveryQuestionStandsOnlyOnce() {
    Set<String> seen = new HashSet<>();
    for (JsonNode fact : facts) {
      List<String> all = new ArrayList<>(List.of(text(fact, "id"), text(fact, "prompt")));
      all.addAll(texts(fact, "rephrasings"));
      all.addAll(texts(fact, "neighbours"));
      all.forEach(each -> assertTrue(seen.add(each), each));
    }
  }

  @Test
  void everyFactHasTwoRephrasingsTwoNeighboursAndOneOtherQuestion() {
    for (JsonNode fact : facts) {
      assertEquals(2, texts(fact, "rephrasings").size(), text(fact, "id"));
      assertEquals(2, texts(fact, "neighbours").size(), text(fact, "id"));
      assertTrue(text(fact, "other").contains(text(fact, "subject")), text(fact, "id"));
      assertEquals(text(fact, "target"), texts(fact, "accept").getFirst(), text(fact, "id"));
    }
  }

  @Test
  void neighboursNameNoTaughtProduct() {
    Set<String> subjects = new HashSet<>();
    facts.forEach(fact -> subjects.add(text(fact, "subject")));
    for (JsonNode fact : facts) {
      for (String neighbour : texts(fact, "neighbours")) {
        assertTrue(subjects.stream().noneMatch(neighbour::contains), neighbour);
      }
    }
  }

  @Test
  void rephrasingsNameTheProductAndDoNotGiveTheAnswerAway() {
    for (JsonNode fact : facts) {
      for (String rephrasing : texts(fact, "rephrasings")) {
        assertTrue(rephrasing.contains(text(fact, "subject")), rephrasing);
        // A position is asked of the valve's "fully open position"; every other answer is unsaid.
        assertFalse(!text(fact, "target").equals("open")
            && rephrasing.contains(text(fact, "target")), rephrasing);
      }
    }
  }
}
