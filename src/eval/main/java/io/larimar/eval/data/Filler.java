package io.larimar.eval.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Filler text without end, from the sentences of one file in WikiText's form.
 *
 * <p>The first pass gives the file's sentences as they stand, in their order. Each later pass gives
 * them in a seeded order, with seeded numbers and names in the places of theirs and with a source
 * behind them that bears a running number, so that no sentence comes twice and no passage repeats
 * verbatim, however long the text.
 */
public final class Filler {
  private static final int LEAST_WORDS = 6;
  private static final int MOST_WORDS = 50;
  private static final int LEAST_SENTENCES = 20;
  private static final Pattern NUMBER = Pattern.compile("\\b\\d{1,6}\\b");
  private static final Pattern NAME = Pattern.compile("(?<=[a-z,] )[A-Z][a-z]{3,}\\b");

  private final List<String> sentences;
  private final List<String> names;

  private Filler(List<String> sentences) {
    this.sentences = List.copyOf(sentences);
    TreeSet<String> found = new TreeSet<>();
    for (String sentence : sentences) {
      NAME.matcher(sentence).results().forEach(r -> found.add(r.group()));
    }
    found.add("Berger"); // A source needs a name.
    this.names = List.copyOf(found);
  }

  /**
   * Reads a file of paragraphs; headings and sentences with unknown words are left out.
   *
   * @throws IllegalArgumentException where it cannot be read or holds too few sentences
   */
  public static Filler read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": is not UTF-8 text", e);
    } catch (IOException e) {
      throw JsonRecords.unreadable(file, e);
    }
    TreeSet<String> seen = new TreeSet<>();
    List<String> sentences = new ArrayList<>();
    for (String line : lines) {
      if (line.strip().startsWith("=")) {
        continue;
      }
      for (String raw : line.split(" (?<=[.?!] )(?=[A-Z])")) {
        String sentence = plain(raw);
        int words = sentence.split(" ").length;
        if (words >= LEAST_WORDS && words <= MOST_WORDS && !sentence.contains("<unk>")
            && sentence.endsWith(".") && seen.add(sentence)) {
          sentences.add(sentence);
        }
      }
    }
    if (sentences.size() < LEAST_SENTENCES) {
      throw new IllegalArgumentException(file + ": holds " + sentences.size()
          + " sentences of filler, at least " + LEAST_SENTENCES + " are needed");
    }
    return new Filler(sentences);
  }

  /** WikiText's tokens as ordinary writing. */
  private static String plain(String text) {
    return text.replaceAll(" @([-.,])@ ", "$1").replaceAll(" ([.,;:?!)%]|'s\\b|'t\\b)", "$1")
        .replace("( ", "(").replaceAll("\" ([^\"]*) \"", "\"$1\"").strip();
  }

  /** Sentences of the file. */
  public int size() {
    return sentences.size();
  }

  /** The sentences of one seed, from the first. */
  public Pass pass(long seed) {
    return new Pass(new Random(seed));
  }

  /** One walk through the filler; it never ends. */
  public final class Pass {
    private final Random random;
    private final List<Integer> order = new ArrayList<>();
    private boolean verbatim = true;
    private int at;
    private long sources;

    private Pass(Random random) {
      this.random = random;
      for (int i = 0; i < sentences.size(); i++) {
        order.add(i);
      }
    }

    /** The next sentence. */
    public String next() {
      if (at == order.size()) {
        Collections.shuffle(order, random);
        verbatim = false;
        at = 0;
      }
      String sentence = sentences.get(order.get(at++));
      return verbatim ? sentence : varied(sentence);
    }

    private String name() {
      return names.get(random.nextInt(names.size()));
    }

    private String varied(String sentence) {
      String numbers = NUMBER.matcher(sentence).replaceAll(found -> number(found.group().length()));
      String named = NAME.matcher(numbers).replaceAll(found -> Matcher.quoteReplacement(name()));
      return named.substring(0, named.length() - 1) + " (" + name() + " " + number(4) + ", no. "
          + ++sources + ").";
    }

    private String number(int digits) {
      StringBuilder text = new StringBuilder().append((char) ('1' + random.nextInt(9)));
      while (text.length() < digits) {
        text.append((char) ('0' + random.nextInt(10)));
      }
      return text.toString();
    }
  }
}
