package io.larimar.eval;

import java.util.Map;
import java.util.Optional;

/** The published anchors and this project's own targets, as reports print them beside a figure. */
final class Targets {
  /**
   * What a figure is compared with.
   *
   * @param target what this project wants
   * @param anchors what others have published, on larger models
   */
  record Target(String target, String anchors) {}

  private static final Map<String, Target> COUNTERFACT = Map.ofEntries(
      Map.entry("editS", new Target("100", "ROME GPT-J 99.9, Larimar-1.3B 100")),
      Map.entry("editM", new Target(">= 99.8", "ROME GPT-J 99.4, Larimar-1.3B 99.7")),
      Map.entry("paraphraseS",
          new Target(">= 99.8", "ROME 99.1, IKE 95.2, prompt 91.0, Larimar-6B 88.4")),
      Map.entry("paraphraseM",
          new Target(">= 95", "ROME 74.1, IKE 64.5, Larimar-6B 54.7, prompt 32.9")),
      Map.entry("neighbourhoodS",
          new Target("base - 0.3", "Larimar base - 2.6, EngramEdit base - 1.6")),
      Map.entry("scoreOfCeiling", new Target(">= 0.995", "–")),
      Map.entry("score", new Target(">= 0.995 x ceiling",
          "EngramEdit 93.5, ROME 91.5, Larimar-6B 88.8")),
      Map.entry("greedyExact", new Target(">= 98", "editors 38.5 single, 10 at 1,000")),
      Map.entry("fluency", new Target("base within 2 %", "–")),
      Map.entry("otherRelationChanged", new Target("<= 1", "–")));

  private static final Map<String, Target> ZSRE = Map.of(
      "edit", new Target("99.9", "ROME 99.8"),
      "rephrase", new Target("99", "ROME 95.9"),
      "locality", new Target("= base", "ROME 27.2 at base 27.0"),
      "err", new Target(">= 0.99 at 1,000", "Larimar 0.97, GRACE 0.96"),
      "trrAfter", new Target("before - 0.005", "–"));

  private static final Map<String, Target> SCOPE = Map.of(
      "eer", new Target("<= 0.5", "Larimar 2.9, seeing the answer"),
      "f1", new Target(">= 0.995", "Larimar 0.974, seeing the answer"),
      "eerAll", new Target("<= 0.5", "–"),
      "f1All", new Target(">= 0.995", "–"));

  private static final Map<String, Target> EDIT = Map.of(
      "editMillisP50", new Target("<= 8", "–"),
      "editMillisP99", new Target("<= 25", "–"),
      "factsPerSecond",
          new Target(">= 300", "Larimar 9, UltraEdit 67, MEND 102, on data-centre GPUs"));

  private static final Map<String, Target> FORGETTING = Map.ofEntries(
      Map.entry("forgottenRecall", new Target("0", "Larimar 0.0")),
      Map.entry("keptRecall", new Target("1.000", "Larimar 0.997")),
      Map.entry("byteEqual", new Target("1", "–")),
      Map.entry("forgottenReadOut", new Target("0", "–")),
      Map.entry("keptReadOut", new Target("1.000", "–")),
      Map.entry("forgottenRecall2K", new Target("0", "Larimar 0.02")),
      Map.entry("keptRecall2K", new Target("1.000", "Larimar 0.79")),
      Map.entry("byteEqual2K", new Target("1", "–")),
      Map.entry("forgottenReadOut2K", new Target("0", "–")),
      Map.entry("keptReadOut2K", new Target("1.000", "–")),
      Map.entry("forgetP50Millis", new Target("<= 20", "–")),
      Map.entry("forgetThousandSeconds", new Target("<= 5", "–")),
      Map.entry("evidence.tamperingFound", new Target("of tamperingChanges all, 1,000", "–")),
      Map.entry("evidence.crashPoints", new Target(">= 500", "–")),
      Map.entry("evidence.crashWritesLost", new Target("0", "–")),
      Map.entry("evidence.crashForgetsUndone", new Target("0", "–")),
      Map.entry("evidence.canaryLeftInFiles", new Target("0", "–")),
      Map.entry("evidence.canaryLeftInMemory", new Target("0", "–")));

  private static final Map<String, Target> LEAKAGE = Map.ofEntries(
      Map.entry("attackSuccess", new Target("neverKnewSuccess + 0.5",
          "Larimar 17.6 single, 21.5 batch; ROME 29.0; MEMIT 49.3")),
      Map.entry("attackSuccessGreedy", new Target("neverKnewSuccessGreedy + 0.5", "–")),
      Map.entry("attackSuccess100", new Target("neverKnewSuccess100 + 0.5", "–")),
      Map.entry("requestsEqualNeverKnew", new Target("100", "–")),
      Map.entry("otherTenantSuccess", new Target("base + 0.5", "–")),
      Map.entry("membershipLogitAuc", new Target("0.5 ± 0.02", "–")),
      Map.entry("membershipKeyAuc", new Target("0.5 ± 0.02", "–")),
      Map.entry("membershipLogitAucAgainstNeverKnew", new Target("0.5 ± 0.02", "–")),
      Map.entry("membershipKeyAucAgainstNeverKnew", new Target("0.5 ± 0.02", "–")));

  private static final Map<String, Target> TEXT = Map.of(
      "frameText", new Target("0", "–"),
      "rightAndNatural", new Target("100", "–"));

  private static final Map<String, Target> NEEDLE = Map.of(
      "needle", new Target(">= 99", "–"),
      "passkey", new Target("100", "Larimar to about 1M tokens"),
      "tokensPerSecond.10M", new Target(">= 150,000, lexical keys", "–"),
      "searchMillisP50.10M", new Target("<= 100", "–"),
      "searchMillisP99.10M", new Target("<= 100", "–"),
      "residentMiB.10M", new Target("<= 2,048", "–"));

  private static final Map<String, Target> FASTFACTS = Map.of(
      "recall.64", new Target(">= 98", "Larimar 89, Mistral-7B 98"),
      "recall.256", new Target(">= 98", "Larimar 86, Mistral-7B 42"),
      "recall.10000", new Target(">= 95", "–"));

  private static final Map<String, Target> BABI =
      Map.of("qa1.128k", new Target(">= oracle - 3", "–"));

  private Targets() {}

  static Optional<Target> of(EvalTask task, String figure) {
    Map<String, Target> targets = switch (task) {
      case COUNTERFACT -> COUNTERFACT;
      case ZSRE -> ZSRE;
      case SCOPE -> SCOPE;
      case EDIT -> EDIT;
      case FORGETTING -> FORGETTING;
      case LEAKAGE -> LEAKAGE;
      case TEXT -> TEXT;
      case NEEDLE -> NEEDLE;
      case FASTFACTS -> FASTFACTS;
      case BABI -> BABI;
      case ABLATION -> Map.of();
    };
    return Optional.ofNullable(targets.get(figure));
  }
}
