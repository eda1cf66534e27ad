package io.larimar.scope;

import io.larimar.linalg.ScalarKernels;

/**
 * A relation text in the relation space.
 *
 * @param language how it was encoded
 * @param projected unit vector of the space's width
 * @param known how much it resembles each known relation, R floats of length 1, none negative
 * @param nearest cosine with the nearest example of a known relation
 */
record Relation(Language language, float[] projected, float[] known, double nearest) {

  /** Inner product of the unit vectors; 0 across languages, whose spaces have nothing in common. */
  static double cosine(Relation a, Relation b) {
    return a.language == b.language ? ScalarKernels.dot(a.projected, b.projected) : 0;
  }

  /** Cosine of what is known of two texts; works across languages. */
  static double agreement(float[] known, Relation other) {
    return ScalarKernels.dot(known, other.known);
  }
}
