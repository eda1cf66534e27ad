package io.larimar.bench;

import io.larimar.bindings.Sampler;
import io.larimar.codec.SoftPrefix;
import io.larimar.decoder.Completion;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.Answer;
import io.larimar.engine.Conditioner;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import io.larimar.engine.Prompt;
import io.larimar.engine.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the speed report measures on: an engine with a store of its own that holds invented facts.
 */
final class SpeedRig implements AutoCloseable {
  /** Tokens of a chat prompt that asks one of the facts, template included. */
  static final int PROMPT_TOKENS = 100;

  private static final String[] NAMES = {"Orla", "Tamsin", "Vexo", "Quill", "Brenta", "Sarno",
      "Lumet", "Kivo"};
  private static final String[] THINGS = {"pump", "gateway", "lamp", "scanner", "valve", "router",
      "drill", "heater"};
  private static final String FILLER = "Thank you in advance for your help with this. I am sitting"
      + " at my desk on a quiet afternoon and would like to know just one thing more. Please answer"
      + " in a short and friendly way, as I have to hand in my notes this very evening and before"
      + " that they are to be read by two of my friends who have asked me to keep them as plain as"
      + " they can be.";

  private final Larimar larimar;
  private final Conditioner conditioner;
  private final Path folder;
  private final List<Fact> facts = new ArrayList<>();
  private final List<Long> ids = new ArrayList<>();

  private SpeedRig(LarimarOptions options, Path folder) {
    this.folder = folder;
    this.larimar = Larimar.open(options, replayed -> { });
    this.conditioner = new Conditioner(larimar.decoder());
  }

  /** Opens an engine with one fact about each of so many invented things, 64 at most. */
  static SpeedRig open(Path natives, Path model, Decoder.Options decoder, int facts)
      throws IOException {
    Path folder = Files.createTempDirectory("larimar-bench");
    LarimarOptions options = LarimarOptions.of(natives, model, folder.resolve("store"));
    SpeedRig rig = new SpeedRig(options.withDecoder(decoder), folder);
    for (int i = 0; i < facts; i++) {
      rig.facts.add(Fact.of(subject(i), "The maximum flow rate of the {} is",
          String.format(Locale.ROOT, "%d litres per minute", 21 + 7 * i)));
    }
    rig.larimar.writeAll(rig.facts).forEach(receipt -> rig.ids.add(receipt.id()));
    return rig;
  }

  private static String subject(int i) {
    return NAMES[i % NAMES.length] + "-" + (107 + 11 * i) + " "
        + THINGS[i / NAMES.length % THINGS.length];
  }

  Larimar larimar() {
    return larimar;
  }

  int facts() {
    return facts.size();
  }

  long id(int fact) {
    return ids.get(fact);
  }

  String text(int fact) {
    return facts.get(fact).text();
  }

  /** A question that the fact answers. */
  String question(int fact) {
    return "What is the maximum flow rate of the " + subject(fact) + "?";
  }

  /** The same wish in words that were not met before, where the client was not. */
  String request(int fact, int client) {
    return "Please tell client " + client + " what the maximum flow rate of the " + subject(fact)
        + " is.";
  }

  /** A question that no fact answers, of about the same length. */
  static String strange(int i) {
    return "What is the usual opening time of the bakery in street number " + (107 + 11 * i) + "?";
  }

  /** The beginning of the fact's statement, to be continued. */
  String statement(int fact) {
    return "The maximum flow rate of the " + subject(fact) + " is";
  }

  /**
   * A chat prompt of {@link #PROMPT_TOKENS} tokens for the base model, or one more where a word of
   * its vocabulary is two.
   */
  Prompt padded(String question) {
    String text = question + " " + FILLER;
    Prompt padded = Prompt.question(question);
    for (int at = question.length(); tokens(padded).length < PROMPT_TOKENS; ) {
      at = text.indexOf(' ', at + 1);
      if (at < 0) {
        break;
      }
      padded = Prompt.question(text.substring(0, at));
    }
    int length = tokens(padded).length;
    if (length < PROMPT_TOKENS || length > PROMPT_TOKENS + 1) {
      throw new IllegalStateException("a prompt of the report should have " + PROMPT_TOKENS
          + " tokens, but has " + length + ": " + padded.lastTurn());
    }
    return padded;
  }

  int[] tokens(Prompt prompt) {
    return conditioner.tokens(prompt, SoftPrefix.NONE);
  }

  /** Tokens of plain text without control tokens, exactly so many. */
  int[] plainTokens(int count) {
    int[] once = larimar.decoder().vocabulary().tokenize(FILLER, true, false);
    int[] tokens = new int[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = once[i % once.length];
    }
    return tokens;
  }

  /** What the engine asks of the decoder for these facts and this prompt; greedy. */
  GenerationRequest request(Prompt prompt, List<ReadOut> readOuts, int maxTokens) {
    return conditioner.request(prompt, readOuts, Sampler.Settings.GREEDY, maxTokens, List.of());
  }

  /** The same with a contrast that never fades, so that both sequences are decoded to the end. */
  GenerationRequest contrasted(Prompt prompt, List<ReadOut> readOuts, int maxTokens) {
    return contrasted(prompt, readOuts, maxTokens, new Contrast(0.5f, 0.1f, 1 << 20));
  }

  /** The same with any contrast. */
  GenerationRequest contrasted(
      Prompt prompt, List<ReadOut> readOuts, int maxTokens, Contrast contrast) {
    Conditioner contrasting = new Conditioner(
        larimar.decoder(), larimar.decoder().frame(), contrast, Conditioner.POINTER_BIAS);
    return contrasting.request(
        prompt, readOuts, Sampler.Settings.GREEDY, maxTokens, List.of());
  }

  /**
   * Nanoseconds from the question to its first token, everything included.
   *
   * @param inScope what the question should be; anything else would measure something else
   */
  long firstToken(Prompt prompt, boolean memory, boolean inScope) {
    Question question = Question.of(prompt).withMaxTokens(1);
    long start = System.nanoTime();
    Answer answer = larimar.ask(memory ? question : question.withoutMemory());
    answer.completion();
    long nanos = System.nanoTime() - start;
    if (answer.recall().scope().inScope() != inScope) {
      throw new IllegalStateException("a question of the report should be "
          + (inScope ? "in" : "out of") + " scope: " + prompt.lastTurn());
    }
    return nanos;
  }

  /** Nanoseconds a token after the first. */
  static double nanosPerToken(Completion completion) {
    if (completion.tokens().length < 2) {
      throw new IllegalStateException("a generation of the report ended at once");
    }
    return (double) (completion.totalNanos() - completion.firstTokenNanos())
        / (completion.tokens().length - 1);
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  @Override
  public void close() throws IOException {
    larimar.close();
    deleteTree(folder);
  }

  /** Deletes a folder of the report's own. */
  static void deleteTree(Path folder) throws IOException {
    try (Stream<Path> left = Files.walk(folder)) {
      for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
