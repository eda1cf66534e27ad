package io.larimar.scope;

import io.larimar.encoder.Term;
import io.larimar.encoder.TermWeights;
import io.larimar.encoder.Terms;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what a statement is about where nobody said it: its most name-like span.
 *
 * <p>Spans are runs of capitalised or alphanumeric words ("ZX-400 Pro", "University of Oslo"),
 * katakana and ideographs up to the next hiragana ("冷却ポンプ", "ZX-400"). A span is worth the weight
 * of its terms; names that hold a number are worth more, and a span loses worth with its distance
 * from the start, where subjects stand. The first word of a sentence counts as capitalised only if
 * it is rare. Without any span the two heaviest neighbouring words are taken.
 */
final class SubjectFinder {
  /** A first word as heavy as this is a name, not just the start of a sentence. */
  private static final double RARE = 0.85;

  private static final double NUMBER_BONUS = 1.5;
  private static final double DISTANCE_LOSS = 0.06;
  private static final int MAX_SPAN_TERMS = 8;

  private final TermWeights weights;

  SubjectFinder(TermWeights weights) {
    this.weights = weights;
  }

  /** The subject's name as it stands in the statement. */
  String find(String statement) {
    List<Term> terms = Terms.of(statement);
    if (terms.isEmpty()) {
      return statement.strip();
    }
    Span best = null;
    for (Span span : spans(statement, terms)) {
      if (best == null || span.worth > best.worth) {
        best = span;
      }
    }
    if (best == null) {
      best = heaviestPair(terms);
    }
    return statement.substring(terms.get(best.from).start(), end(terms.get(best.to - 1)));
  }

  private record Span(int from, int to, double worth) {}

  /** The end of a term without the possessive. */
  private static int end(Term term) {
    return term.possessive() ? term.start() + term.text().length() : term.end();
  }

  private List<Span> spans(String statement, List<Term> terms) {
    List<Span> spans = new ArrayList<>();
    int from = 0;
    while (from < terms.size()) {
      if (!isName(statement, terms, from)) {
        from++;
        continue;
      }
      int to = from + 1;
      while (to < terms.size() && to - from < MAX_SPAN_TERMS && continues(statement, terms, to)) {
        to++;
      }
      while (to > from + 1 && !isName(statement, terms, to - 1)) {
        to--;
      }
      spans.add(new Span(from, to, worth(terms, from, to)));
      from = to;
    }
    return spans;
  }

  private double worth(List<Term> terms, int from, int to) {
    double sum = 0;
    boolean number = false;
    boolean letters = false;
    for (int i = from; i < to; i++) {
      sum += weights.of(terms.get(i));
      number |= terms.get(i).kind() == Term.Kind.NUMBER;
      letters |= terms.get(i).kind() != Term.Kind.NUMBER;
    }
    if (!letters) {
      return 0;
    }
    return (Math.min(sum, 2) + (number ? NUMBER_BONUS : 0)) - DISTANCE_LOSS * from;
  }

  private boolean isName(String statement, List<Term> terms, int i) {
    Term term = terms.get(i);
    return switch (term.kind()) {
      case WORD -> term.capital() && (!startsSentence(statement, term) || weights.of(term) >= RARE
          || followedByName(statement, terms, i))
          || i + 1 < terms.size() && terms.get(i + 1).joined()
          && terms.get(i + 1).kind() == Term.Kind.NUMBER;
      case NUMBER -> i > 0 && term.joined() && terms.get(i - 1).kind() == Term.Kind.WORD;
      case KATAKANA, HAN -> true;
      case HIRAGANA -> false;
    };
  }

  private boolean followedByName(String statement, List<Term> terms, int i) {
    return weights.of(terms.get(i)) > 0.3 && i + 1 < terms.size() && terms.get(i + 1).capital()
        && gap(statement, terms, i + 1).isBlank();
  }

  /** Whether term {@code i} goes on with the name that the term before it belongs to. */
  private boolean continues(String statement, List<Term> terms, int i) {
    Term term = terms.get(i);
    boolean close = term.joined() || gap(statement, terms, i).isBlank()
        && !terms.get(i - 1).possessive();
    if (!close) {
      return false;
    }
    if (term.kind() == Term.Kind.NUMBER || isName(statement, terms, i)) {
      return true;
    }
    boolean link = term.kind() == Term.Kind.WORD && weights.of(term) < 0.2
        && i + 1 < terms.size() && terms.get(i + 1).capital();
    return link && (term.text().equals("of") || term.text().equals("the")
        || term.text().equals("and") || term.text().equals("de"));
  }

  private static String gap(String statement, List<Term> terms, int i) {
    return statement.substring(terms.get(i - 1).end(), terms.get(i).start());
  }

  private static boolean startsSentence(String statement, Term term) {
    String before = statement.substring(0, term.start()).stripTrailing();
    return before.isEmpty() || ".!?\u3002".indexOf(before.charAt(before.length() - 1)) >= 0;
  }

  private Span heaviestPair(List<Term> terms) {
    Span best = new Span(0, 1, weights.of(terms.get(0)));
    for (int i = 1; i < terms.size(); i++) {
      double worth = weights.of(terms.get(i - 1)) + weights.of(terms.get(i));
      if (worth > best.worth) {
        best = new Span(i - 1, i + 1, worth);
      }
    }
    return best;
  }
}
