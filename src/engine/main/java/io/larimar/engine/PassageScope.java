package io.larimar.engine;

import io.larimar.encoder.Term;
import io.larimar.encoder.TermWeights;
import io.larimar.encoder.Terms;
import io.larimar.scope.ScopeDecision;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides which passage of the documents that were read a prompt asks for, if any. A passage has no
 * known subject, so what counts is how much of the prompt's rare terms stands in it (coverage) and how
 * near its key is to the prompt's (cosine of the addresses). Among passages that say as much, the one
 * read last is taken.
 */
final class PassageScope {
  /** Nearest keys that are looked at. */
  static final int CANDIDATES = 32;

  /** Least share of the prompt's weighted terms, and least cosine, of a passage in scope. */
  private static final double COVERAGE = 0.6;
  private static final double COSINE = 0.45;

  private static final double CONTENT_WEIGHT = 0.4; // below: "what", "did", "the"
  private static final double TIE = 0.01;
  private static final int STEM = 4; // letters that "open" and "opened" share at least
  private static final int ENDING = 3;

  /** A passage whose key is near. */
  record Candidate(long id, double cosine, String text) {}

  private record Scored(Candidate candidate, double coverage) {
    double score() {
      return coverage + candidate.cosine;
    }
  }

  private final TermWeights weights;

  PassageScope(TermWeights weights) {
    this.weights = weights;
  }

  /** The decision for a prompt; empty where no passage is in scope. */
  Optional<ScopeDecision> decide(String prompt, List<Candidate> candidates) {
    List<Term> asked = Terms.of(prompt).stream()
        .filter(term -> weights.of(term) >= CONTENT_WEIGHT).toList();
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    List<Scored> scored = candidates.stream()
        .map(c -> new Scored(c, coverage(asked, Terms.of(c.text))))
        .filter(s -> s.coverage >= COVERAGE && s.candidate.cosine >= COSINE)
        .toList();
    double top = scored.stream().mapToDouble(Scored::score).max().orElse(0);
    return scored.stream().filter(s -> s.score() >= top - TIE)
        .max(Comparator.comparingLong(s -> s.candidate.id)).map(PassageScope::decision);
  }

  private static ScopeDecision decision(Scored best) {
    double margin = Math.min(best.coverage - COVERAGE, best.candidate.cosine - COSINE);
    return new ScopeDecision(true, best.candidate.id, best.coverage, best.candidate.cosine, margin,
        String.format(Locale.ROOT, "passage %d of a document has %.0f %% of the prompt's terms,"
            + " cosine %.2f", best.candidate.id, 100 * best.coverage, best.candidate.cosine),
        List.of());
  }

  private double coverage(List<Term> asked, List<Term> said) {
    double found = 0;
    for (Term term : asked) {
      if (said.stream().anyMatch(other -> same(term, other))) {
        found += weights.of(term);
      }
    }
    return found / weights.sum(asked);
  }

  /** Whether two terms are one word, but for its ending: "open", "opened". */
  private static boolean same(Term a, Term b) {
    if (a.text().equals(b.text())) {
      return true;
    }
    if (a.kind() != Term.Kind.WORD || b.kind() != Term.Kind.WORD) {
      return false;
    }
    int shorter = Math.min(a.text().length(), b.text().length());
    int longer = Math.max(a.text().length(), b.text().length());
    int shared = Math.max(STEM, longer - ENDING);
    return shorter >= shared && a.text().regionMatches(0, b.text(), 0, shared);
  }
}
