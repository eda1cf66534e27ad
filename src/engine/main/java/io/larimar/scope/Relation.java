package io.larimar.scope;

/**
 * A relation text in the relation space.
 *
 * @param language how it was encoded
 * @param projected unit vector of the space's width
 * @param known how much it resembles each known relation, R floats of length 1, none negative
 */
record Relation(Language language, float[] projected, float[] known) {

  /** Inner product of the unit vectors; 0 across languages, whose spaces have nothing in common. */
  static double cosine(Relation a, Relation b) {
    return a.language == b.language ? dot(a.projected, b.projected) : 0;
  }

  /** Cosine of what is known of two texts; works across languages. */
  static double agreement(float[] known, Relation other) {
    return dot(known, other.known);
  }

  /** Sum of a[i] b[i] in index order, in double. */
  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
