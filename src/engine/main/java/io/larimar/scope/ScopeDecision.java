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
 * @param others other facts in scope, best first: a question about two products has one more
 */
public record ScopeDecision(
    boolean inScope,
    long factId,
    double coverage,
    double similarity,
    double margin,
    String reason,
    List<Match> others) {

  /** The id where there is no fact at all. */
  public static final long NO_FACT = -1;

  /** The most facts of one decision. */
  public static final int MAX_FACTS = 4;

  /**
   * One fact and why it is in scope.
   *
   * @param factId the fact
   * @param coverage how much of its subject stands in the prompt, 0 to 1; for the second step of a
   *     two-hop question in the first step's fact
   * @param similarity how well its relation agrees with what is asked, -1 to 1
   * @param margin similarity above the threshold
   * @param reason the same in words
   */
  public record Match(
      long factId, double coverage, double similarity, double margin, String reason) {}

  public ScopeDecision {
    others = List.copyOf(others);
    if (others.size() >= MAX_FACTS) {
      throw new IllegalArgumentException(
          "others.size must be below " + MAX_FACTS + ": size=" + others.size());
    }
  }

  /** Ids of the other facts in scope, best first. */
  public List<Long> further() {
    return others.stream().map(Match::factId).toList();
  }

  static ScopeDecision noSubject(int subjects) {
    return new ScopeDecision(false, NO_FACT, 0, 0, Double.NEGATIVE_INFINITY,
        "none of the " + subjects + " stored subjects is named", List.of());
  }
}
