package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.codec.Frame;
import io.larimar.decoder.Completion;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.ScoreRequest.Score;
import io.larimar.engine.Conditioner;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Prompt;
import io.larimar.eval.Prober.Probe;
import io.larimar.eval.data.CounterFact;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What each part of the conditioning brings and what it costs: frame, contrast, floor, fading and
 * handover, on CounterFact's records with one fact in memory. The gate is held open, so that what a
 * neighbour's prompt loses shows what the gate is for.
 */
final class AblationBenchmark implements Benchmark {
  private static final int UNFADING = 1_000_000; // steps
  private static final int GREEDY_TOKENS = 16;
  private static final int FLUENCY_TOKENS = 80;
  private static final int FLUENCY_TOP_K = 5; // as in ROME
  private static final List<String> KINDS = List.of("edit", "paraphrase", "neighbourhood");

  private final Rig rig;
  private final List<CounterFact> records;
  private final List<Variant> variants;

  /** How facts enter the decoder. */
  private enum Entry { NOTHING, STATEMENT, PREFIX, PREFIX_WITH_HANDOVER }

  /** One way to condition, its prober already on its frame and contrast. */
  private record Variant(String name, Entry entry, Prober prober) {}

  AblationBenchmark(Rig rig, List<CounterFact> all) {
    this.rig = rig;
    this.records = all.subList(0, Evaluation.limited(all.size(), rig.options().limit()));
    Decoder decoder = rig.decoder();
    Frame text = Frame.text(decoder.embeddings(), decoder.vocabulary(), decoder.inputScale());
    Contrast whole = new Contrast(1, 0, UNFADING);
    Contrast floored = new Contrast(1, Contrast.TEXT_FRAME.beta(), UNFADING);
    this.variants = new ArrayList<>(List.of(
        new Variant("base", Entry.NOTHING, rig.prober()),
        new Variant("statement", Entry.STATEMENT, rig.prober()),
        prefix("text", text, Contrast.NONE),
        prefix("text+contrast", text, whole),
        prefix("text+contrast+floor", text, floored),
        prefix("text+contrast+floor+fading", text, Contrast.TEXT_FRAME)));
    if (decoder.frame().learned()) {
      variants.add(prefix("learned", decoder.frame(), Contrast.NONE));
      variants.add(
          prefix("learned+contrast+floor+fading", decoder.frame(), Contrast.TEXT_FRAME));
      variants.add(prefix(
          "learned+pointer", decoder.frame(), Contrast.NONE, Conditioner.POINTER_BIAS));
    }
    variants.add(new Variant("shipped", Entry.PREFIX_WITH_HANDOVER, rig.prober()));
  }

  private Variant prefix(String name, Frame frame, Contrast contrast) {
    return prefix(name, frame, contrast, 0);
  }

  private Variant prefix(String name, Frame frame, Contrast contrast, float bias) {
    return new Variant(name, Entry.PREFIX,
        new Prober(rig.decoder(), new Conditioner(rig.decoder(), frame, contrast, bias)));
  }

  @Override
  public int records() {
    return records.size();
  }

  @Override
  public void run(OutcomeLog log, EvalProgress progress) {
    List<Fact> facts = records.stream().map(CounterFact::fact).toList();
    new GroupedRun(rig, log, progress, facts).run(i -> {
      CounterFact record = records.get(i);
      Outcome outcome = new Outcome(i);
      List<ReadOut> readOuts = rig.memory().recall(record.prompt()).readOuts();
      outcome.add("gate.own", readOuts.stream().anyMatch(r -> r.id() == outcome.record()));
      if (!readOuts.isEmpty()) {
        List<List<Score>> base = List.of();
        for (Variant variant : variants) {
          base = score(outcome, variant, record, readOuts, base);
          generate(outcome, variant, record, readOuts);
        }
      }
      return outcome;
    });
  }

