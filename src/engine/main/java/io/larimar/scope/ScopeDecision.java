package io.larimar.scope;

import java.util.List;

/**
 * What the scope detector found for one prompt.
 *
 * @param inScope whether a stored fact is asked for
 * @param factId the fact that comes nearest, {@link #NO_FACT} where no stored subject is named
 * @param coverage how much of its subject stands in the prompt, 0 to 1
 * @param similarity how well its relation agrees with the prompt, -1 to 1
 * @param margin similarity above the threshold, and above the next fact of the same subject if
 *     that is nearer; negative out of scope
 * @param reason the same in words, for logs and people
 * @param further other facts in scope, best first: a question about two products has two
 */
public record ScopeDecision(
    boolean inScope,
    long factId,
    double coverage,
    double similarity,
    double margin,
    String reason,
    List<Long> further) {

  /** The id where there is no fact at all. */
  public static final long NO_FACT = -1;

  public ScopeDecision {
    further = List.copyOf(further);
  }

  static ScopeDecision noSubject(int subjects) {
    return new ScopeDecision(false, NO_FACT, 0, 0, Double.NEGATIVE_INFINITY,
        "none of the " + subjects + " stored subjects is named", List.of());
  }
}
