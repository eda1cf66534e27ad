package io.larimar.passages;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.codec.Cleanup;
import io.larimar.codec.TokenCodec;
import io.larimar.encoder.Feature;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.linalg.ScalarKernels;
import io.larimar.memory.EpisodicMemory;
import io.larimar.passages.PassageMemory.Held;
import io.larimar.text.SentenceBorders;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.Collectors;

/**
 * One search of a {@link PassageMemory}: keys choose the candidates, the read-outs of the candidates
 * decide. Used once, by one thread.
 */
final class PassageSearch {
  /** Passages of one episode that go on to the next, and those of a group of as many as a block. */
  private static final int OF_EPISODE = 4;
  private static final int OF_GROUP = 8;
  private static final int GROUP = 32;

  /** Episodes that a pruned search looks into, 3 us each: words such as "key" stand in many. */
  private static final int PROMISING = 512;

  /** Read-outs whose addresses are compared with the question's. */
  private static final int COMPARED = 4;

  /** What one of them lacks of the best one's coverage at most: cosines seldom make up for more. */
  private static final double REACH = 0.2;

  /** What passages that say as much may differ by, for the one read last to count. */
  private static final double SAME_COVERAGE = 0.01;
  private static final double SAME_COSINE = 0.08;

  /** What the cosine of two keys by words adds to the words in common, which it only estimates. */
  private static final double LEXICAL_SHARE = 0.25;

  /**
   * A passage that may be what is asked for.
   *
   * @param bound the most of the question that it can have; 1 where summaries are not asked
   */
  private record Candidate(long passage, double bound, float cosine, Keys keys) {
    double promise() {
      return bound + (keys == Keys.LEXICAL ? LEXICAL_SHARE : 1) * cosine;
    }

    /** The most that its score can be before the addresses are compared. */
    double reach() {
      return bound + (keys == Keys.LEXICAL ? 0 : cosine);
    }
  }

  private record Promise(long episode, double bound) {}

  private final PassageMemory memory;
  private final String question;
  private final double leastCoverage;
  private final AskedTerms asked;
  private final Map<Keys, float[]> queries = new EnumMap<>(Keys.class);
  private final Map<Long, Cleanup> cleanups = new HashMap<>();

  PassageSearch(PassageMemory memory, String question, double leastCoverage) {
    this.memory = memory;
    this.question = question;
    this.leastCoverage = leastCoverage;
    this.asked = AskedTerms.of(question, memory.lexical(), memory.summaries());
    if (!asked.isEmpty() && memory.memory(Keys.LEXICAL).isPresent()) {
      queries.put(Keys.LEXICAL, asked.key(memory.lexical()));
    }
    if (memory.memory(Keys.SENTENCE).isPresent()) {
      queries.put(Keys.SENTENCE, memory.addresses(List.of(question))[0]);
    }
  }

  List<Found> run(Strategy strategy, int limit) {
    if (strategy == Strategy.PAPER) {
      return new PaperSearch(memory, queries).run();
    }
    try (Arena arena = Arena.ofConfined()) {
      List<Candidate> candidates = new ArrayList<>();
      queries.forEach((keys, query) -> {
        MemorySegment key = arena.allocateFrom(JAVA_FLOAT, query);
        candidates.addAll(switch (strategy) {
          case FLAT -> nearest(keys, key, false);
          case RECURSIVE -> recurse(keys, key, List.copyOf(memory.held().keySet()), false);
          default -> pruned(keys, key);
        });
      });
      return rank(readOut(candidates, limit, arena), limit);
    }
  }

  /** Reads out until the rest cannot come near the best; none that says too little. */
  private List<Found> readOut(List<Candidate> candidates, int limit, Arena arena) {
    candidates.sort(Comparator.comparingDouble(Candidate::reach)
        .thenComparingDouble(Candidate::promise).reversed());
    List<Found> found = new ArrayList<>();
    double best = 0;
    for (Candidate candidate : candidates) {
      if (found.size() >= limit && candidate.reach() < best - REACH) {
        break;
      }
      if (candidate.bound >= leastCoverage) {
        Found passage = readOut(candidate, arena);
        if (passage.coverage() >= leastCoverage) {
          best = Math.max(best, passage.score());
          found.add(passage);
        }
      }
    }
    return found;
  }

