package io.larimar.eval;

import io.larimar.eval.data.CounterFact;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Three groups of the same kind, drawn by lot: facts that are written and forgotten, facts that are
 * never written, and facts that are kept.
 *
 * @param records every record that one of the groups names, no two with one prompt
 * @param forgotten places in {@code records}, in the order of the draw
 * @param never the same
 * @param kept the same
 */
record LeakageGroups(List<CounterFact> records, List<Integer> forgotten, List<Integer> never,
    List<Integer> kept) {
  /**
   * Facts of each group: with so many of each, the 95 % interval of an AUC of 0.5 is
   * 1.96 / sqrt(6 n) = 0.019 wide to each side.
   */
  static final int MOST = 1_750;

  /** The groups of a file and a seed. */
  static LeakageGroups of(List<CounterFact> all, long seed) {
    Set<String> prompts = new HashSet<>();
    List<CounterFact> distinct =
        new ArrayList<>(all.stream().filter(r -> prompts.add(r.prompt())).toList());
    Collections.shuffle(distinct, new Random(seed));
    List<CounterFact> records = List.copyOf(distinct.subList(0, Math.min(distinct.size(), 3 * MOST)));
    List<List<Integer>> groups = new ArrayList<>();
    for (int g = 0; g < 3; g++) {
      int group = g;
      groups.add(IntStream.range(0, records.size()).filter(i -> i % 3 == group).boxed().toList());
    }
    return new LeakageGroups(records, groups.get(0), groups.get(1), groups.get(2));
  }
}
