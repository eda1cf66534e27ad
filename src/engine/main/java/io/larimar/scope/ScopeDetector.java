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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * <p>Several facts may be in scope, at most {@link ScopeDecision#MAX_FACTS}: of several subjects; of
 * one subject, where several things or all that is known are asked for; and of a subject that the
 * first fact names, where the prompt is two questions in one. Facts that say the same of one subject
 * contradict each other: the newest is taken.
 *
 * <p>Thread-safe: many readers, one writer. Borrows the encoder.
 */
public final class ScopeDetector {
  /**
   * Number of the way in which {@link #encode} makes vectors: the sentence encoders (bge-small-en-v1.5
   * and bge-small-zh-v1.5, 8 bits) and how {@link RelationText} masks. Raised when either changes, so
   * that kept vectors of another way are not used.
   */
  public static final int ENCODING = 2;

  /** Facts of a subject, the newest, that a two-hop question is followed through. */
  private static final int MAX_LINKS = 64;

  private final RelationEncoder relations;
  private final RelationSpace space;
  private final TermWeights weights;
  private final SubjectFinder finder;
  private final ScopeParameters parameters;
  private final FirstAsked<AnswerKinds> kinds;
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
    this.kinds = new FirstAsked<>(() -> new AnswerKinds(space.names()));
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

  /**
   * The vector that stands for what a fact says of its subject: one run of a sentence encoder over
   * its prompt with the subject masked, none where that text is remembered; for a thing the mean of
   * prompt and whole statement, a second run. To be kept, so that {@link #addAll(List, List, List)}
   * needs no encoder.
   */
  public List<float[]> encode(List<Fact> added) {
    List<String> texts = new ArrayList<>();
    for (Fact fact : added) {
      texts.add(relationText(fact, name(fact)));
      texts.add(isThing(fact, name(fact))
          ? relationText(fact.text(), Subject.of(name(fact), weights), true) : texts.getLast());
    }
    List<float[]> encoded = relations.encodeAll(texts);
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < added.size(); i++) {
      vectors.add(mean(encoded.get(2 * i), encoded.get(2 * i + 1)));
    }
    return vectors;
  }

  private static float[] mean(float[] a, float[] b) {
    float[] mean = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      mean[i] = (a[i] + b[i]) / 2;
    }
    return mean;
  }

  /** Learns one fact; costs what {@link #encode} does. */
  public void add(long id, Fact fact) {
    addAll(List.of(id), List.of(fact));
  }

  /** Learns many facts, encoding on all of the encoder's threads. */
  public void addAll(List<Long> ids, List<Fact> added) {
    addAll(ids, added, encode(added));
  }

  /**
   * Learns many facts without an encoder.
   *
   * @param vectors what {@link #encode} gave for these facts
   * @throws IllegalArgumentException where the lists differ in length, a vector is of another
   *     length than its fact's script wants, or an id is negative or already known; then nothing is
   *     added
   */
  public void addAll(List<Long> ids, List<Fact> added, List<float[]> vectors) {
    if (ids.size() != added.size() || ids.size() != vectors.size()) {
      throw new IllegalArgumentException("as many ids and vectors as facts are needed: ids="
          + ids.size() + ", facts=" + added.size() + ", vectors=" + vectors.size());
    }
    List<StoredFact> prepared = new ArrayList<>(ids.size());
    Map<String, FirstAsked<Relation>> places = new HashMap<>(); // names' facts share templates
    for (int i = 0; i < ids.size(); i++) {
      prepared.add(stored(ids.get(i), added.get(i), vectors.get(i), places));
    }
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

  private StoredFact stored(
      long id, Fact fact, float[] vector, Map<String, FirstAsked<Relation>> places) {
    String name = name(fact);
    String text = relationText(fact, name);
    Language language = Language.of(text);
    if (vector.length != RelationEncoder.width(language)) {
      throw new IllegalArgumentException("the vector of fact " + id + " must have "
          + RelationEncoder.width(language) + " floats: " + vector.length);
    }
    boolean thing = isThing(fact, name);
    FirstAsked<Relation> place = new FirstAsked<>(() -> space.place(language, vector));
    FirstAsked<Relation> said = thing ? place : places.computeIfAbsent(text, t -> place);
    return new StoredFact(id, Subject.of(name, weights), name,
        fact.target().orElse(fact.text()),
        new FirstAsked<>(() -> FactRelation.of(said.get(), text, weights)),
        fact.target().filter(answer -> Language.of(answer) == Language.SPACED)
            .map(this::kindsOf),
        thing ? Optional.of(vector) : Optional.empty());
  }

  private FirstAsked<double[]> kindsOf(String answer) {
    return new FirstAsked<>(() -> kinds.get().of(relations.encodeOnce(answer)));
  }

  private String name(Fact fact) {
    return fact.subject().orElseGet(() -> finder.find(fact.text()));
  }

  private static boolean isThing(Fact fact, String name) {
    return ThingRelation.isThing(name) && Language.of(fact.text()) == Language.SPACED;
  }

  private String relationText(Fact fact, String name) {
    return relationText(fact.prompt().orElse(fact.text()), Subject.of(name, weights),
        isThing(fact, name));
  }

  /** The first window of a text around its subject; the text itself where it has none. */
  static String relationText(String text, Subject subject, boolean thing) {
    List<Term> terms = Terms.of(text);
    Subject.Mention mention = subject.find(terms);
    return mention.coverage() == 0 ? text : windows(text, terms, mention, thing).get(0);
  }

  static List<String> windows(
      String text, List<Term> terms, Subject.Mention mention, boolean thing) {
    return RelationText.windows(text, terms.get(mention.from()).start(),
        terms.get(mention.to() - 1).end(), thing);
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
      if (named.isEmpty()) {
        return ScopeDecision.noSubject(index.size());
      }
      List<Asked> asked = new ArrayList<>();
      for (Named subject : named) {
        asked.add(asked(prompt, terms, subject, named));
      }
      Map<String, float[]> vectors = vectors(asked);
      List<List<Scored>> found = new ArrayList<>();
      for (Asked subject : asked) {
        found.add(score(subject, vectors));
      }
      found.sort(Comparator.comparing((List<Scored> f) -> f.get(0).inScope())
          .thenComparingDouble(f -> f.get(0).margin()).reversed());
      return decision(found);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * A fact as the detector keeps it.
   *
   * @param answer its target, or its text: where it may name another subject
   * @param said what it says; placing that takes long, and most facts are never asked for
   * @param kinds of what kind its target is, where it has one in a spaced script; takes a run of the
   *     sentence encoder
   * @param thing its vector, where it is about a thing
   */
  private record StoredFact(long id, Subject subject, String name, String answer,
      FirstAsked<FactRelation> said, Optional<FirstAsked<double[]>> kinds,
      Optional<float[]> thing) {
    FactRelation relation() {
      return said.get();
    }
  }

  private record Named(SubjectIndex.Entry<StoredFact> entry, Subject.Mention mention) {}

  /** A stored fact whose answer names the subject of others. */
  private record Link(StoredFact fact, Named to, boolean things) {}

  /** What is asked of one subject that the prompt names, and where its facts lead. */
  private record Asked(Named named, Asking asking, boolean things, List<Link> links) {
    List<StoredFact> stored() {
      return named.entry.stored();
    }
  }

  /** A text that asks something, encoded. */
  private record Query(float[] vector, FactRelation.Query relation) {
    Language language() {
      return relation.relation().language();
    }
  }

  private record Scored(StoredFact fact, double coverage, double similarity, double threshold,
      double margin, String reason) {
    boolean inScope() {
      return similarity >= threshold;
    }
  }

  /** Subjects that the terms name; a name inside a longer one does not count. */
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

  private Asked asked(String prompt, List<Term> terms, Named subject, List<Named> named) {
    Asking.Span own = span(terms, subject);
    List<Asking.Span> apart = new ArrayList<>();
    List<Asking.Span> spans = new ArrayList<>(named.stream().map(n -> span(terms, n)).toList());
    spans.sort(Comparator.comparingInt(Asking.Span::start));
    Asking.Span group = new Asking.Span(0, 0);
    for (Asking.Span span : spans) {
      boolean beside = group.end() > 0 && (span.start() < group.end()
          || RelationText.isConnector(prompt.substring(group.end(), span.start())));
      if (beside) {
        group = new Asking.Span(group.start(), Math.max(group.end(), span.end()));
        if (!apart.isEmpty()) {
          apart.removeLast();
        }
      } else {
        group = span;
      }
      apart.add(group);
    }
    Asking.Span around = apart.stream()
        .filter(g -> g.start() <= own.start() && own.end() <= g.end()).findFirst().orElseThrow();
    apart.remove(around);
    boolean things = areThings(prompt, subject.entry);
    Asking asking = Asking.of(prompt, around, apart, things);
    return new Asked(subject, asking, things,
        asking.hops().isEmpty() ? List.of() : links(subject.entry, prompt));
  }

  private static Asking.Span span(List<Term> terms, Named named) {
    return new Asking.Span(terms.get(named.mention.from()).start(),
        terms.get(named.mention.to() - 1).end());
  }

  private List<Link> links(SubjectIndex.Entry<StoredFact> from, String prompt) {
    List<Link> links = new ArrayList<>();
    List<StoredFact> stored = from.stored();
    for (StoredFact fact : stored.subList(Math.max(0, stored.size() - MAX_LINKS), stored.size())) {
      for (Named to : named(Terms.of(fact.answer))) {
        if (to.entry != from) {
          links.add(new Link(fact, to, areThings(prompt, to.entry)));
        }
      }
    }
    return links;
  }

  /** The vectors of all texts that any of the subjects needs, encoded together. */
  private Map<String, float[]> vectors(List<Asked> asked) {
    Set<String> texts = new LinkedHashSet<>();
    for (Asked subject : asked) {
      texts.addAll(subject.asking.windows());
      texts.addAll(subject.asking.parts());
      for (Link link : subject.links) {
        for (Asking.Hop hop : subject.asking.hops()) {
          texts.add(hop.inner());
          texts.add(hop.outer(link.things));
        }
      }
    }
    List<String> ordered = List.copyOf(texts);
    List<float[]> encoded = relations.encodeAll(ordered);
    Map<String, float[]> vectors = new HashMap<>();
    for (int i = 0; i < encoded.size(); i++) {
      vectors.put(ordered.get(i), encoded.get(i));
    }
    return vectors;
  }

  /** Facts of one name are all of a thing or none is, but for those told in another language. */
  private static boolean areThings(String text, SubjectIndex.Entry<StoredFact> entry) {
    return Language.of(text) == Language.SPACED
        && entry.stored().stream().allMatch(fact -> fact.thing.isPresent());
  }

  private Query query(String text, Map<String, float[]> vectors) {
    float[] vector = vectors.get(text);
    Relation relation = space.place(Language.of(text), vector);
    return new Query(vector, FactRelation.Query.of(text, relation, weights));
  }

  /** The facts of one subject that are in scope, best first; or the nearest one, out of scope. */
  private List<Scored> score(Asked asked, Map<String, float[]> vectors) {
    if (asked.asking.overview()) {
      return overview(asked);
    }
    double coverage = asked.named.mention.coverage();
    Map<Long, Scored> found = new LinkedHashMap<>();
    for (Scored step : hop(asked, vectors)) {
      found.putIfAbsent(step.fact.id, step);
    }
    List<Query> windows =
        asked.asking.windows().stream().map(text -> query(text, vectors)).toList();
    Scored whole = best(asked.stored(), windows, asked.things, coverage);
    for (String part : asked.asking.parts()) {
      Scored best = best(asked.stored(), List.of(query(part, vectors)), asked.things, coverage);
      if (best.inScope()) {
        found.putIfAbsent(best.fact.id, best);
      }
    }
    // Where its parts or steps are answered, the whole would bring a fact that is near to both.
    if (found.isEmpty()) {
      found.put(whole.fact.id, whole);
    }
    return List.copyOf(found.values());
  }

  /** All that is known of a subject, newest first, without what newer facts replace. */
  private List<Scored> overview(Asked asked) {
    List<StoredFact> newest = new ArrayList<>(asked.stored());
    newest.sort(Comparator.comparingLong(StoredFact::id).reversed());
    List<Scored> found = new ArrayList<>();
    for (StoredFact fact : newest) {
      boolean replaced = found.stream().anyMatch(
          newer -> newer.fact.relation().saysTheSame(fact.relation(), asked.things));
      if (!replaced && found.size() < ScopeDecision.MAX_FACTS) {
        found.add(new Scored(fact, asked.named.mention.coverage(), 1, 1, 0,
            String.format(Locale.ROOT, "names \"%s\" (coverage %.2f) and asks for all that is known"
                + " of it", fact.name, asked.named.mention.coverage())));
      }
    }
    return found;
  }

  /** Both facts of a question inside a question, in their order; none where it is not one. */
  private List<Scored> hop(Asked asked, Map<String, float[]> vectors) {
    List<Scored> best = List.of();
    for (Link link : asked.links) {
      for (Asking.Hop hop : asked.asking.hops()) {
        Scored inner = best(List.of(link.fact), List.of(query(hop.inner(), vectors)),
            asked.things, asked.named.mention.coverage());
        Scored outer = best(link.to.entry.stored(),
            List.of(query(hop.outer(link.things), vectors)), link.things,
            link.to.mention.coverage());
        boolean better = inner.inScope() && outer.inScope() && (best.isEmpty()
            || inner.margin + outer.margin > best.get(0).margin + best.get(1).margin);
        if (better) {
          String reason = "fact " + inner.fact.id + " " + outer.reason;
          best = List.of(inner, new Scored(outer.fact, outer.coverage, outer.similarity,
              outer.threshold, outer.margin, reason));
        }
      }
    }
    return best;
  }

  /** Which of a subject's facts a question means, by the best of its windows. */
  private Scored best(
      List<StoredFact> stored, List<Query> windows, boolean things, double coverage) {
    Language language = windows.get(0).language();
    double threshold = things ? parameters.thingThreshold() : parameters.threshold(language);
    double[] similarities = new double[stored.size()];
    int best = -1;
    for (int i = 0; i < similarities.length; i++) {
      similarities[i] = similarity(stored.get(i), windows, things, threshold);
      boolean better = best < 0 || similarities[i] > similarities[best]
          || similarities[i] == similarities[best] && stored.get(i).id > stored.get(best).id;
      best = better ? i : best;
    }
    int newest = best;
    double second = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < similarities.length; i++) {
      boolean same = i == best
          || stored.get(i).relation().saysTheSame(stored.get(best).relation(), things);
      if (!same) {
        second = Math.max(second, similarities[i]);
      } else if (similarities[i] >= threshold && stored.get(i).id > stored.get(newest).id) {
        newest = i;
      }
    }
    double similarity = similarities[newest];
    double above = similarity - threshold;
    double margin = above < 0 ? above : Math.min(above, Math.max(0, similarity - second));
    StoredFact fact = stored.get(newest);
    String reason = String.format(Locale.ROOT,
        "names \"%s\" (coverage %.2f); what it asks resembles \"%s\"; similarity %.3f %s %.3f",
        fact.name, coverage, space.nameOf(windows.get(0).relation.relation()), similarity,
        similarity >= threshold ? ">=" : "<", threshold);
    boolean otherKind = similarity < threshold && windows.stream().anyMatch(query -> wantsOtherKind(
        fact, query, things, similarity(fact, query, things, false), threshold));
    if (otherKind) {
      reason += "; the fact's answer is of another kind (" + kinds.get().nameOf(
          fact.kinds.get().get()) + ")";
    }
    return new Scored(fact, coverage, similarity, threshold, margin, reason);
  }

  private double similarity(
      StoredFact fact, List<Query> windows, boolean things, double threshold) {
    double best = -1;
    for (Query query : windows) {
      double similarity = similarity(fact, query, things, false);
      boolean otherKind = wantsOtherKind(fact, query, things, similarity, threshold);
      best = Math.max(best, otherKind ? similarity(fact, query, things, true) : similarity);
    }
    return best;
  }

  private double similarity(StoredFact fact, Query query, boolean things, boolean excluded) {
    boolean apart = excluded || fact.relation().gap().excludes(query.relation.gap());
    double inSpace = apart ? 0 : parameters.similarity(
        query.language(), fact.relation().features(query.relation, weights));
    return things ? ThingRelation.similarity(fact.thing.orElseThrow(), query.vector, inSpace)
        : inSpace;
  }

  /**
   * Whether a question that would be in scope wants an answer of another kind than the fact's. Kinds
   * are looked at last, as those of a fact take a run of the encoder.
   */
  private boolean wantsOtherKind(
      StoredFact fact, Query query, boolean thing, double similarity, double threshold) {
    FactRelation said = fact.relation();
    boolean sameWords = !said.terms().isEmpty() && said.terms().equals(query.relation.terms());
    boolean comparable = similarity >= threshold && !sameWords && fact.kinds.isPresent()
        && said.said().language() == Language.SPACED && query.language() == Language.SPACED;
    return comparable && kinds.get().exclude(
        fact.kinds.get().get(), said.said(), query.relation.relation(), thing);
  }

  /** The decision for each subject's facts, the best subject first. */
  private static ScopeDecision decision(List<List<Scored>> found) {
    Scored first = found.get(0).get(0);
    List<ScopeDecision.Match> others = new ArrayList<>();
    Set<Long> taken = new LinkedHashSet<>(Set.of(first.fact.id));
    int longest = found.stream().mapToInt(List::size).max().orElseThrow();
    // Each subject's best, then each one's second: two subjects share what is allowed.
    for (int rank = 0; rank < longest; rank++) {
      for (List<Scored> subject : found) {
        boolean more = first.inScope() && rank < subject.size() && subject.get(rank).inScope()
            && taken.size() < ScopeDecision.MAX_FACTS && taken.add(subject.get(rank).fact.id);
        if (more) {
          Scored s = subject.get(rank);
          others.add(new ScopeDecision.Match(
              s.fact.id, s.coverage, s.similarity, s.margin, s.reason));
        }
      }
    }
    return new ScopeDecision(first.inScope(), first.fact.id, first.coverage, first.similarity,
        first.margin, first.reason, others);
  }
}
