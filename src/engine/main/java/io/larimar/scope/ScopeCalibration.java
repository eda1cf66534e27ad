package io.larimar.scope;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.Term;
import io.larimar.encoder.Terms;
import io.larimar.engine.Fact;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Fits what the scope detector has to learn, from data alone, and measures it.
 *
 * <p>Three steps, each usable alone: a relation space from a bank of relations; weights and
 * thresholds from labelled prompts; a report on other labelled prompts. Facts whose records are
 * measured should not be among those that are fitted.
 */
public final class ScopeCalibration {
  private static final int DIMENSIONS = 64;
  private static final double SPACED_RIDGE = 1.0;
  private static final double IDEOGRAPHIC_RIDGE = 0.3;
  private static final int FOLDS = 3;

  /**
   * Shipped thresholds, on the side of accepting. On the bank itself, each third judged by the
   * other two, 0.5 refuses 7 % of unseen ways to say a relation and accepts 5 % of the other
   * relations; for ideographs and kana 18 % and 8 %. {@link #fit} sets them for a data file.
   */
  private static final double SPACED_THRESHOLD = 0.4;

  private static final double IDEOGRAPHIC_THRESHOLD = 0.7;
  private static final double THING_THRESHOLD = 0.67;
  private static final double COVERAGE = 0.75;

  /** The least share of a subject that is tried. */
  private static final double LEAST_COVERAGE = 0.5;

  private final AddressEncoder encoder;
  private final RelationEncoder relations;

  /** Borrows the encoder. */
  public ScopeCalibration(AddressEncoder encoder) {
    this.encoder = encoder;
    this.relations = new RelationEncoder(encoder);
  }

  /**
   * Fits a relation space on a bank. It places no text of a language that the bank does not have.
   *
   * @throws IllegalArgumentException where a language has one relation alone
   */
  public RelationSpace fitSpace(RelationBank bank) {
    return fitSpace(bank, encodeBank(bank));
  }

  /**
   * The ways to say a relation that labelled prompts hold: the facts' prompts and the positives,
   * subject masked. Facts without a relation name are a relation each.
   */
  public RelationBank bankOf(List<LabelledPrompt> labelled) {
    Set<RelationBank.Example> examples = new LinkedHashSet<>();
    for (LabelledPrompt p : labelled) {
      if (!p.inScope()) {
        continue;
      }
      Subject subject = subject(p.fact());
      String fact = p.fact().prompt().orElse(p.fact().text());
      String relation = p.relation().orElse(fact);
      examples.add(new RelationBank.Example(
          relation, ScopeDetector.relationText(fact, subject, false)));
      if (subject.find(Terms.of(p.prompt())).coverage() > 0) {
        examples.add(new RelationBank.Example(
            relation, ScopeDetector.relationText(p.prompt(), subject, false)));
      }
    }
    return new RelationBank(List.copyOf(examples));
  }

  /**
   * Fits weights and thresholds to labelled prompts.
   *
   * @param base parameters to keep where a language has no prompts of both kinds that name the
   *     subject
   * @param refusals the share of positives that the threshold may refuse, 0 to 1
   */
  public ScopeParameters fit(RelationSpace space, ScopeParameters base,
      List<LabelledPrompt> labelled, double refusals) {
    Map<Language, Rows> rows = rows(space, base, labelled);
    ScopeParameters fitted = base;
    for (Language language : Language.values()) {
      Rows found = rows.get(language);
      if (found.labels.contains(true) && found.labels.contains(false)) {
        fitted = fitted(fitted, language, found, refusals);
      }
    }
    return fitted;
  }