  private List<Candidate> nearest(Keys keys, MemorySegment key, boolean summarised) {
    long[] ids = new long[GROUP];
    float[] cosines = new float[GROUP];
    int count = memory.memory(keys).orElseThrow().nearestExact(key, GROUP, ids, cosines);
    List<Candidate> found = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      found.add(candidate(ids[i], cosines[i], keys, summarised));
    }
    return found;
  }

  private Candidate candidate(long passage, float cosine, Keys keys, boolean summarised) {
    TermSummary terms = memory.held().get(PassageMemory.episode(passage)).terms();
    double bound = summarised ? asked.bound(terms, PassageMemory.index(passage)) : 1;
    return new Candidate(passage, bound, cosine, keys);
  }

  /** The episodes of most promise; by sentence embedding also the passages that are nearest. */
  private List<Candidate> pruned(Keys keys, MemorySegment key) {
    List<Candidate> found = recurse(keys, key, promising(keys), true);
    if (keys == Keys.SENTENCE) {
      List<Long> known = found.stream().map(Candidate::passage).toList();
      nearest(keys, key, true).stream().filter(c -> !known.contains(c.passage)).forEach(found::add);
    }
    return found;
  }

  private List<Long> promising(Keys keys) {
    Comparator<Promise> order =
        Comparator.comparingDouble(Promise::bound).thenComparingLong(Promise::episode);
    PriorityQueue<Promise> best = new PriorityQueue<>(order);
    memory.held().forEach((episode, held) -> {
      double least = best.size() < PROMISING ? 0 : best.element().bound;
      double bound = held.excerpt().keys() == keys ? asked.bound(held.terms()) : 0;
      if (bound > 0 && bound >= least) {
        bound = ofOnePassage(held.terms());
        best.add(new Promise(episode, bound));
        if (best.size() > PROMISING) {
          best.remove();
        }
      }
    });
    return best.stream().map(Promise::episode).sorted().toList();
  }

  private double ofOnePassage(TermSummary terms) {
    double most = 0;
    for (int i = 0; i < terms.passages(); i++) {
      most = Math.max(most, asked.bound(terms, i));
    }
    return most;
  }

  /** The recursion: what episodes and then groups of their passages let pass, until one is left. */
  private List<Candidate> recurse(
      Keys keys, MemorySegment key, List<Long> episodes, boolean summarised) {
    EpisodicMemory blocks = memory.memory(keys).orElseThrow();
    long[] ids = new long[blocks.shape().blockCapacity()];
    float[] cosines = new float[ids.length];
    List<Candidate> level = new ArrayList<>();
    for (long episode : episodes) {
      if (memory.held().get(episode).excerpt().keys() == keys) {
        int count = blocks.weigh(PassageMemory.passage(episode), key, ids, cosines);
        List<Candidate> own = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          if (PassageMemory.episode(ids[i]) == episode) { // small episodes share a block
            own.add(candidate(ids[i], cosines[i], keys, summarised));
          }
        }
        level.addAll(best(own, OF_EPISODE));
      }
    }
    while (level.size() > GROUP) {
      List<Candidate> next = new ArrayList<>();
      for (int from = 0; from < level.size(); from += GROUP) {
        next.addAll(best(level.subList(from, Math.min(level.size(), from + GROUP)), OF_GROUP));
      }
      level = next;
    }
    return level;
  }

  private static List<Candidate> best(List<Candidate> group, int count) {
    return group.stream()
        .sorted(Comparator.comparingDouble(Candidate::promise).reversed()
            .thenComparing(Comparator.comparingLong(Candidate::passage).reversed()))
        .limit(count).toList();
  }

  private Found readOut(Candidate candidate, Arena arena) {
    EpisodicMemory blocks = memory.memory(candidate.keys).orElseThrow();
    long episode = PassageMemory.episode(candidate.passage);
    Held held = memory.held().get(episode);
    int count = blocks.latentCount(candidate.passage);
    MemorySegment latents = arena.allocate(4L * TokenCodec.LATENT_WIDTH * count, 64);
    blocks.read(candidate.passage, latents);
    TokenCodec.Decoded decoded =
        cleanups.computeIfAbsent(episode, any -> memory.cleanup(held)).decode(latents, count);
    String text = memory.text(decoded.tokens());
    List<Feature> said = memory.lexical().features(text);
    return new Found(episode, PassageMemory.index(candidate.passage), held.excerpt(), text,
        decoded.tokens(), decoded.margin(), asked.coverage(said), asked.names(said),
        candidate.keys == Keys.SENTENCE ? candidate.cosine : 0);
  }

  private List<Found> rank(List<Found> found, int limit) {
    List<Found> ranked = new ArrayList<>(found);
    ranked.sort(Comparator.comparingDouble(Found::score).reversed());
    int rivals = (int) ranked.stream()
        .filter(f -> f.score() >= ranked.getFirst().score() - REACH).limit(COMPARED).count();
    compare(ranked.subList(0, Math.min(Math.max(rivals, limit), ranked.size())));
    ranked.sort(Comparator.comparingDouble(Found::score).reversed());
    newestOfEquals(ranked);
    return List.copyOf(ranked.subList(0, Math.min(limit, ranked.size())));
  }

  /**
   * Gives the cosine of the addresses to those that were found by words, and to those with a
   * sentence that has nothing of the question, which draws the whole passage's address away.
   */
  private void compare(List<Found> first) {
    List<Integer> lacking = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      String focus = focus(first.get(i).text());
      if (first.get(i).excerpt().keys() == Keys.LEXICAL
          || focus.length() < first.get(i).text().length()) {
        lacking.add(i);
        texts.add(focus);
      }
    }
    if (lacking.isEmpty()) {
      return;
    }
    Optional<float[]> known = Optional.ofNullable(queries.get(Keys.SENTENCE));
    if (known.isEmpty()) {
      texts.add(question);
    }
    float[][] addresses = memory.addresses(texts);
    float[] query = known.orElseGet(() -> addresses[addresses.length - 1]);
    for (int i = 0; i < lacking.size(); i++) {
      int at = lacking.get(i);
      double cosine = ScalarKernels.dot(addresses[i], query);
      first.set(at, first.get(at).withCosine(Math.max(cosine, first.get(at).cosine())));
    }
  }

  /** The sentences of a passage that have words of the question; the whole where none has. */
  private String focus(String passage) {
    String focus = SentenceBorders.sentences(passage).stream()
        .filter(sentence -> asked.touches(memory.lexical().features(sentence)))
        .collect(Collectors.joining(" "));
    return focus.isEmpty() ? passage : focus;
  }

  /** Among those that say as much as the first, the one that was read last comes first. */
  private static void newestOfEquals(List<Found> ranked) {
    if (ranked.isEmpty()) {
      return;
    }
    Found first = ranked.getFirst();
    Comparator<Found> order =
        Comparator.comparingLong(Found::episode).thenComparingInt(Found::index);
    Found newest = ranked.stream()
        .filter(f -> f.coverage() >= first.coverage() - SAME_COVERAGE
            && f.cosine() >= first.cosine() - SAME_COSINE)
        .max(order).orElse(first);
    ranked.remove(newest);
    ranked.addFirst(newest);
  }
}
