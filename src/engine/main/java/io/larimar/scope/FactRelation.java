package io.larimar.scope;

import io.larimar.encoder.Term;
import io.larimar.encoder.TermWeights;
import io.larimar.encoder.Terms;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a stored fact says of its subject, and how a prompt's relation compares with it.
 *
 * @param said relation of the fact's prompt, or of its whole text where it has no prompt
 * @param terms what that text says, without grammar
 * @param termWeight sum of their weights
 * @param gap what the text's last word makes of an answer behind it
 */
record FactRelation(Relation said, Set<String> terms, double termWeight, Gap gap) {
  /**
   * What a text wants behind it: "is made by" an agent, "is made in" a place or a time. The
   * sentence encoder hardly tells the two apart. Other prepositions are left as they are: "works
   * at" and "is employed by" say the same.
   */
  enum Gap {
    BY, IN, ANY;

    static Gap of(String text) {
      String end = text.strip().toLowerCase(Locale.ROOT);
      return end.endsWith(" by") ? BY : end.endsWith(" in") ? IN : ANY;
    }

    /** Whether no answer fits both. */
    boolean excludes(Gap other) {
      return this != ANY && other != ANY && this != other;
    }
  }

  /** Features of a comparison, the constant 1 included. */
  static final int FEATURES = 5;

  /** So that no agreement at all is a number. */
  private static final double FLOOR = 1e-3;

  /** A prompt that says less than this about its subject ("X, the") could mean anything. */
  private static final double VAGUE_WEIGHT = 0.3;

  /** Two facts whose relations lie as close as this in space and in what is known say the same. */
  private static final double SAME_COSINE = 0.9;
  private static final double SAME_AGREEMENT = 0.97;

  static FactRelation of(Relation said, String text, TermWeights weights) {
    Query query = Query.of(text, said, weights);
    return new FactRelation(said, query.terms, query.termWeight, query.gap);
  }

  /**
   * Features of this fact against a prompt: 1, ln of the agreement of known relations, cosine of
   * the two, share of its terms that the prompt repeats, and whether the prompt is vague.
   */
  double[] features(Query query, TermWeights weights) {
    double agreement = Relation.agreement(said.known(), query.relation);
    boolean sameLanguage = said.language() == query.relation.language();
    double shared = 0;
    for (String term : terms) {
      if (query.terms.contains(term)) {
        shared += weight(term, weights);
      }
    }
    return new double[] {1, Math.log(agreement + FLOOR),
        sameLanguage ? Relation.cosine(said, query.relation) : agreement,
        termWeight > 0 ? Math.min(1, shared / termWeight) : 0,
        query.termWeight < VAGUE_WEIGHT ? 1 : 0};
  }

  /**
   * Whether another fact of the same subject says the same of it, so that the newer of the two
   * holds: the same words ("The weight of X is", "X's weight is"), or, where words of a thing's
   * properties do not decide ("the highest", "the lowest"), the same place in the relation space.
   */
  boolean saysTheSame(FactRelation other, boolean thing) {
    if (!terms.isEmpty() && terms.equals(other.terms)) {
      return true;
    }
    return !thing && Relation.cosine(said, other.said) >= SAME_COSINE
        && Relation.agreement(said.known(), other.said) >= SAME_AGREEMENT;
  }

  private static double weight(String text, TermWeights weights) {
    List<Term> term = Terms.of(text);
    return term.isEmpty() ? 0 : weights.of(term.get(0));
  }

  /**
   * One window of a prompt.
   *
   * @param relation its place in the relation space
   * @param terms what it says, without grammar
   * @param termWeight sum of their weights
   * @param gap what its last word makes of an answer behind it
   */
  record Query(Relation relation, Set<String> terms, double termWeight, Gap gap) {
    static Query of(String text, Relation relation, TermWeights weights) {
      Set<String> terms = new HashSet<>();
      double sum = 0;
      for (Term term : Terms.of(text)) {
        boolean content = term.kind() != Term.Kind.HIRAGANA
            && !(term.kind() == Term.Kind.WORD && RelationText.isGrammar(term.text()));
        String form = term.kind() == Term.Kind.WORD ? Subject.singular(term.text()) : term.text();
        if (content && terms.add(form)) {
          sum += weights.of(term);
        }
      }
      return new Query(relation, Set.copyOf(terms), sum, Gap.of(text));
    }
  }
}
