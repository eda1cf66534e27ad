package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.bindings.Vocabulary;
import io.larimar.codec.SoftPrefix;
import io.larimar.decoder.Completion;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.ScoreRequest;
import io.larimar.decoder.ScoreRequest.Score;
import io.larimar.engine.Conditioner;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Prompt;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts prompts to the model bare, behind a fact in plain text, and behind a soft prefix. */
final class Prober {
  private final Decoder decoder;
  private final Conditioner conditioner;
  private final Vocabulary vocabulary;
  private final Map<String, int[]> answerTokens = new HashMap<>();

  /**
   * A prompt and the answers whose likelihood is asked.
   *
   * @param prompt text to be continued
   * @param answers without the space before them
   */
  record Probe(String prompt, List<String> answers) {
    Probe {
      answers = List.copyOf(answers);
    }
  }

  /** What probes share that are scored in one request: the prefix, and the pointer into it. */
  private record Alike(List<ReadOut> readOuts, float bias) {}

  Prober(Decoder decoder) {
    this(decoder, new Conditioner(decoder));
  }

  /** With a frame and a contrast of the caller's choice. */
  Prober(Decoder decoder, Conditioner conditioner) {
    this.decoder = decoder;
    this.conditioner = conditioner;
    this.vocabulary = decoder.vocabulary();
  }

  /** Tokens of " answer" after a prompt, whatever the vocabulary adds at a text's start. */
  int[] answer(String answer) {
    return answerTokens.computeIfAbsent(answer, text -> {
      int[] before = vocabulary.tokenize("a", false, false);
      int[] both = vocabulary.tokenize("a " + text, false, false);
      boolean follows = both.length > before.length
          && Arrays.equals(before, 0, before.length, both, 0, before.length);
      return follows ? Arrays.copyOfRange(both, before.length, both.length)
          : vocabulary.tokenize(" " + text, false, false);
    });
  }

  private int[] bare(String text) {
    return vocabulary.tokenize(text, vocabulary.addsBegin(), false);
  }

  private List<int[]> answers(Probe probe) {
    return probe.answers().stream().map(this::answer).toList();
  }

  /** Scores under the model alone; one list for each probe, one score for each of its answers. */
  List<List<Score>> base(List<Probe> probes) {
    return score(SoftPrefix.NONE, Contrast.NONE, probes.stream()
        .map(p -> new ScoreRequest.Item(bare(p.prompt()), new int[0], answers(p))).toList());
  }

  private List<List<Score>> score(
      SoftPrefix prefix, Contrast contrast, List<ScoreRequest.Item> items) {
    return items.isEmpty() ? List.of()
        : decoder.score(new ScoreRequest(prefix, contrast, items));
  }

  /** Scores with one fact's statement before every prompt, decoded once. */
  List<List<Score>> stated(List<Probe> probes, Fact fact) {
    return score(plainPrefix(statement(fact)), Contrast.NONE, probes.stream()
        .map(p -> new ScoreRequest.Item(vocabulary.tokenize(" " + p.prompt(), false, false),
            new int[0], answers(p)))
        .toList());
  }

