package io.larimar.encoder;

import java.util.List;
import java.util.OptionalInt;

/**
 * How rare a term is, from 0 (the word "the") to 1 (a name), without counting any corpus.
 *
 * <p>The sentence encoder's vocabulary lists whole words by falling frequency. By Zipf's law the
 * word of rank r has a frequency of about 1 / r, so its inverse document frequency is ln r up to a
 * constant: weight = ln(1 + r) / ln(1 + R), R the number of whole words. Words that are not in the
 * vocabulary, and numbers of two digits or more, weigh 1. A prior that is fixed by the build
 * keeps an address a function of the text alone.
 */
public final class TermWeights {
  /** The first whole word, "the", in the vocabularies that BERT's authors made. */
  private static final int FIRST_WORD_ID = 1996;

  private static final double HIRAGANA_WEIGHT = 0.1;
  private static final double HAN_WEIGHT = 0.6;

  private final WordPiece tokenizer;
  private final double scale;

  /** Weights from the order of this vocabulary. */
  public TermWeights(WordPiece tokenizer) {
    this.tokenizer = tokenizer;
    this.scale = 1 / Math.log(1.0 + Math.max(1, tokenizer.size() - FIRST_WORD_ID));
  }

  /** The weight of a term, from 0.05 to 1. */
  public double of(Term term) {
    return switch (term.kind()) {
      case HIRAGANA -> HIRAGANA_WEIGHT;
      case HAN -> HAN_WEIGHT;
      case KATAKANA -> 1;
      case NUMBER -> term.text().length() > 1 ? 1 : 0.5;
      case WORD -> word(term.text());
    };
  }

  /** Sum of the weights. */
  public double sum(List<Term> terms) {
    double sum = 0;
    for (Term term : terms) {
      sum += of(term);
    }
    return sum;
  }

  private double word(String word) {
    if (word.length() == 1 && word.charAt(0) < 128) {
      return word.equals("a") || word.equals("i") ? 0.05 : 0.5;
    }
    OptionalInt id = tokenizer.id(word);
    if (id.isEmpty()) {
      return 1;
    }
    int rank = Math.max(0, id.getAsInt() - FIRST_WORD_ID);
    return Math.max(0.05, Math.log(1.0 + rank) * scale);
  }
}
