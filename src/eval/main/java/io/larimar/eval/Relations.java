package io.larimar.eval;

import io.larimar.eval.data.CounterFact;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Other relations of a fact's subject, made from the templates of other records: "The mother tongue
 * of X is" for a fact about X's employer.
 *
 * <p>A template serves if its relation is about the same kind of thing and about another topic;
 * Wikidata's relations that say nearly the same ("developed by", "manufactured by") share a topic.
 */
final class Relations {
  private enum Kind { PERSON, WORK, PLACE, BODY }

  private record Sort(String topic, Set<Kind> kinds) {}

  private static final Map<String, Sort> SORTS = Map.ofEntries(
      sort("P103", "language", Kind.PERSON), sort("P1412", "language", Kind.PERSON),
      sort("P27", "origin", Kind.PERSON), sort("P19", "origin", Kind.PERSON),
      sort("P20", "death", Kind.PERSON), sort("P937", "work place", Kind.PERSON),
      sort("P39", "office", Kind.PERSON), sort("P101", "field", Kind.PERSON),
      sort("P106", "field", Kind.PERSON), sort("P641", "field", Kind.PERSON),
      sort("P413", "position", Kind.PERSON), sort("P136", "genre", Kind.PERSON),
      sort("P1303", "genre", Kind.PERSON), sort("P140", "religion", Kind.PERSON),
      sort("P108", "employer", Kind.PERSON), sort("P264", "label", Kind.PERSON),
      sort("P176", "maker", Kind.WORK), sort("P178", "maker", Kind.WORK),
      sort("P127", "owner", Kind.WORK, Kind.BODY), sort("P449", "network", Kind.WORK),
      sort("P364", "language", Kind.WORK), sort("P407", "language", Kind.WORK),
      sort("P495", "origin", Kind.WORK), sort("P740", "origin", Kind.BODY),
      sort("P159", "seat", Kind.BODY), sort("P138", "name", Kind.WORK, Kind.PLACE),
      sort("P463", "member", Kind.BODY, Kind.PLACE), sort("P17", "place", Kind.PLACE),
      sort("P30", "place", Kind.PLACE), sort("P131", "place", Kind.PLACE),
      sort("P276", "place", Kind.PLACE), sort("P36", "capital", Kind.PLACE),
      sort("P37", "language", Kind.PLACE), sort("P190", "twin", Kind.PLACE));

  private final Map<String, List<String>> templates = new TreeMap<>(); // by relation
  private final long seed;

  Relations(List<CounterFact> records, long seed) {
    this.seed = seed;
    Map<String, TreeSet<String>> sorted = new TreeMap<>();
    records.forEach(r ->
        sorted.computeIfAbsent(r.relation(), k -> new TreeSet<>()).add(r.template()));
    sorted.forEach((relation, texts) -> templates.put(relation, List.copyOf(texts)));
  }

  private static Map.Entry<String, Sort> sort(String relation, String topic, Kind... kinds) {
    return Map.entry(relation, new Sort(topic, Set.of(kinds)));
  }

  /** At most {@code limit} prompts that ask something else about the record's subject. */
  List<String> others(CounterFact record, int limit) {
    Sort own = SORTS.get(record.relation());
    if (own == null) {
      return List.of();
    }
    Random random = new Random(seed * 1_000_003 + record.number());
    List<String> prompts = new ArrayList<>();
    for (Map.Entry<String, List<String>> entry : templates.entrySet()) {
      Sort other = SORTS.get(entry.getKey());
      if (other != null && !other.topic().equals(own.topic())
          && !Collections.disjoint(other.kinds(), own.kinds())) {
        List<String> choice = entry.getValue();
        prompts.add(choice.get(random.nextInt(choice.size())).replace("{}", record.subject()));
      }
    }
    Collections.shuffle(prompts, random);
    return prompts.subList(0, Math.min(limit, prompts.size()));
  }
}
