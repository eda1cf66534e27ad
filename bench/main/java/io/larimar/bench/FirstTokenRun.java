package io.larimar.bench;

import io.larimar.engine.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Time to the first token by what the memory does, in turns: each round asks another fact, so that
 * the first question of it is cold and the second, in other words, is hot. What is hot is compared
 * with the plain model that has its system prompt kept as well. A thousand reads come before, as in
 * a server that runs.
 */
final class FirstTokenRun {
  private static final String PLAIN = "plain, 100 tokens";
  private static final String PLAIN_KEPT = "plain, system prompt kept, hot, 100 tokens";
  private static final String PLAIN_SHORT = "plain, question alone";
  private static final String RETRIEVAL = "retrieve-and-prompt, question alone";

  private static final int WARM_READS = 140; // a round; the part on starts tells the first ones

  private final SpeedRig rig;

  FirstTokenRun(SpeedRig rig) {
    this.rig = rig;
  }

  /** A line each way, in milliseconds and as a ratio to the plain model of the same round. */
  List<Map<String, Object>> run(int rounds) {
    List<Map<String, Object>> lines = new ArrayList<>();
    Map<String, double[]> nanos = new LinkedHashMap<>();
    for (int i = 0; i < WARM_READS * rounds; i++) {
      rig.larimar().read(i % 2 == 0 ? rig.question(i % rig.facts()) : SpeedRig.strange(i));
    }
    for (int round = -1; round < rounds; round++) { // the first one warms up
      int fact = Math.floorMod(round, rig.facts());
      int other = Math.floorMod(round + 1, rig.facts());
      Prompt asked = rig.padded(rig.question(fact));
      Prompt shortly = Prompt.question(rig.question(fact));
      rig.larimar().decoder().eraseCache();
      put(nanos, PLAIN, round, rounds, rig.firstToken(asked, false, false));
      rig.larimar().decoder().eraseCache();
      put(nanos, "in scope, cold, 100 tokens", round, rounds, rig.firstToken(asked, true, true));
      put(nanos, PLAIN_KEPT, round, rounds,
          rig.firstToken(rig.padded(rig.question(other)), false, false));
      put(nanos, PLAIN_KEPT, round, rounds,
          rig.firstToken(rig.padded(rig.question(other)), false, false));
      put(nanos, "out of scope, hot, 100 tokens", round, rounds,
          rig.firstToken(rig.padded(SpeedRig.strange(fact)), true, false));
      put(nanos, "in scope, hot, 100 tokens", round, rounds,
          rig.firstToken(rig.padded("Do you know: " + rig.question(fact)), true, true));
      put(nanos, PLAIN_SHORT, round, rounds, rig.firstToken(shortly, false, false));
      put(nanos, "in scope, hot, question alone", round, rounds,
          rig.firstToken(shortly, true, true));
      put(nanos, RETRIEVAL, round, rounds, retrieve(fact));
    }
    nanos.forEach((name, times) -> {
      double[] against = nanos.get(name.endsWith("alone") ? PLAIN_SHORT
          : name.contains("hot") ? PLAIN_KEPT : PLAIN);
      double[] ratios = new double[rounds];
      Arrays.setAll(ratios, i -> times[i] / against[i]);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("what", name);
      line.put("millis", SpeedRig.median(times) / 1e6);
      line.put("timesPlain", SpeedRig.median(ratios));
      if (name.startsWith("in scope, hot, question")) {
        double[] retrieval = nanos.get(RETRIEVAL);
        double[] shares = new double[rounds];
        Arrays.setAll(shares, i -> times[i] / retrieval[i]);
        line.put("timesRetrieval", SpeedRig.median(shares));
      }
      lines.add(line);
    });
    return lines;
  }

  private static void put(
      Map<String, double[]> nanos, String name, int round, int rounds, long value) {
    double[] values = nanos.computeIfAbsent(name, n -> new double[rounds]);
    if (round >= 0) {
      values[round] = value;
    }
  }

  /** The nearest fact found by the same recall, then put before the question as text. */
  private long retrieve(int fact) {
    long start = System.nanoTime();
    rig.larimar().read(rig.question(fact));
    long found = System.nanoTime() - start;
    Prompt prompt = Prompt.question(rig.text(fact) + ".\n" + rig.question(fact));
    return found + rig.firstToken(prompt, false, false);
  }
}