  /** Scores all of a record's prompts; returns the base model's scores. */
  private static List<List<Score>> score(Outcome outcome, Variant variant, CounterFact record,
      List<ReadOut> readOuts, List<List<Score>> base) {
    List<String> kinds = new ArrayList<>();
    List<Probe> probes = new ArrayList<>();
    List<List<String>> prompts =
        List.of(List.of(record.prompt()), record.paraphrases(), record.neighbours());
    for (int k = 0; k < KINDS.size(); k++) {
      for (String prompt : prompts.get(k)) {
        kinds.add(KINDS.get(k));
        probes.add(new Probe(prompt, List.of(record.targetNew(), record.targetTrue())));
      }
    }
    List<List<Score>> scores = switch (variant.entry()) {
      case NOTHING -> variant.prober().base(probes);
      case STATEMENT -> variant.prober().stated(probes, record.fact());
      default -> variant.prober().conditioned(
          probes, probes.stream().map(p -> readOuts).toList(), base);
    };
    for (int p = 0; p < scores.size(); p++) {
      String name = variant.name() + "." + kinds.get(p);
      outcome.add(name + ".nllNew", scores.get(p).get(0).nll());
      outcome.add(name + ".nllTrue", scores.get(p).get(1).nll());
    }
    return variant.entry() == Entry.NOTHING ? scores : base;
  }

  private void generate(
      Outcome outcome, Variant variant, CounterFact record, List<ReadOut> readOuts) {
    for (String prompt : record.paraphrases()) {
      Completion alone = variant.prober().complete(List.of(request(
          variant, prompt, record.fact(), readOuts, Sampler.Settings.GREEDY, GREEDY_TOKENS)))
          .getFirst();
      outcome.say(variant.name() + ".greedy", alone.text());
      outcome.add(variant.name() + ".greedy", Answers.begins(alone.text(), record.targetNew()));
      outcome.add(variant.name() + ".millis", alone.totalNanos() / 1e6);
    }
    String prompt = record.generations().stream().findFirst().orElse(record.prompt());
    int seed = (int) (rig.options().seed() * 31 + outcome.record());
    String text = variant.prober().generate(List.of(request(variant, prompt, record.fact(),
        readOuts, new Sampler.Settings(1, FLUENCY_TOP_K, 1, 0, seed), FLUENCY_TOKENS)))
        .getFirst();
    outcome.say(variant.name() + ".fluency", text);
    outcome.add(variant.name() + ".fluency", Fluency.of(prompt + text));
  }

  private static GenerationRequest request(Variant variant, String prompt, Fact fact,
      List<ReadOut> readOuts, Sampler.Settings sampling, int maxTokens) {
    return switch (variant.entry()) {
      case NOTHING -> variant.prober().plain(prompt, sampling, maxTokens);
      case STATEMENT -> variant.prober().stated(prompt, fact, sampling, maxTokens);
      case PREFIX -> variant.prober().conditioned(prompt, readOuts, sampling, maxTokens);
      case PREFIX_WITH_HANDOVER ->
          variant.prober().answered(Prompt.raw(prompt), readOuts, sampling, maxTokens);
    };
  }

  @Override
  public Figures figures(List<Outcome> outcomes) {
    Figures figures = new Figures();
    for (Variant variant : variants) {
      for (String kind : KINDS) {
        String name = variant.name() + "." + kind;
        boolean stays = kind.equals("neighbourhood");
        String wanted = name + (stays ? ".nllTrue" : ".nllNew");
        String other = name + (stays ? ".nllNew" : ".nllTrue");
        put(figures, name + "S", 100, Means.of(outcomes, wanted, other, Means::success));
        put(figures, name + "M", 100, Means.of(outcomes, wanted, other, Means::magnitude));
      }
      String name = variant.name() + ".";
      put(figures, name + "greedyExact", 100, Means.of(outcomes, name + "greedy"));
      put(figures, name + "fluency", 1, Means.of(outcomes, name + "fluency"));
      put(figures, name + "millis", 1, Means.of(outcomes, name + "millis"));
    }
    figures.note("The gate is held open: a neighbour's prompt gets the record's fact, too. millis:"
        + " time of " + GREEDY_TOKENS + " greedy tokens after a paraphrase, alone on the decoder,"
        + " prefix and prompt included.");
    return figures;
  }

  private static void put(Figures figures, String name, double scale, OptionalDouble value) {
    if (value.isPresent()) {
      figures.put(Column.LARIMAR, name, scale * value.getAsDouble());
    }
  }
}
