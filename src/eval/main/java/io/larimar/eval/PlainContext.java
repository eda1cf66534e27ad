package io.larimar.eval;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.ScoreRequest.Score;
import io.larimar.engine.Fact;
import io.larimar.linalg.ScalarKernels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a model answers with text before the question and no memory: the text itself as far as it
 * fits, or the sentences that retrieval finds.
 */
final class PlainContext {
  /** Sentences that retrieval puts into the prompt. */
  static final int RETRIEVED = 5;
  private static final int ANSWER_TOKENS = 24;

  private final Rig rig;
  private final SentenceIndex index;

  PlainContext(Rig rig) {
    this.rig = rig;
    this.index = rig.statements();
  }

  /**
   * Whether the model goes on with each target where it may choose its likeliest tokens, the text
   * decoded once for all queries.
   */
  List<Boolean> own(String text, List<Query> queries) {
    List<Prober.Probe> probes = queries.stream()
        .map(q -> new Prober.Probe("\n\n" + q.prompt(), List.of(q.target()))).toList();
    return rig.prober().behind(text, probes).stream().map(List::getFirst).map(Score::argmaxShare)
        .map(share -> share == 1).toList();
  }

  /** Makes sentences retrievable. */
  void index(List<String> sentences) {
    index.set(sentences.stream().map(Fact::of).toList());
  }

  /** Greedy answers with the sentences before each query that its question comes nearest to. */
  List<String> retrieved(List<Query> queries) {
    List<GenerationRequest> requests = new ArrayList<>();
    for (Query query : queries) {
      requests.add(request(text(index.nearest(index.encode(query.question()), RETRIEVED)), query));
    }
    return rig.prober().generate(requests);
  }

  /** The same for one query whose index has sentences of its own behind those indexed. */
  String retrieved(Query query, List<String> own) {
    float[] question = index.encode(query.question());
    List<SentenceIndex.Found> found = new ArrayList<>(index.nearest(question, RETRIEVED));
    for (int i = 0; i < own.size(); i++) {
      found.add(new SentenceIndex.Found(Integer.MAX_VALUE - own.size() + i, Fact.of(own.get(i)),
          ScalarKernels.dot(question, index.encode(own.get(i)))));
    }
    found.sort(Comparator.comparingDouble(f -> -f.cosine()));
    return rig.prober().generate(List.of(
        request(text(found.subList(0, Math.min(RETRIEVED, found.size()))), query))).getFirst();
  }

  /** In the order in which they stand in the text. */
  private static String text(List<SentenceIndex.Found> found) {
    return found.stream().sorted(Comparator.comparingInt(SentenceIndex.Found::place))
        .map(f -> f.fact().text()).collect(Collectors.joining(" "));
  }

  /** The greedy answer with a text before the query. */
  String stated(String text, Query query) {
    return rig.prober().generate(List.of(request(text, query))).getFirst();
  }

  private GenerationRequest request(String text, Query query) {
    return rig.prober().plain(query.behind(text), Sampler.Settings.GREEDY, ANSWER_TOKENS);
  }
}
