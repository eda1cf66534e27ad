package io.larimar.server;

import io.larimar.engine.Larimar;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which facts a request is about: those of a subject and with every one of some tags.
 *
 * @param subject what they are about
 * @param tags all of which they bear; a user, an agent and a run are tags too
 */
record Filter(Optional<String> subject, List<String> tags) {
  /** The names of a filter's fields, in a query and in JSON. */
  static final Set<String> FIELDS = Set.of("subject", "tag", "user_id", "agent_id", "run_id");

  static Filter of(Call call) {
    List<String> tags = new ArrayList<>();
    call.query("tag").ifPresent(tags::add);
    FactJson.OWNERS.forEach((field, prefix) ->
        call.query(field).ifPresent(value -> tags.add(prefix + value.strip())));
    return new Filter(call.query("subject"), tags);
  }

  static Filter of(Fields fields) {
    List<String> tags = new ArrayList<>(fields.texts("tag", 32));
    FactJson.OWNERS.forEach((field, prefix) ->
        fields.text(field).ifPresent(value -> tags.add(prefix + value.strip())));
    return new Filter(fields.text("subject"), tags);
  }

  boolean isEmpty() {
    return subject.isEmpty() && tags.isEmpty();
  }

  /** Ids of the live facts that it lets through; only where it is not empty. */
  NavigableSet<Long> ids(Larimar larimar) {
    Optional<NavigableSet<Long>> ids =
        subject.map(value -> new TreeSet<>(larimar.idsBySubject(value)));
    for (String tag : tags) {
      NavigableSet<Long> tagged = new TreeSet<>(larimar.idsByTag(tag));
      ids.ifPresent(tagged::retainAll);
      ids = Optional.of(tagged);
    }
    return ids.orElseThrow();
  }
}
