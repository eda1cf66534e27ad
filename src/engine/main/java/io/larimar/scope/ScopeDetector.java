package io.larimar.scope;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.SentenceEncoder;
import io.larimar.encoder.Term;
import io.larimar.encoder.Terms;
import io.larimar.encoder.TermWeights;
import io.larimar.engine.Fact;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Decides from a prompt alone which stored fact it asks for, if any.
 *
 * <p>A fact is in scope when the prompt names its subject (coverage) and says of it what the fact
 * says (similarity of the relation, measured with the subject masked, so that a name cannot make two
 * relations look alike). Subjects are found through an inverted index, so a prompt that names none
 * costs microseconds at any number of facts; each subject that is named costs one run of the
 * sentence encoder per window of text.
 *
 * <p>Thread-safe: many readers, one writer. Borrows the encoder.
 */
public final class ScopeDetector {
  private final SentenceEncoder sentences;
  private final TermWeights weights;
  private final SubjectFinder finder;
  private final ScopeParameters parameters;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final SubjectIndex<StoredFact> index = new SubjectIndex<>();
  private final Map<Long, StoredFact> facts = new HashMap<>();

  /** A detector without facts. */
  public ScopeDetector(AddressEncoder encoder, ScopeParameters parameters) {
    this.sentences = encoder.sentences();
    this.weights = encoder.weights();
    this.finder = new SubjectFinder(weights);
    this.parameters = parameters;
  }

  /** Number of facts. */
  public int size() {
    lock.readLock().lock();
    try {
      return facts.size();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Learns one fact; costs two runs of the sentence encoder. */
  public void add(long id, Fact fact) {
    addAll(List.of(id), List.of(fact));
  }

  /**
   * Learns many facts, encoding on all of the encoder's threads.
   *
   * @throws IllegalArgumentException where an id is negative or already known; then nothing is added
   */
  public void addAll(List<Long> ids, List<Fact> added) {
    if (ids.size() != added.size()) {
      throw new IllegalArgumentException(
          "as many ids as facts are needed: ids=" + ids.size() + ", facts=" + added.size());
    }
    List<StoredFact> prepared = prepare(ids, added);
    lock.writeLock().lock();
    try {
      for (StoredFact fact : prepared) {
        if (fact.id < 0 || facts.containsKey(fact.id)) {
          throw new IllegalArgumentException("fact id must be new and not negative: " + fact.id);
        }
      }
      for (StoredFact fact : prepared) {
        if (facts.putIfAbsent(fact.id, fact) != null) {
          throw new IllegalArgumentException("fact id given twice: " + fact.id);
        }
        index.add(fact.subject, fact);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Unlearns a fact; whether it was known. */
  public boolean remove(long id) {
    lock.writeLock().lock();
    try {
      StoredFact fact = facts.remove(id);
      if (fact == null) {
        return false;
      }
      index.remove(fact.subject, fact);
      return true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** The decision for a prompt. A blank prompt is out of scope. */
  public ScopeDecision decide(String prompt) {
    List<Term> terms = Terms.of(prompt);
    lock.readLock().lock();
    try {
      List<Named> named = named(terms);
      List<Scored> best = new ArrayList<>();
      for (Named subject : named) {
        best.add(score(prompt, terms, subject));
      }
      if (best.isEmpty()) {
        return ScopeDecision.noSubject(index.size());
      }
      best.sort(Comparator.comparingDouble(Scored::margin).reversed());
      return decision(best);
    } finally {
      lock.readLock().unlock();
    }
  }

  private record StoredFact(long id, Subject subject, String name, float[] relation,
      float[] statement) {}

  private record Named(SubjectIndex.Entry<StoredFact> entry, Subject.Mention mention) {}

  private record Scored(StoredFact fact, double coverage, double similarity, double margin) {}

  private List<StoredFact> prepare(List<Long> ids, List<Fact> added) {
    List<String> texts = new ArrayList<>(2 * ids.size());
    List<String> names = new ArrayList<>(ids.size());
    for (Fact fact : added) {
      String name = fact.subject().orElseGet(() -> finder.find(fact.text()));
      names.add(name);
      texts.add(relation(fact.prompt().orElse(fact.text()), name));
      texts.add(relation(fact.text(), name));
    }
    List<float[]> vectors = sentences.encodeAll(texts);
    List<StoredFact> prepared = new ArrayList<>(ids.size());
    for (int i = 0; i < names.size(); i++) {
      prepared.add(new StoredFact(ids.get(i), Subject.of(names.get(i), weights), names.get(i),
          vectors.get(2 * i), vectors.get(2 * i + 1)));
    }
    return prepared;
  }

  private String relation(String text, String name) {
    List<Term> terms = Terms.of(text);
    Subject.Mention mention = Subject.of(name, weights).find(terms);
    return mention.coverage() == 0 ? text : windows(text, terms, mention).get(0);
  }

  private static List<String> windows(String text, List<Term> terms, Subject.Mention mention) {
    return RelationText.windows(text, terms.get(mention.from()).start(),
        terms.get(mention.to() - 1).end());
  }

  /** Subjects that the prompt names; a name inside a longer one does not count. */
  private List<Named> named(List<Term> terms) {
    List<Named> named = new ArrayList<>();
    Collection<SubjectIndex.Entry<StoredFact>> candidates = index.candidates(terms);
    for (SubjectIndex.Entry<StoredFact> entry : candidates) {
      Subject.Mention mention = entry.subject().find(terms);
      if (mention.coverage() >= parameters.coverage()) {
        named.add(new Named(entry, mention));
      }
    }
    return named.stream().filter(n -> named.stream().noneMatch(o -> contains(o, n))).toList();
  }

  private static boolean contains(Named outer, Named inner) {
    Subject.Mention a = outer.mention;
    Subject.Mention b = inner.mention;
    return a.from() <= b.from() && a.to() >= b.to() && a.to() - a.from() > b.to() - b.from();
  }

  private Scored score(String prompt, List<Term> terms, Named named) {
    List<float[]> queries = new ArrayList<>();
    for (String window : windows(prompt, terms, named.mention)) {
      queries.add(sentences.encode(window));
    }
    StoredFact best = null;
    double first = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    for (StoredFact fact : named.entry.stored()) {
      double similarity = Double.NEGATIVE_INFINITY;
      for (float[] query : queries) {
        similarity = Math.max(similarity,
            Math.max(dot(query, fact.relation), dot(query, fact.statement)));
      }
      // Facts that say the same of a subject contradict each other: the newest is right.
      if (best == null || similarity > first || similarity == first && fact.id > best.id) {
        second = first;
        first = similarity;
        best = fact;
      } else {
        second = Math.max(second, similarity);
      }
    }
    double above = first - parameters.similarity();
    double margin = above < 0 ? above : Math.min(above, first - second);
    return new Scored(best, named.mention.coverage(), first, margin);
  }

  private ScopeDecision decision(List<Scored> best) {
    Scored first = best.get(0);
    boolean inScope = first.similarity >= parameters.similarity();
    List<Long> further = best.stream().skip(1)
        .filter(s -> s.similarity >= parameters.similarity()).map(s -> s.fact.id).toList();
    String reason = String.format(Locale.ROOT,
        "names \"%s\" (coverage %.2f), relation similarity %.3f %s %.3f", first.fact.name,
        first.coverage, first.similarity, inScope ? ">=" : "<", parameters.similarity());
    return new ScopeDecision(inScope, first.fact.id, first.coverage, first.similarity,
        first.margin, reason, inScope ? further : List.of());
  }

  /** Inner product in index order. */
  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
