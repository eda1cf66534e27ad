package io.larimar.eval;

import io.larimar.engine.Excerpt.Keys;
import io.larimar.engine.ReadingOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the tasks on long texts vary.
 *
 * @param lengths tokens of each text, empty for the task's own
 * @param depths places of a needle, in percent of the text before it
 * @param facts numbers of dated facts
 * @param filler text around bAbI's stories; the other tasks take theirs from the data file
 * @param window tokens of the text that the model's own context gets, the middle cut out
 * @param retrieved longest text, in tokens, whose every sentence the retrieval column encodes
 * @param keys what passages are found by
 * @param reading what a question takes from the passages
 */
public record LongTextOptions(
    List<Long> lengths,
    List<Integer> depths,
    List<Integer> facts,
    Optional<Path> filler,
    int window,
    long retrieved,
    Keys keys,
    ReadingOptions reading) {

  /** The longest text: ten million tokens. */
  public static final long MAX_LENGTH = 10_000_000;
  /** Most dated facts. */
  public static final int MAX_FACTS = 10_000;
  private static final int LEAST_WINDOW = 256;

  /** The task's own lengths, each tenth as depth, 64 to 10,000 facts, a window of 4,096 tokens. */
  public static final LongTextOptions DEFAULT = new LongTextOptions(List.of(),
      IntStream.rangeClosed(0, 10).mapToObj(i -> 10 * i).toList(),
      List.of(64, 256, 1_024, 10_000), Optional.empty(), 4_096, 64_000,
      Keys.LEXICAL, ReadingOptions.defaults());

  public LongTextOptions {
    lengths = List.copyOf(lengths);
    depths = List.copyOf(depths);
    facts = List.copyOf(facts);
    check("lengths", lengths, 0, MAX_LENGTH);
    check("depths", depths, 0, 100);
    check("facts", facts, 1, MAX_FACTS);
    check("window", List.of(window), LEAST_WINDOW, EvalOptions.CONTEXT - LEAST_WINDOW);
    if (depths.isEmpty() || facts.isEmpty()) {
      throw new IllegalArgumentException("depths and facts must name one at least");
    }
  }

  private static void check(
      String name, List<? extends Number> values, long least, long most) {
    for (Number value : values) {
      if (value.longValue() < least || value.longValue() > most) {
        throw new IllegalArgumentException(
            name + " must be from " + least + " to " + most + ": " + value);
      }
    }
  }

  /** The lengths that were asked for, or the task's own. */
  List<Long> lengthsOr(List<Long> own) {
    return lengths.isEmpty() ? own : lengths;
  }

  /** The same with other lengths. */
  public LongTextOptions withLengths(List<Long> lengths) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** The same with other depths. */
  public LongTextOptions withDepths(List<Integer> depths) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** The same with other numbers of facts. */
  public LongTextOptions withFacts(List<Integer> facts) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** The same with filler for bAbI's stories. */
  public LongTextOptions withFiller(Path filler) {
    return new LongTextOptions(lengths, depths, facts, Optional.of(filler), window, retrieved, keys,
        reading);
  }

  /** The same with another window. */
  public LongTextOptions withWindow(int window) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** The same with another limit of the retrieval column. */
  public LongTextOptions withRetrieved(long retrieved) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** The same with passages that are found by other keys. */
  public LongTextOptions withKeys(Keys keys) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** The same with another share of the passages in the prefix. */
  public LongTextOptions withReading(ReadingOptions reading) {
    return new LongTextOptions(
        lengths, depths, facts, filler, window, retrieved, keys, reading);
  }

  /** Reads numbers with commas between; {@code k} is a thousand, {@code M} a million. */
  public static List<Long> numbers(String name, String text) {
    List<Long> numbers = new ArrayList<>();
    for (String part : text.split(",")) {
      if (!part.strip().matches("\\d{1,8}[kM]?")) {
        throw new IllegalArgumentException(
            name + " must be numbers such as 1k,64k,10M: " + text);
      }
      String digits = part.strip().replaceAll("[kM]", "");
      long unit = part.endsWith("M") ? 1_000_000 : part.endsWith("k") ? 1_000 : 1;
      numbers.add(Long.parseLong(digits) * unit);
    }
    return numbers;
  }

  /** A length as figures are named by it: 64k, 10M. */
  static String named(long length) {
    if (length >= 1_000_000 && length % 1_000_000 == 0) {
      return length / 1_000_000 + "M";
    }
    return length % 1_000 == 0 ? length / 1_000 + "k" : Long.toString(length);
  }
}