  /**
   * Fits all thresholds to labelled prompts, each of which meets its own fact alone: the least share of
   * a subject, and the least similarity for names, for things, and for ideographs and kana, so that F1
   * is greatest. What cannot be told from these prompts (no positives or no negatives of its kind that
   * name the subject) stays as it is; of equally good values the nearest to the old one is taken.
   *
   * @param base weights, and thresholds to begin with
   */
  public ScopeParameters fitThresholds(
      RelationSpace space, ScopeParameters base, List<LabelledPrompt> labelled) {
    List<Observed> observed = observe(space, base.withCoverage(LEAST_COVERAGE), labelled);
    ScopeParameters best = base;
    double bestF1 = -1;
    for (double coverage : coverages(base.coverage())) {
      List<Observed> named = observed.stream().filter(o -> o.coverage >= coverage).toList();
      ScopeParameters fitted = base.withCoverage(coverage)
          .withThresholds(threshold(named, Kind.NAME, base.spacedThreshold()),
              threshold(named, Kind.IDEOGRAPHIC, base.ideographicThreshold()))
          .withThingThreshold(threshold(named, Kind.THING, base.thingThreshold()));
      double f1 = f1(observed, fitted);
      if (f1 > bestF1) {
        best = fitted;
        bestF1 = f1;
      }
    }
    return best;
  }

  /** What decides which threshold a prompt meets. */
  private enum Kind { NAME, THING, IDEOGRAPHIC }

  private record Observed(boolean positive, Kind kind, double coverage, double similarity) {}

  private List<Observed> observe(
      RelationSpace space, ScopeParameters parameters, List<LabelledPrompt> labelled) {
    List<Observed> observed = new ArrayList<>();
    ScopeDetector single = new ScopeDetector(encoder, relations, space, parameters);
    Optional<Fact> stored = Optional.empty();
    for (LabelledPrompt p : labelled) {
      if (!stored.equals(Optional.of(p.fact()))) {
        single = new ScopeDetector(encoder, relations, space, parameters);
        single.add(0, p.fact());
        stored = Optional.of(p.fact());
      }
      ScopeDecision decision = single.decide(p.prompt());
      boolean thing = Language.of(p.fact().text()) == Language.SPACED
          && ThingRelation.isThing(name(p.fact()));
      Kind kind = Language.of(p.prompt()) == Language.IDEOGRAPHIC ? Kind.IDEOGRAPHIC
          : thing ? Kind.THING : Kind.NAME;
      observed.add(
          new Observed(p.inScope(), kind, decision.coverage(), decision.similarity()));
    }
    return observed;
  }

  /** Shares of a subject to try, the one in use first, so that it wins where others are no better. */
  private static List<Double> coverages(double base) {
    List<Double> coverages = new ArrayList<>(List.of(base));
    for (int percent = (int) (100 * LEAST_COVERAGE); percent <= 100; percent += 5) {
      coverages.add(percent / 100.0);
    }
    return coverages;
  }

  /** The threshold with the greatest F1, halfway between two similarities that were seen. */
  private static double threshold(List<Observed> all, Kind kind, double base) {
    List<Observed> own = new ArrayList<>(all.stream().filter(o -> o.kind == kind).toList());
    long positives = own.stream().filter(o -> o.positive).count();
    if (positives == 0 || positives == own.size()) {
      return base;
    }
    own.sort(Comparator.comparingDouble(Observed::similarity));
    long hits = positives;
    double best = base;
    double bestF1 = -1;
    for (int i = 0; i < own.size(); i++) {
      double similarity = own.get(i).similarity;
      double below = i == 0 ? similarity : own.get(i - 1).similarity;
      if (i == 0 || similarity > below) {
        // Between two neighbours any value accepts the same; the old one if it lies there.
        double value = base > below && base <= similarity ? base : (below + similarity) / 2;
        double f1 = 2.0 * hits / (positives + own.size() - i);
        boolean nearer = f1 == bestF1 && Math.abs(value - base) < Math.abs(best - base);
        if (f1 > bestF1 || nearer) {
          best = value;
          bestF1 = f1;
        }
      }
      hits -= own.get(i).positive ? 1 : 0;
    }
    return best;
  }

