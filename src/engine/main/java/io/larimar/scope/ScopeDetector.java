package io.larimar.scope;

import io.larimar.encoder.AddressEncoder;
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
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Decides from a prompt alone which stored fact it asks for, if any.
 *
 * <p>A fact is in scope when the prompt names its subject (coverage) and says of it what the fact
 * says (similarity of the relation, measured with the subject masked, so that a name cannot make
 * two relations look alike). Subjects are found through an inverted index, so a prompt that names
 * none costs microseconds at any number of facts; each subject that is named costs one run of the
 * sentence encoder per window of text.
 *
 * <p>Thread-safe: many readers, one writer. Borrows the encoder.
 */
public final class ScopeDetector {
  private final RelationEncoder relations;
  private final RelationSpace space;
  private final TermWeights weights;
  private final SubjectFinder finder;
  private final ScopeParameters parameters;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final SubjectIndex<StoredFact> index = new SubjectIndex<>();
  private final Map<Long, StoredFact> facts = new HashMap<>();

  /** A detector without facts, with the shipped relation space and parameters. */
  public ScopeDetector(AddressEncoder encoder) {
    this(encoder, RelationSpace.shipped(), ScopeParameters.shipped());
  }

  /** A detector without facts, with a calibrated relation space and parameters. */
  public ScopeDetector(AddressEncoder encoder, RelationSpace space, ScopeParameters parameters) {
    this(encoder, new RelationEncoder(encoder), space, parameters);
  }

  ScopeDetector(AddressEncoder encoder, RelationEncoder relations, RelationSpace space,
      ScopeParameters parameters) {
    this.relations = relations;
    this.space = space;
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

  /** Learns one fact; costs two runs of a sentence encoder. */
  public void add(long id, Fact fact) {
    addAll(List.of(id), List.of(fact));
  }

  /**
   * Learns many facts, encoding on all of the encoder's threads.
   *
   * @throws IllegalArgumentException where an id is negative or already known; then nothing is
   *     added
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
      relations.clear(); // It remembers texts, those of the fact among them.
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

  private record StoredFact(long id, Subject subject, String name, FactRelation relation,
      Optional<ThingRelation> thing) {}

  private record Named(SubjectIndex.Entry<StoredFact> entry, Subject.Mention mention) {}

  private record Scored(StoredFact fact, double coverage, double similarity, double threshold,
      double margin, String relation) {
    boolean inScope() {
      return similarity >= threshold;
    }
  }

  private List<StoredFact> prepare(List<Long> ids, List<Fact> added) {
    List<String> texts = new ArrayList<>(2 * ids.size());
    List<String> names = new ArrayList<>(ids.size());
    for (Fact fact : added) {
      String name = fact.subject().orElseGet(() -> finder.find(fact.text()));
      names.add(name);
      texts.add(relation(fact.prompt().orElse(fact.text()), name));
      texts.add(relation(fact.text(), name));
    }
    List<Relation> placed = place(texts);
    List<StoredFact> prepared = new ArrayList<>(ids.size());
    for (int i = 0; i < names.size(); i++) {
      FactRelation relation = FactRelation.of(placed.get(2 * i), placed.get(2 * i + 1),
          texts.get(2 * i), weights);
      prepared.add(new StoredFact(ids.get(i), Subject.of(names.get(i), weights), names.get(i),
          relation, thing(added.get(i), names.get(i))));
    }
    return prepared;
  }

  private Optional<ThingRelation> thing(Fact fact, String name) {
    if (!ThingRelation.isThing(name) || Language.of(fact.text()) != Language.SPACED) {
      return Optional.empty();
    }
    Subject subject = Subject.of(name, weights);
    List<float[]> vectors = relations.encodeAll(List.of(
        thingText(fact.prompt().orElse(fact.text()), subject), thingText(fact.text(), subject)));
    return Optional.of(new ThingRelation(vectors.get(0), vectors.get(1)));
  }

  private static String thingText(String text, Subject subject) {
    List<Term> terms = Terms.of(text);
    Subject.Mention mention = subject.find(terms);
    return mention.coverage() == 0 ? text : thingWindows(text, terms, mention).get(0);
  }

  private static List<String> thingWindows(
      String text, List<Term> terms, Subject.Mention mention) {
    return RelationText.thingWindows(text, terms.get(mention.from()).start(),
        terms.get(mention.to() - 1).end());
  }

  private List<Relation> place(List<String> texts) {
    List<float[]> vectors = relations.encodeAll(texts);
    List<Relation> placed = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      placed.add(space.place(Language.of(texts.get(i)), vectors.get(i)));
    }
    return placed;
  }

  private String relation(String text, String name) {
    return relationText(text, Subject.of(name, weights));
  }

  /** The first window of a text around its subject; the text itself where it has none. */
  static String relationText(String text, Subject subject) {
    List<Term> terms = Terms.of(text);
    Subject.Mention mention = subject.find(terms);
    return mention.coverage() == 0 ? text : windows(text, terms, mention).get(0);
  }

  static List<String> windows(String text, List<Term> terms, Subject.Mention mention) {
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
    List<String> windows = windows(prompt, terms, named.mention);
    List<Relation> placed = place(windows);
    List<FactRelation.Query> queries = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      queries.add(FactRelation.Query.of(windows.get(i), placed.get(i), weights));
    }
    // Facts of one name are all of a thing or none is, but for those told in another language.
    boolean things = Language.of(prompt) == Language.SPACED
        && named.entry.stored().stream().allMatch(fact -> fact.thing.isPresent());
    List<float[]> thingVectors = things
        ? relations.encodeAll(thingWindows(prompt, terms, named.mention)) : List.of();
    StoredFact best = null;
    double first = -1;
    double second = -1;
    for (StoredFact fact : named.entry.stored()) {
      double similarity = things
          ? fact.thing.orElseThrow().similarity(
              thingVectors, similarity(fact.relation, queries))
          : similarity(fact.relation, queries);
      // Facts that say the same of a subject contradict each other: the newest is right.
      if (best == null || similarity > first || similarity == first && fact.id > best.id) {
        second = first;
        first = similarity;
        best = fact;
      } else {
        second = Math.max(second, similarity);
      }
    }
    double threshold = things
        ? ThingRelation.THRESHOLD : parameters.threshold(placed.get(0).language());
    double above = first - threshold;
    double margin = above < 0 || second < 0 ? above : Math.min(above, first - second);
    return new Scored(best, named.mention.coverage(), first, threshold, margin,
        space.nameOf(placed.get(0)));
  }

  private double similarity(FactRelation fact, List<FactRelation.Query> queries) {
    double similarity = 0;
    for (FactRelation.Query query : queries) {
      similarity = Math.max(similarity, parameters.similarity(query.relation().language(),
          fact.features(query, weights)));
    }
    return similarity;
  }

  private static ScopeDecision decision(List<Scored> best) {
    Scored first = best.get(0);
    List<Long> further = best.stream().skip(1).filter(Scored::inScope).map(s -> s.fact.id).toList();
    String reason = String.format(Locale.ROOT,
        "names \"%s\" (coverage %.2f); what it asks resembles \"%s\"; similarity %.3f %s %.3f",
        first.fact.name, first.coverage, first.relation, first.similarity,
        first.inScope() ? ">=" : "<", first.threshold);
    return new ScopeDecision(first.inScope(), first.fact.id, first.coverage, first.similarity,
        first.margin, reason, first.inScope() ? further : List.of());
  }
}
