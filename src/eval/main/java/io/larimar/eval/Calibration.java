package io.larimar.eval;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.engine.Fact;
import io.larimar.scope.LabelledPrompt;
import io.larimar.scope.RelationSpace;
import io.larimar.scope.ScopeCalibration;
import io.larimar.scope.ScopeParameters;
import io.larimar.scope.ScopeReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Fits the scope detector's thresholds on one half of a data file's facts and measures them on the
 * other half; the seed draws the halves.
 *
 * @param parameters the parameters given, with thresholds fitted
 * @param fittedFacts facts of the half that was fitted on
 * @param heldOutFacts facts of the half that was measured
 * @param before the parameters given, on the half held out
 * @param after the fitted ones, on the half held out
 */
public record Calibration(ScopeParameters parameters, int fittedFacts, int heldOutFacts,
    ScopeReport before, ScopeReport after) {
  /** Fewer facts than this make no two halves worth the name. */
  static final int LEAST_FACTS = 4;

  /**
   * Calibrates; no model is loaded but the sentence encoder.
   *
   * @param data a file that {@link LabelledPrompts} reads
   * @throws IllegalArgumentException where it holds fewer than {@value #LEAST_FACTS} facts, or no
   *     prompt of one of both kinds in a half
   */
  public static Calibration run(Path data, ScopeParameters base, long seed) {
    List<LabelledPrompt> prompts = LabelledPrompts.read(data);
    Set<Fact> facts = new LinkedHashSet<>(prompts.stream().map(LabelledPrompt::fact).toList());
    if (facts.size() < LEAST_FACTS) {
      throw new IllegalArgumentException(data + ": holds " + facts.size() + " facts, at least "
          + LEAST_FACTS + " are needed: half of them are held out");
    }
    List<Fact> order = new ArrayList<>(facts);
    Collections.shuffle(order, new Random(seed));
    Set<Fact> first = new HashSet<>(order.subList(0, order.size() / 2));
    List<LabelledPrompt> fitted = prompts.stream().filter(p -> first.contains(p.fact())).toList();
    List<LabelledPrompt> held = prompts.stream().filter(p -> !first.contains(p.fact())).toList();
    requireBoth(data, fitted);
    requireBoth(data, held);
    try (AddressEncoder encoder = AddressEncoder.open(EncoderOptions.DEFAULT)) {
      ScopeCalibration calibration = new ScopeCalibration(encoder);
      RelationSpace space = RelationSpace.shipped();
      ScopeParameters parameters = calibration.fitThresholds(space, base, fitted);
      return new Calibration(parameters, first.size(), facts.size() - first.size(),
          calibration.measure(space, base, held, false),
          calibration.measure(space, parameters, held, false));
    }
  }

  private static void requireBoth(Path data, List<LabelledPrompt> half) {
    long positives = half.stream().filter(LabelledPrompt::inScope).count();
    if (positives == 0 || positives == half.size()) {
      throw new IllegalArgumentException(data + ": both prompts that ask for their fact and prompts"
          + " that do not are needed in each half: " + positives + " of " + half.size() + " ask");
    }
  }
}