  private static double f1(List<Observed> observed, ScopeParameters parameters) {
    int hits = 0;
    int positives = 0;
    int accepted = 0;
    for (Observed o : observed) {
      double threshold = switch (o.kind) {
        case NAME -> parameters.spacedThreshold();
        case THING -> parameters.thingThreshold();
        case IDEOGRAPHIC -> parameters.ideographicThreshold();
      };
      boolean accepts = o.coverage >= parameters.coverage() && o.similarity >= threshold;
      positives += o.positive ? 1 : 0;
      accepted += accepts ? 1 : 0;
      hits += accepts && o.positive ? 1 : 0;
    }
    return 2.0 * hits / Math.max(1, positives + accepted);
  }

  /** Fits one language's weights and threshold to a bank, each third judged by the other two. */
  ScopeParameters fitToBank(RelationBank bank, ScopeParameters base, Language language,
      double refusals) {
    return fitted(base, language, bankRows(bank, language), refusals);
  }

  Rows bankRows(RelationBank bank, Language language) {
    List<float[]> vectors = encodeBank(bank);
    Rows rows = new Rows(new ArrayList<>(), new ArrayList<>());
    for (int fold = 0; fold < FOLDS; fold++) {
      addFold(bank, vectors, language, fold, rows);
    }
    return rows;
  }

  /**
   * Measures labelled prompts.
   *
   * @param together whether all facts are stored at once, or each prompt meets its own fact alone
   */
  public ScopeReport measure(RelationSpace space, ScopeParameters parameters,
      List<LabelledPrompt> labelled, boolean together) {
    return ScopeReport.of(outcomes(space, parameters, labelled, together));
  }

  List<ScopeReport.Outcome> outcomes(RelationSpace space, ScopeParameters parameters,
      List<LabelledPrompt> labelled, boolean together) {
    List<Fact> facts = List.copyOf(new LinkedHashSet<>(labelled.stream().map(LabelledPrompt::fact)
        .toList()));
    ScopeDetector all = new ScopeDetector(encoder, relations, space, parameters);
    List<Long> ids = new ArrayList<>();
    for (long id = 0; id < facts.size(); id++) {
      ids.add(id);
    }
    if (together) {
      all.addAll(ids, facts);
    }
    Map<Fact, Long> idOf = new HashMap<>();
    ids.forEach(id -> idOf.put(facts.get(id.intValue()), id));
    List<ScopeReport.Outcome> outcomes = new ArrayList<>();
    ScopeDetector single = all;
    Optional<Fact> stored = Optional.empty();
    for (LabelledPrompt p : labelled) {
      long id = idOf.get(p.fact());
      if (!together && !stored.equals(Optional.of(p.fact()))) {
        single = new ScopeDetector(encoder, relations, space, parameters);
        single.add(id, p.fact());
        stored = Optional.of(p.fact());
      }
      outcomes.add(outcome(p, id, single.decide(p.prompt())));
    }
    return outcomes;
  }

  private static ScopeReport.Outcome outcome(LabelledPrompt p, long id, ScopeDecision d) {
    if (d.factId() == id) {
      return new ScopeReport.Outcome(p.inScope(), p.kind(), d.similarity(), d.inScope(), false);
    }
    Optional<ScopeDecision.Match> own =
        d.others().stream().filter(match -> match.factId() == id).findFirst();
    return new ScopeReport.Outcome(p.inScope(), p.kind(),
        own.map(ScopeDecision.Match::similarity).orElse(0.0), own.isPresent(),
        d.inScope() && own.isEmpty());
  }

  record Rows(List<double[]> features, List<Boolean> labels) {
    void add(double[] row, boolean label) {
      features.add(row);
      labels.add(label);
    }
  }

