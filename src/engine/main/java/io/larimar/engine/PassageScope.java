package io.larimar.engine;

import io.larimar.passages.Found;
import io.larimar.scope.ScopeDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides which passages of the documents that were read a prompt asks for, if any. A passage has no
 * known subject, so what counts is how much of the prompt's rare terms stands in it (coverage), how
 * much of the names among them, and how near its address is to the prompt's (cosine).
 */
final class PassageScope {
  /** Least share of the prompt's weighted terms, and least cosine, of a passage in scope. */
  static final double COVERAGE = 0.6;
  private static final double COSINE = 0.45;

  /** Least share of the prompt's names: another city's number is not what was asked for. */
  private static final double NAMES = 0.5;

  /** What a passage falls short of the best one by, at most, to enter the prefix beside it. */
  private static final double NEAR = 0.25;

  private PassageScope() {}

  /**
   * The passages in scope, best first; none where the prompt asks for none.
   *
   * @param found ranked, best first
   */
  static List<Found> inScope(List<Found> found, ReadingOptions options) {
    List<Found> taken = new ArrayList<>();
    int positions = 0;
    for (Found passage : found) {
      boolean fits = taken.isEmpty()
          || positions + passage.tokens().length <= options.positions()
              && score(passage) >= score(taken.getFirst()) - NEAR;
      if (margin(passage) >= 0 && fits && taken.size() < options.passages()) {
        taken.add(passage);
        positions += passage.tokens().length;
      }
    }
    return taken;
  }

  private static double score(Found passage) {
    return passage.coverage() + passage.cosine();
  }

  private static double margin(Found passage) {
    double margin = Math.min(passage.coverage() - COVERAGE, passage.cosine() - COSINE);
    return Math.min(margin, passage.names() - NAMES);
  }

  /** The decision for passages in scope; empty where there is none. */
  static Optional<ScopeDecision> decision(List<Found> inScope) {
    if (inScope.isEmpty()) {
      return Optional.empty();
    }
    Found best = inScope.getFirst();
    return Optional.of(new ScopeDecision(true, best.episode(), best.coverage(), best.cosine(),
        margin(best), reason(best), inScope.stream().skip(1)
            .map(f -> new ScopeDecision.Match(
                f.episode(), f.coverage(), f.cosine(), margin(f), reason(f)))
            .toList()));
  }

  private static String reason(Found found) {
    return String.format(Locale.ROOT, "passage at %d of \"%s\" has %.0f %% of the prompt's terms,"
            + " cosine %.2f", found.span().offset(), found.excerpt().document(),
        100 * found.coverage(), found.cosine());
  }
}
