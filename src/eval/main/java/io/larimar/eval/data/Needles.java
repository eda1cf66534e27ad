package io.larimar.eval.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Sentences to be hidden in long text, each with a key of its own: needles, and distractors that
 * differ from a needle by one word, the city (and so hold another key).
 */
public final class Needles {
  /** Most needles of one draw. */
  public static final int MOST = 24;

  private static final List<String> CITIES = List.of("Lisbon", "Lublin", "Porto", "Perth",
      "Bergen", "Bremen", "Turin", "Tunis", "Kyoto", "Quito", "Lima", "Lyon", "Oslo", "Osaka",
      "Malmo", "Milan", "Nantes", "Naples", "Geneva", "Genoa", "Riga", "Rouen", "Tampere", "Tampa",
      "Vienna", "Verona", "Dakar", "Dhaka", "Seville", "Seoul", "Havana", "Harare", "Bogota",
      "Boston", "Cairo", "Calais", "Dublin", "Durban", "Exeter", "Essen", "Graz", "Ghent", "Izmir",
      "Ibadan", "Jena", "Jakarta", "Krakow", "Kazan");

  private final Random random;
  private final Set<String> used = new HashSet<>();

  /**
   * One needle.
   *
   * @param city what it is about
   * @param sentence what is hidden
   * @param key what must be found
   */
  public record Needle(String city, String sentence, String key) {
    /** What is asked for it. */
    public String question() {
      return "What is the special magic number for the city of " + city + "?";
    }

    /** How the answer begins. */
    public String lead() {
      return "The special magic number for the city of " + city + " is";
    }
  }

  public Needles(long seed) {
    this.random = new Random(seed);
  }

  /**
   * Needles with their distractors: the one at an even place is asked for, the one behind it is its
   * distractor.
   */
  public List<Needle> pairs(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("count must be from 1 to " + MOST + ": " + count);
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    List<Needle> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int side = 0; side < 2; side++) {
        String city = CITIES.get(2 * order.get(i) + side);
        String key = key(7);
        pairs.add(new Needle(city,
            "The special magic number for the city of " + city + " is " + key + ".", key));
      }
    }
    return pairs;
  }

  /** Questions for cities of which {@link #pairs} of a smaller count than the most has no needle. */
  public static List<String> absent(List<Needle> pairs) {
    Set<String> there = new HashSet<>(pairs.stream().map(Needle::city).toList());
    return CITIES.stream().filter(city -> !there.contains(city))
        .map(city -> new Needle(city, "", "").question()).toList();
  }

  /** A number of so many digits that no needle of this draw has. */
  public String key(int digits) {
    int least = (int) Math.pow(10, digits - 1);
    while (true) {
      String key = Integer.toString(least + random.nextInt(9 * least));
      if (used.add(key)) {
        return key;
      }
    }
  }
}