  private Map<Language, Rows> rows(RelationSpace space, ScopeParameters base,
      List<LabelledPrompt> labelled) {
    Map<Language, Rows> rows = new EnumMap<>(Language.class);
    for (Language language : Language.values()) {
      rows.put(language, new Rows(new ArrayList<>(), new ArrayList<>()));
    }
    List<String> texts = new ArrayList<>();
    List<LabelledPrompt> used = new ArrayList<>();
    for (LabelledPrompt p : labelled) {
      Subject subject = subject(p.fact());
      List<Term> terms = Terms.of(p.prompt());
      Subject.Mention mention = subject.find(terms);
      if (mention.coverage() >= base.coverage()) {
        used.add(p);
        texts.add(ScopeDetector.relationText(
            p.fact().prompt().orElse(p.fact().text()), subject, false));
        texts.add(ScopeDetector.windows(p.prompt(), terms, mention, false).get(0));
      }
    }
    List<float[]> vectors = relations.encodeAll(texts);
    for (int i = 0; i < used.size(); i++) {
      String said = texts.get(2 * i);
      String query = texts.get(2 * i + 1);
      FactRelation fact =
          FactRelation.of(place(space, said, vectors.get(2 * i)), said, encoder.weights());
      Relation asked = place(space, query, vectors.get(2 * i + 1));
      rows.get(asked.language()).add(fact.features(
          FactRelation.Query.of(query, asked, encoder.weights()), encoder.weights()),
          used.get(i).inScope());
    }
    return rows;
  }

  private static Relation place(RelationSpace space, String text, float[] vector) {
    return space.place(Language.of(text), vector);
  }

