package io.larimar.scope;

import io.larimar.encoder.Term;
import io.larimar.encoder.TermWeights;
import io.larimar.encoder.Terms;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a fact is about, as terms with weights, and where a prompt names it.
 *
 * <p>Coverage = weight of the subject's terms that stand in the prompt, in order and together, over
 * the weight of all. Numbers, words tied to them ("ZX-400") and ideographs may not be missing.
 * Beside such a product number, other words may: words of a kind ("pump" in "ZX-400 pump", "冷却ポンプ"
 * in "冷却ポンプAQ-9") weigh a fifth of the name at most together, capitalised words half their weight.
 * A name that goes on in the prompt ("ZX-400B", "ZX-400 Pro") is another name.
 */
final class Subject {
  /** Terms of a longer subject are compared up to here; the rest counts as given. */
  private static final int MAX_TERMS = 32;

  /** The most that all words of a kind together weigh, as a share of the name. */
  private static final double KIND_WORDS_SHARE = 0.2;

  private static final Set<String> ORDINALS = Set.of("st", "nd", "rd", "th");

  private final List<Term> terms;
  private final double[] weights;
  private final boolean[] required;
  private final double total;

  private Subject(List<Term> terms, double[] weights, boolean[] required) {
    this.terms = terms;
    this.weights = weights;
    this.required = required;
    double sum = 0;
    for (double w : weights) {
      sum += w;
    }
    this.total = sum;
  }

  /**
   * The subject of this name; it may have no terms (punctuation only), and then matches nothing.
   */
  static Subject of(String name, TermWeights prior) {
    List<Term> all = Terms.of(name);
    List<Term> terms = all.subList(0, Math.min(all.size(), MAX_TERMS));
    double[] weights = new double[terms.size()];
    boolean[] required = new boolean[terms.size()];
    boolean[] kindWord = new boolean[terms.size()];
    boolean numbered = false;
    for (int i = 0; i < weights.length; i++) {
      numbered |= isTiedToNumber(terms, i);
    }
    double nameWeight = 0;
    double kindWeight = 0;
    for (int i = 0; i < weights.length; i++) {
      Term term = terms.get(i);
      boolean tied = isTiedToNumber(terms, i) || term.kind() == Term.Kind.NUMBER;
      kindWord[i] = numbered && !tied && !term.capital();
      required[i] = tied || term.kind().isCharacter() && !kindWord[i];
      weights[i] = tied ? 1 : prior.of(term) * (numbered && term.capital() ? 0.5 : 1);
      if (kindWord[i]) {
        kindWeight += weights[i];
      } else {
        nameWeight += weights[i];
      }
    }
    double scale = Math.min(1, KIND_WORDS_SHARE * nameWeight / kindWeight);
    for (int i = 0; i < weights.length && kindWeight > 0; i++) {
      weights[i] *= kindWord[i] ? scale : 1;
    }
    return new Subject(terms, weights, required);
  }

  List<Term> terms() {
    return terms;
  }

  /** The same terms name the same subject. */
  String key() {
    StringBuilder key = new StringBuilder();
    terms.forEach(term -> key.append(term.text()).append(' '));
    return key.toString();
  }

  /**
   * Index of the heaviest term, the longest of equals ("10001" of "KX-10001", which fewer subjects
   * share than "KX"); -1 where there is none.
   */
  int heaviest() {
    int best = -1;
    for (int i = 0; i < weights.length; i++) {
      boolean better = best < 0 || weights[i] > weights[best] || weights[i] == weights[best]
          && terms.get(i).text().length() > terms.get(best).text().length();
      if (better) {
        best = i;
      }
    }
    return best;
  }

  /** The best place where the prompt names this subject; coverage 0 where it does not. */
  Mention find(List<Term> prompt) {
    Mention best = Mention.NONE;
    for (int i = 0; i < prompt.size(); i++) {
      for (int j = 0; j < terms.size(); j++) {
        if (!same(terms.get(j), prompt.get(i)) || isEmptyStart(j)) {
          continue;
        }
        Mention mention = follow(prompt, i, j);
        // The last of equals: a question's own sentence comes after what introduces it.
        if (mention.coverage() > 0 && mention.coverage() >= best.coverage()) {
          best = mention;
        }
        break;
      }
    }
    return best;
  }

  /** Whether all that stands before term j is required, so that a start at j is hopeless. */
  private boolean isEmptyStart(int j) {
    for (int i = 0; i < j; i++) {
      if (required[i]) {
        return true;
      }
    }
    return false;
  }

