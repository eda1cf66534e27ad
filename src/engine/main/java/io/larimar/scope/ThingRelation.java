package io.larimar.scope;

import io.larimar.linalg.ScalarKernels;
import java.util.regex.Pattern;

/**
 * What a fact says of a thing, such as a product: compared by plain sentence cosine with the thing
 * called "the product".
 *
 * <p>Product specifications name more relations than any bank of examples holds, but their words are
 * plain and their questions close to them. There the cosine tells relations apart better than the
 * relation space does (AUC 0.991 against 0.959 on the 49 English entries of the demo's FAQ), and for
 * people, places and works much worse (0.87 against 0.98 on CounterFact): so by the kind of subject.
 * The threshold is {@link ScopeParameters#thingThreshold}.
 */
final class ThingRelation {
  /** What the relation space says, in nats and within 3 of even, counts so much beside a cosine. */
  private static final double SPACE_WEIGHT = 0.01;

  /**
   * The same where the space says that they differ: "is produced by" and "was created in" have a high
   * cosine, and a space that knows both parts them (docs/decisions/0016).
   */
  private static final double DIFFERENCE_WEIGHT = 0.2;

  private static final double MOST_NATS = 3;

  /** A kind of thing as the last word ("ZX-400 pump"); names of people and places have none. */
  private static final Pattern THING = Pattern.compile(".*\\s\\p{Ll}[\\p{L}-]*");

  private ThingRelation() {}

  /** Whether a subject of this name is a thing, written in a spaced script. */
  static boolean isThing(String name) {
    return Language.of(name) == Language.SPACED && THING.matcher(name).matches();
  }

  /**
   * Mean cosine of what is asked with a fact's prompt and its statement, with a small share of what
   * the relation space says.
   *
   * @param fact mean of the two embeddings of unit length
   * @param asked embedding of what is asked, unit length
   * @param inSpace similarity in the relation space, 0 to 1
   */
  static double similarity(float[] fact, float[] asked, double inSpace) {
    double nats = Math.log(inSpace / (1 - inSpace));
    double weight = nats < 0 ? DIFFERENCE_WEIGHT : SPACE_WEIGHT;
    return ScalarKernels.dot(fact, asked) + weight * Math.clamp(nats, -MOST_NATS, MOST_NATS);
  }
}