  /**
   * Held-out examples as prompts against the others as facts, in a space that has not seen them.
   */
  private void addFold(RelationBank bank, List<float[]> vectors, Language language, int fold,
      Rows rows) {
    List<RelationBank.Example> kept = new ArrayList<>();
    List<float[]> keptVectors = new ArrayList<>();
    List<Integer> held = new ArrayList<>();
    for (int i = 0; i < bank.examples().size(); i++) {
      if (i % FOLDS == fold && Language.of(bank.examples().get(i).template()) == language) {
        held.add(i);
      } else {
        kept.add(bank.examples().get(i));
        keptVectors.add(vectors.get(i));
      }
    }
    RelationSpace space = fitSpace(new RelationBank(kept), keptVectors);
    List<FactRelation> facts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      String text = kept.get(i).masked();
      if (Language.of(text) == language) {
        Relation relation = place(space, text, keptVectors.get(i));
        facts.add(FactRelation.of(relation, text, encoder.weights()));
        names.add(kept.get(i).relation());
      }
    }
    for (int index : held) {
      RelationBank.Example example = bank.examples().get(index);
      FactRelation.Query query = FactRelation.Query.of(example.masked(),
          place(space, example.masked(), vectors.get(index)), encoder.weights());
      for (int f = 0; f < facts.size(); f++) {
        rows.add(facts.get(f).features(query, encoder.weights()),
            names.get(f).equals(example.relation()));
      }
    }
  }

  private static ScopeParameters fitted(ScopeParameters base, Language language, Rows rows,
      double refusals) {
    double[] w = LogisticRegression.fit(rows.features, rows.labels);
    List<Double> weights = new ArrayList<>();
    for (double x : w) {
      weights.add(x);
    }
    boolean spaced = language == Language.SPACED;
    ScopeParameters weighted = new ScopeParameters(base.coverage(), base.spacedThreshold(),
        base.ideographicThreshold(), base.thingThreshold(), spaced ? weights : base.spaced(),
        spaced ? base.ideographic() : weights);
    List<ScopeReport.Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < rows.labels.size(); i++) {
      outcomes.add(new ScopeReport.Outcome(rows.labels.get(i), "",
          weighted.similarity(language, rows.features.get(i)), false, false));
    }
    double threshold = ScopeReport.thresholdRefusing(outcomes, refusals);
    return spaced ? weighted.withThresholds(threshold, base.ideographicThreshold())
        : weighted.withThresholds(base.spacedThreshold(), threshold);
  }

  private RelationSpace fitSpace(RelationBank bank, List<float[]> vectors) {
    Set<String> names = new TreeSet<>();
    bank.examples().forEach(e -> names.add(e.relation()));
    List<String> ordered = List.copyOf(names);
    Map<Language, RelationSpace.Projection> projections = new EnumMap<>(Language.class);
    for (Language language : Language.values()) {
      projections.put(language, projection(bank, vectors, ordered, language));
    }
    return new RelationSpace(ordered, projections);
  }

  private static RelationSpace.Projection projection(RelationBank bank, List<float[]> vectors,
      List<String> names, Language language) {
    List<float[]> chosen = new ArrayList<>();
    List<Integer> relation = new ArrayList<>();
    for (int i = 0; i < bank.examples().size(); i++) {
      if (Language.of(bank.examples().get(i).template()) == language) {
        chosen.add(vectors.get(i));
        relation.add(names.indexOf(bank.examples().get(i).relation()));
      }
    }
    List<Integer> present = relation.stream().distinct().sorted().toList();
    if (present.isEmpty()) {
      return new RelationSpace.Projection(
          new float[RelationEncoder.width(language)], new float[0], new float[0], new int[0]);
    }
    if (present.size() < 2) {
      throw new IllegalArgumentException("a relation space needs two relations or more in "
          + language.name().toLowerCase(Locale.ROOT) + " script: found " + present.size());
    }
    int[] groups = relation.stream().mapToInt(present::indexOf).toArray();
    Discriminant.Fitted fitted = Discriminant.fit(chosen, groups, DIMENSIONS,
        language == Language.SPACED ? SPACED_RIDGE : IDEOGRAPHIC_RIDGE);
    int d = fitted.matrix().length / fitted.mean().length;
    RelationSpace.Projection bare = new RelationSpace.Projection(fitted.mean(), fitted.matrix(),
        new float[0], new int[0]);
    float[] examples = new float[chosen.size() * d];
    for (int i = 0; i < chosen.size(); i++) {
      System.arraycopy(bare.project(chosen.get(i)), 0, examples, i * d, d);
    }
    return new RelationSpace.Projection(fitted.mean(), fitted.matrix(), examples,
        relation.stream().mapToInt(Integer::intValue).toArray());
  }

  private List<float[]> encodeBank(RelationBank bank) {
    return relations.encodeAll(bank.examples().stream().map(RelationBank.Example::masked).toList());
  }

  private Subject subject(Fact fact) {
    return Subject.of(name(fact), encoder.weights());
  }

  private String name(Fact fact) {
    return fact.subject().orElseGet(
        () -> new SubjectFinder(encoder.weights()).find(fact.text()));
  }

  /**
   * Makes the shipped resources anew from the shipped banks: {@code relations.lrs}, {@code
   * answers.lrs} and {@code scope.properties}.
   *
   * @param folder the folder to write to
   */
  public void ship(Path folder) throws IOException {
    RelationBank bank = RelationBank.shipped();
    RelationSpace space = fitSpace(bank);
    List<Double> none = Collections.nCopies(FactRelation.FEATURES, 0.0);
    ScopeParameters parameters = new ScopeParameters(COVERAGE, SPACED_THRESHOLD,
        IDEOGRAPHIC_THRESHOLD, THING_THRESHOLD, none, none);
    for (Language language : Language.values()) {
      parameters = fitToBank(bank, parameters, language, 0)
          .withThresholds(SPACED_THRESHOLD, IDEOGRAPHIC_THRESHOLD);
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve("relations.lrs"));
        OutputStream kinds = Files.newOutputStream(folder.resolve("answers.lrs"));
        Writer text = Files.newBufferedWriter(folder.resolve("scope.properties"))) {
      space.write(out);
      fitSpace(RelationBank.shippedAnswers()).write(kinds);
      parameters.write(text);
    }
  }
}
