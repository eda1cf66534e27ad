package io.larimar.eval;

import io.larimar.engine.Fact;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Writes facts group by group, tests each record of the group that the setting says, and forgets the
 * group again.
 */
final class GroupedRun {
  /** Name of the time that a record's write took, encoding included. */
  static final String EDIT_NANOS = "editNanos";

  private final Rig rig;
  private final OutcomeLog log;
  private final EvalProgress progress;
  private final List<Fact> facts;
  private final int groupSize;

  GroupedRun(Rig rig, OutcomeLog log, EvalProgress progress, List<Fact> facts) {
    this.rig = rig;
    this.log = log;
    this.progress = progress;
    this.facts = facts;
    this.groupSize = rig.options().setting().groupSize(facts.size());
  }

  /** The records that are in memory together with this one: [from, to). */
  record Group(int from, int to) {}

  Group groupOf(int record) {
    int from = record / groupSize * groupSize;
    return new Group(from, Math.min(from + groupSize, facts.size()));
  }

  private boolean isOpen(int record) {
    return !log.has(record) && rig.options().setting().tests(record, facts.size());
  }

  /** Tests all records that are to be tested and that the log does not hold yet. */
  void run(IntFunction<Outcome> test) {
    long start = System.nanoTime();
    int done = 0;
    int pending = (int) IntStream.range(0, facts.size()).filter(this::isOpen).count();
    int logged = (int) IntStream.range(0, facts.size()).filter(log::has).count();
    for (int from = 0; from < facts.size(); from += groupSize) {
      Group group = groupOf(from);
      List<Integer> open = IntStream.range(group.from(), group.to()).filter(this::isOpen)
          .boxed().toList();
      if (open.isEmpty()) {
        continue;
      }
      List<Fact> together = facts.subList(group.from(), group.to());
      if (groupSize > 1) {
        progress.at("writing " + together.size() + " facts", logged + done, logged + pending,
            Duration.ZERO);
      }
      long[] nanos = rig.write(group.from(), together);
      if (groupSize > 1 && rig.options().has(Column.RETRIEVAL)) {
        rig.statements().set(together);
      }
      for (int i : open) {
        Outcome outcome = test.apply(i);
        outcome.add(EDIT_NANOS, nanos[i - group.from()]);
        log.append(outcome);
        done++;
        long left = (System.nanoTime() - start) / done * (pending - done);
        progress.at("records", logged + done, logged + pending, Duration.ofNanos(left));
      }
      rig.clear();
    }
  }

  /** Facts written a second, over the whole run. */
  static OptionalDouble editsPerSecond(List<Outcome> outcomes) {
    double nanos = outcomes.stream().flatMap(o -> o.of(EDIT_NANOS).stream())
        .mapToDouble(Double::doubleValue).sum();
    return nanos == 0 ? OptionalDouble.empty() : OptionalDouble.of(outcomes.size() * 1e9 / nanos);
  }
}
