package io.larimar.eval;

import io.larimar.decoder.ScoreRequest.Score;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.FactMemory;
import io.larimar.eval.Prober.Probe;
import io.larimar.eval.data.CounterFact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Was a fact ever in this memory? Guessed from the likelihood of its target (logits) and from the
 * similarity of its prompt to the nearest stored key.
 *
 * <p>Facts that were forgotten stand against facts of the same kind that were never written. An attacker
 * who also has a memory that never knew the forgotten ones takes its score off first, which takes away
 * how likely a fact is in itself. The same attacks on facts that are still there show what they can do.
 */
final class MembershipAttack {
  private static final String LOGIT = "membershipLogit";
  private static final String KEY = "membershipKey";
  private static final int LIVE = 300; // kept facts of the control

  private final Rig rig;
  private final LeakageGroups groups;
  private final Map<List<Integer>, List<List<Score>>> ofModel = new HashMap<>(); // by facts asked

  MembershipAttack(Rig rig, LeakageGroups groups) {
    this.rig = rig;
    this.groups = groups;
  }

  /** Notes the scores of every fact of the groups. */
  void run(Outcome outcome, FactMemory memory, FactMemory never) {
    List<Integer> kept = groups.kept().subList(0, Math.min(LIVE, groups.kept().size()));
    for (BiFunction<List<Integer>, FactMemory, List<Double>> attack
        : List.<BiFunction<List<Integer>, FactMemory, List<Double>>>of(this::logits, this::keys)) {
      String name = outcome.of(LOGIT + ".forgotten").isEmpty() ? LOGIT : KEY;
      note(outcome, name + ".forgotten", attack.apply(groups.forgotten(), memory));
      note(outcome, name + ".never", attack.apply(groups.never(), memory));
      note(outcome, name + ".kept", attack.apply(kept, memory));
      // The reference of a memory that never knew: its own scope decisions, its own read-outs.
      note(outcome, name + ".forgotten.unknowing", attack.apply(groups.forgotten(), never));
      note(outcome, name + ".never.unknowing", attack.apply(groups.never(), never));
    }
  }

  private static void note(Outcome outcome, String name, List<Double> scores) {
    scores.forEach(score -> outcome.add(name, score));
  }

  /** log P of the targets behind what the memory reads out; the model's own where that is nothing. */
  private List<Double> logits(List<Integer> facts, FactMemory memory) {
    List<Probe> probes = new ArrayList<>();
    List<List<ReadOut>> readOuts = new ArrayList<>();
    for (int i : facts) {
      CounterFact r = groups.records().get(i);
      probes.add(new Probe(r.prompt(), List.of(r.targetNew())));
      readOuts.add(memory.recall(r.prompt()).readOuts());
    }
    List<List<Score>> base =
        ofModel.computeIfAbsent(facts, any -> rig.prober().base(probes));
    return rig.prober().conditioned(probes, readOuts, base).stream()
        .map(scores -> -scores.getFirst().nll()).toList();
  }

  private List<Double> keys(List<Integer> facts, FactMemory memory) {
    return facts.stream().map(i -> groups.records().get(i).prompt())
        .map(prompt -> memory.matches(prompt, 1).stream()
            .mapToDouble(FactMemory.Match::similarity).max().orElse(0))
        .toList();
  }

  /** The areas under the curves, with the half-width of their 95 % interval. */
  static void figures(Outcome outcome, Figures figures) {
    for (String name : List.of(LOGIT, KEY)) {
      List<Double> forgotten = outcome.of(name + ".forgotten");
      List<Double> never = outcome.of(name + ".never");
      if (forgotten.isEmpty() || never.isEmpty()) {
        continue;
      }
      DetectionCurve raw = curve(forgotten, never);
      figures.put(Column.LARIMAR, name + "Auc", raw.area());
      figures.put(Column.LARIMAR, name + "AucHalfWidth", raw.areaHalfWidth());
      figures.put(Column.LARIMAR, name + "AucAgainstNeverKnew",
          curve(less(forgotten, outcome.of(name + ".forgotten.unknowing")),
              less(never, outcome.of(name + ".never.unknowing"))).area());
      if (!outcome.of(name + ".kept").isEmpty()) {
        figures.put(Column.LARIMAR, name + "AucOfKept",
            curve(outcome.of(name + ".kept"), never).area());
      }
    }
    figures.note("Membership: forgotten facts against facts that were never written, drawn by lot from"
        + " one file. Logit: log probability of the target behind the prompt. Key: similarity of the"
        + " prompt to the nearest stored key. HalfWidth: of the 95 % interval (Hanley and McNeil),"
        + " which for a perfect forget is the luck of the draw. AgainstNeverKnew: each score less that"
        + " of a memory which never knew the forgotten facts. OfKept: the same attack on facts that"
        + " are still there, its power.");
  }

  private static DetectionCurve curve(List<Double> members, List<Double> others) {
    DetectionCurve curve = new DetectionCurve();
    members.forEach(score -> curve.add(score, true));
    others.forEach(score -> curve.add(score, false));
    return curve;
  }

  private static List<Double> less(List<Double> scores, List<Double> reference) {
    List<Double> rest = new ArrayList<>(scores.size());
    for (int i = 0; i < scores.size(); i++) {
      rest.add(scores.get(i) - reference.get(i));
    }
    return rest;
  }
}