  private Mention follow(List<Term> prompt, int from, int firstTerm) {
    double covered = 0;
    int next = from;
    int last = from;
    for (int j = firstTerm; j < terms.size(); j++) {
      int at = seek(prompt, next, j, j == firstTerm);
      if (at > next && (isTiedToNext(prompt, next - 1) || isTiedToNext(prompt, next))) {
        return Mention.NONE;
      }
      if (at >= 0) {
        covered += weights[j];
        last = at;
        next = at + 1;
      } else if (required[j]) {
        return Mention.NONE;
      }
    }
    if (isPartOfLongerName(prompt, from, last)) {
      return Mention.NONE;
    }
    return new Mention(covered / total, from, last + 1);
  }

  /** Where term j stands at or one after {@code next}; characters must follow at once. */
  private int seek(List<Term> prompt, int next, int j, boolean first) {
    Term wanted = terms.get(j);
    int reach = first || wanted.kind().isCharacter() || wanted.kind() == Term.Kind.NUMBER ? 1 : 2;
    for (int at = next; at < Math.min(prompt.size(), next + reach); at++) {
      boolean tied = !wanted.kind().isCharacter() || first || prompt.get(at).joined();
      if (tied && same(wanted, prompt.get(at))) {
        return at;
      }
    }
    return -1;
  }

  /** "ZX-400" does not stand in "ZX-400B" or "ZX-400-2"; grammar may follow it directly. */
  private static boolean isPartOfLongerName(List<Term> prompt, int from, int last) {
    boolean before = from > 0 && isTiedToNext(prompt, from - 1);
    boolean after = isTiedToNext(prompt, last) || goesOn(prompt, last);
    return before || after;
  }

  /** Whether term i and the one after it are parts of one written word. */
  private static boolean isTiedToNext(List<Term> prompt, int i) {
    return i + 1 < prompt.size() && prompt.get(i + 1).joined() && isLetterOrNumber(prompt.get(i))
        && isLetterOrNumber(prompt.get(i + 1));
  }

  private static boolean isLetterOrNumber(Term term) {
    return term.kind() == Term.Kind.WORD || term.kind() == Term.Kind.NUMBER;
  }

  /**
   * Whether a name goes on after a space, with a capitalised word ("Pro") or a code ("GT1"), in a
   * prompt that does not capitalise everything. An acronym ("USB") does not belong to the name.
   */
  private static boolean goesOn(List<Term> prompt, int last) {
    if (last + 1 >= prompt.size()) {
      return false;
    }
    Term term = prompt.get(last);
    Term next = prompt.get(last + 1);
    boolean near = next.start() == term.end() + 1 && !term.possessive()
        && isLetterOrNumber(term) && next.kind() == Term.Kind.WORD && next.capital();
    if (!near) {
      return false;
    }
    boolean code = isTiedToNext(prompt, last + 1)
        && prompt.get(last + 2).kind() == Term.Kind.NUMBER;
    boolean plainCase = prompt.stream().anyMatch(
        t -> t.kind() == Term.Kind.WORD && !t.capital() && !RelationText.isGrammar(t.text()));
    return code || plainCase && next.text().length() > 1 && !next.acronym()
        && !RelationText.isGrammar(next.text());
  }

  /** Whether term i is the letters of a product number: "ZX" in "ZX-400", not "st" in "1st". */
  private static boolean isTiedToNumber(List<Term> terms, int i) {
    Term term = terms.get(i);
    if (term.kind() != Term.Kind.WORD || ORDINALS.contains(term.text())) {
      return false;
    }
    boolean before = i > 0 && term.joined() && terms.get(i - 1).kind() == Term.Kind.NUMBER
        && term.text().length() < 4;
    boolean after = i + 1 < terms.size() && terms.get(i + 1).joined()
        && terms.get(i + 1).kind() == Term.Kind.NUMBER;
    return before || after;
  }

  /** Equal, or equal but for a plural. */
  static boolean same(Term a, Term b) {
    return a.text().equals(b.text())
        || a.kind() == Term.Kind.WORD && b.kind() == Term.Kind.WORD
        && Objects.equals(singular(a.text()), singular(b.text()));
  }

  /** The word without a plural ending, for words of four letters or more. */
  static String singular(String word) {
    int n = word.length();
    if (n > 4 && word.endsWith("ies")) {
      return word.substring(0, n - 3) + "y";
    }
    if (n > 4 && (word.endsWith("ses") || word.endsWith("xes") || word.endsWith("hes"))) {
      return word.substring(0, n - 2);
    }
    if (n > 3 && word.endsWith("s") && !word.endsWith("ss")) {
      return word.substring(0, n - 1);
    }
    return word;
  }

  /**
   * Where a prompt names a subject.
   *
   * @param coverage share of the subject's weight that was found, 0 to 1
   * @param from index of its first term in the prompt
   * @param to index after its last term
   */
  record Mention(double coverage, int from, int to) {
    static final Mention NONE = new Mention(0, 0, 0);
  }
}
