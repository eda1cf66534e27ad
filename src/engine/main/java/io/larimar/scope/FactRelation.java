package io.larimar.scope;

import io.larimar.encoder.Term;
import io.larimar.encoder.TermWeights;
import io.larimar.encoder.Terms;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a stored fact says of its subject, and how a prompt's relation compares with it.
 *
 * @param prompt relation of the fact's prompt, or of its whole text where it has no prompt
 * @param statement relation of its whole text; the target tells much ("the piano")
 * @param known mean of what is known of both, unit length
 * @param terms what the prompt says, without grammar
 * @param termWeight sum of their weights
 */
record FactRelation(Relation prompt, Relation statement, float[] known, Set<String> terms,
    double termWeight) {
  /** Features of a comparison, the constant 1 included. */
  static final int FEATURES = 6;

  /** So that no agreement at all is a number. */
  private static final double FLOOR = 1e-3;

  /** A prompt that says less than this about its subject ("X, the") could mean anything. */
  private static final double VAGUE_WEIGHT = 0.3;

  static FactRelation of(Relation prompt, Relation statement, String promptText,
      TermWeights weights) {
    double[] sum = new double[prompt.known().length];
    addShare(sum, prompt.known());
    addShare(sum, statement.known());
    Query query = Query.of(promptText, prompt, weights);
    return new FactRelation(prompt, statement, RelationSpace.unit(sum), query.terms,
        query.termWeight);
  }

  /** Adds a distribution, v / sum(v). */
  private static void addShare(double[] sum, float[] v) {
    double total = 0;
    for (float x : v) {
      total += x;
    }
    for (int i = 0; i < v.length && total > 0; i++) {
      sum[i] += v[i] / total;
    }
  }

  /**
   * Features of this fact against a prompt: 1, ln of the agreement of known relations, cosine with
   * the fact's prompt, cosine with its statement, share of its terms that the prompt repeats, and
   * whether the prompt is vague.
   */
  double[] features(Query query, TermWeights weights) {
    double agreement = Relation.agreement(known, query.relation);
    boolean sameLanguage = prompt.language() == query.relation.language();
    double shared = 0;
    for (String term : terms) {
      if (query.terms.contains(term)) {
        shared += weight(term, weights);
      }
    }
    return new double[] {1, Math.log(agreement + FLOOR),
        sameLanguage ? Relation.cosine(prompt, query.relation) : agreement,
        statement.language() == query.relation.language()
            ? Relation.cosine(statement, query.relation) : agreement,
        termWeight > 0 ? Math.min(1, shared / termWeight) : 0,
        query.termWeight < VAGUE_WEIGHT ? 1 : 0};
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
   */
  record Query(Relation relation, Set<String> terms, double termWeight) {
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
      return new Query(relation, Set.copyOf(terms), sum);
    }
  }
}
