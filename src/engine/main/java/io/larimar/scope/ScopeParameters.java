package io.larimar.scope;

/**
 * What the scope detector has learned.
 *
 * @param coverage the least share of a subject that a prompt must name, 0 to 1
 * @param similarity the least agreement of relations, -1 to 1
 */
public record ScopeParameters(double coverage, double similarity) {
  /** The thresholds that were chosen by measuring. */
  public static final ScopeParameters DEFAULT = new ScopeParameters(0.75, 0.55);

  public ScopeParameters {
    if (!(coverage > 0 && coverage <= 1)) {
      throw new IllegalArgumentException("coverage must be above 0 and at most 1: " + coverage);
    }
    if (!(similarity >= -1 && similarity <= 1)) {
      throw new IllegalArgumentException("similarity must be from -1 to 1: " + similarity);
    }
  }
}
