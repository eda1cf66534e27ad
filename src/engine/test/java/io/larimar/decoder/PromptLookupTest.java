package io.larimar.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PromptLookupTest {

  @Test
  void whatFollowedTheLastThreeTokensIsGuessed() {
    PromptLookup lookup = new PromptLookup(4, new int[] {9, 1, 2, 3, 4, 5, 6, 1, 2}, 8);
    assertEquals(0, lookup.guess(8)); // two tokens are too few
    lookup.add(3);
    assertEquals(4, lookup.guess(8));
    assertEquals(4, lookup.token(0));
    assertEquals(1, lookup.token(3));
    assertEquals(2, lookup.guess(2));
    assertEquals(0, lookup.guess(0));
    lookup.add(7);
    assertEquals(0, lookup.guess(8));
    assertEquals(0, lookup.length());
  }

  @Test
  void theLastPlaceCountsAndTheGuessEndsWithTheText() {
    PromptLookup lookup = new PromptLookup(8, new int[] {1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3}, 8);
    assertEquals(4, lookup.guess(8));
    assertEquals(5, lookup.token(0));
    assertEquals(3, lookup.token(3));
    PromptLookup same = new PromptLookup(8, new int[] {7, 7, 7, 7}, 8);
    assertEquals(1, same.guess(8));
  }

  @Test
  void nothingIsGuessedWhereNothingIsWanted() {
    PromptLookup lookup = new PromptLookup(0, new int[] {1, 2, 3, 1, 2, 3}, 4);
    lookup.add(1);
    assertEquals(0, lookup.guess(4));
    assertEquals(0, new PromptLookup(4, new int[] {1}, 4).guess(4));
  }
}