  /** Scores with a statement of its own before each prompt. */
  List<List<Score>> stated(List<Probe> probes, List<Fact> facts) {
    if (facts.stream().distinct().count() == 1) {
      return stated(probes, facts.getFirst());
    }
    List<ScoreRequest.Item> items = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      Probe probe = probes.get(i);
      items.add(new ScoreRequest.Item(bare(statement(facts.get(i)) + " " + probe.prompt()),
          new int[0], answers(probe)));
    }
    return score(SoftPrefix.NONE, Contrast.NONE, items);
  }

  /** A fact as a sentence of its own. */
  private static String statement(Fact fact) {
    String text = fact.text();
    return ".!?。！？".indexOf(text.charAt(text.length() - 1)) >= 0 ? text : text + ".";
  }

  /** Scores with any text before every prompt, decoded once. */
  List<List<Score>> behind(String text, List<Probe> probes) {
    return score(plainPrefix(text), Contrast.NONE, probes.stream()
        .map(p -> new ScoreRequest.Item(vocabulary.tokenize(p.prompt(), false, false),
            new int[0], answers(p)))
        .toList());
  }

  /** Plain text as rows, so that the prompts behind it share its keys and values. */
  private SoftPrefix plainPrefix(String text) {
    int[] tokens = bare(text);
    int width = decoder.embeddings().width();
    float[] rows = new float[tokens.length * width]; // (P, D)
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(4L * width, 64);
      for (int t = 0; t < tokens.length; t++) {
        decoder.embeddings().row(tokens[t], row, 0);
        for (int i = 0; i < width; i++) {
          rows[t * width + i] =
              row.getAtIndex(ValueLayout.JAVA_FLOAT, i) * decoder.inputScale();
        }
      }
    }
    return new SoftPrefix(rows, tokens.length, 0, vocabulary.addsBegin());
  }

  /**
   * Scores behind the read-outs that each prompt brought back. Prompts with none are out of scope:
   * they get the base model's scores, which are the same computation.
   *
   * @param readOuts for each probe the facts, best first
   * @param base for each probe the base model's scores
   */
  List<List<Score>> conditioned(
      List<Probe> probes, List<List<ReadOut>> readOuts, List<List<Score>> base) {
    List<List<Score>> scores = new ArrayList<>(base);
    Map<Alike, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < probes.size(); i++) {
      if (!readOuts.get(i).isEmpty()) {
        float bias = conditioner.bias(probes.get(i).prompt());
        groups.computeIfAbsent(new Alike(readOuts.get(i), bias), k -> new ArrayList<>()).add(i);
      }
    }
    for (Map.Entry<Alike, List<Integer>> alike : groups.entrySet()) {
      List<ReadOut> read = alike.getKey().readOuts();
      List<Integer> group = alike.getValue();
      SoftPrefix prefix = conditioner.prefix(read.stream().map(ReadOut::tokens).toList());
      List<ScoreRequest.Item> items = group.stream().map(probes::get)
          .map(p -> new ScoreRequest.Item(conditioner.continuation(p.prompt(), prefix),
              bare(p.prompt()), answers(p)))
          .toList();
      List<List<Score>> scored = decoder.score(new ScoreRequest(
          prefix, conditioner.contrast(),
          conditioner.pointer(probes.get(group.getFirst()).prompt(), read), items));
      for (int i = 0; i < group.size(); i++) {
        scores.set(group.get(i), scored.get(i));
      }
    }
    return scores;
  }

  /** A request to the model alone. */
  GenerationRequest plain(String prompt, Sampler.Settings sampling, int maxTokens) {
    return new GenerationRequest(SoftPrefix.NONE, bare(prompt), new int[0], Contrast.NONE,
        sampling, maxTokens, List.of());
  }

  /** A request with a fact in plain text before the prompt. */
  GenerationRequest stated(String prompt, Fact fact, Sampler.Settings sampling, int maxTokens) {
    return plain(statement(fact) + " " + prompt, sampling, maxTokens);
  }

  /** A request behind read-outs; the base model's where there are none. */
  GenerationRequest conditioned(
      String prompt, List<ReadOut> readOuts, Sampler.Settings sampling, int maxTokens) {
    return readOuts.isEmpty() ? plain(prompt, sampling, maxTokens)
        : conditioner.request(Prompt.raw(prompt), readOuts, sampling, maxTokens, List.of());
  }

  /** A request as the engine makes it for what a prompt brought back, {@link Conditioner#answer}. */
  GenerationRequest answered(
      Prompt prompt, List<ReadOut> readOuts, Sampler.Settings sampling, int maxTokens) {
    return conditioner.answer(prompt, readOuts, sampling, maxTokens, List.of());
  }

  /** A request with a fact in plain text before the prompt, in the same turn. */
  GenerationRequest stated(Prompt prompt, Fact fact, Sampler.Settings sampling, int maxTokens) {
    String text = statement(fact) + " " + prompt.lastTurn();
    return answered(prompt.chat() ? Prompt.question(text) : Prompt.raw(text), List.of(), sampling,
        maxTokens);
  }

  /** Generates for all requests together; the order is kept. */
  List<String> generate(List<GenerationRequest> requests) {
    return requests.isEmpty() ? List.of()
        : complete(requests).stream().map(Completion::text).toList();
  }

  /** The same with tokens, times and why each text ended. */
  List<Completion> complete(List<GenerationRequest> requests) {
    return decoder.generateAll(requests);
  }
}
