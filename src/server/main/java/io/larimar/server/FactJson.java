package io.larimar.server;

import io.larimar.engine.Fact;
import io.larimar.ledger.Entry;
import io.larimar.ledger.Pseudonyms;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Facts as JSON, in the words of mem0's API where it has one: memory, user_id, agent_id, run_id. */
final class FactJson {
  /** The fields of a fact. */
  static final Set<String> FIELDS = Set.of("text", "memory", "subject", "prompt", "target",
      "question", "answer", "tags", "ttl", "expiration_date", "user_id", "agent_id", "run_id",
      "excerpt");

  /** Field by field, the tag under which a fact of a user, an agent or a run is found. */
  static final Map<String, String> OWNERS =
      Map.of("user_id", "user:", "agent_id", "agent:", "run_id", "run:");

  private static final int MAX_TAGS = 32;
  private static final int MAX_TAG_LENGTH = 256;

  private FactJson() {}

  /** The fact that an object states. */
  static Fact read(Fields fields) {
    fields.requireOnly(FIELDS);
    return label(statement(fields), fields);
  }

  private static Fact statement(Fields fields) {
    Optional<String> subject = fields.text("subject").map(String::strip).filter(s -> !s.isEmpty());
    Optional<Fact> parts = Optional.empty();
    if (fields.has("prompt") || fields.has("target")) {
      parts = Optional.of(Fact.of(subject.orElse(""), fields.requiredText("prompt"),
          fields.requiredText("target")));
    } else if (fields.has("question") || fields.has("answer")) {
      parts = Optional.of(Fact.of(subject.orElse(""), fields.requiredText("question"),
          fields.requiredText("answer")));
    }
    if (parts.isPresent()) {
      return new Fact(parts.get().text(), subject, parts.get().prompt(), parts.get().target(),
          List.of(), Optional.empty());
    }
    String text = fields.text("text").or(() -> fields.text("memory"))
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> fields.wrong("text", "a statement; or give \"subject\", \"prompt\" and"
            + " \"target\", or \"question\" and \"answer\""));
    return new Fact(text.strip(), subject, Optional.empty(), Optional.empty(), List.of(),
        Optional.empty(),
        fields.object("excerpt").map(any -> ExcerptJson.read(fields.node("excerpt"))));
  }

  /** The same fact with the tags and the time to live that the fields give. */
  static Fact label(Fact fact, Fields fields) {
    List<String> tags = new ArrayList<>(fields.texts("tags", MAX_TAGS));
    OWNERS.forEach((field, prefix) ->
        fields.text(field).ifPresent(value -> tags.add(prefix + value.strip())));
    tags.forEach(tag -> {
      if (tag.isBlank() || tag.length() > MAX_TAG_LENGTH) {
        throw fields.wrong("tags", "texts of 1 to " + MAX_TAG_LENGTH + " characters");
      }
      boolean own = fact.excerpt().map(excerpt -> Documents.TAG + excerpt.document())
          .filter(tag::equals).isPresent();
      if (tag.startsWith(Documents.TAG) && !own) {
        throw fields.wrong("tags", "without the prefix \"" + Documents.TAG
            + "\", which documents have; send documents to /documents");
      }
    });
    Fact tagged = fact.withTags(tags.stream().distinct().toList());
    return timeToLive(fields).map(tagged::withTimeToLive).orElse(tagged);
  }

  private static Optional<Duration> timeToLive(Fields fields) {
    Optional<String> ttl = fields.text("ttl");
    if (ttl.isPresent()) {
      try {
        return ttl.map(Duration::parse);
      } catch (DateTimeParseException e) {
        throw fields.wrong("ttl", "an ISO-8601 duration, as PT30M or P7D");
      }
    }
    return fields.text("expiration_date").map(text -> {
      Duration left = Duration.between(Instant.now(), instant(fields, text));
      if (left.isNegative() || left.isZero()) {
        throw fields.wrong("expiration_date", "in the future");
      }
      return left;
    });
  }

  private static Instant instant(Fields fields, String text) {
    try {
      return text.length() == "2030-01-31".length()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant() : Instant.parse(text);
    } catch (DateTimeException e) {
      throw fields.wrong("expiration_date", "a date or a time, as 2030-01-31 or"
          + " 2030-01-31T12:00:00Z");
    }
  }

  /** A stored fact. */
  static Map<String, Object> toMap(Entry entry, Pseudonyms names) {
    Map<String, Object> map = Call.map();
    map.put("id", names.fact(entry.id()));
    put(map, entry);
    entry.supersedes().ifPresent(id -> map.put("supersedes", names.fact(id)));
    entry.supersededBy().ifPresent(id -> map.put("superseded_by", names.fact(id)));
    map.put("held", entry.held());
    return map;
  }

  /** What it says, and until when. */
  private static void put(Map<String, Object> map, Entry entry) {
    Fact fact = entry.fact();
    map.put("memory", fact.text());
    fact.subject().ifPresent(value -> map.put("subject", value));
    fact.prompt().ifPresent(value -> map.put("prompt", value));
    fact.target().ifPresent(value -> map.put("target", value));
    List<String> tags = new ArrayList<>(fact.tags());
    OWNERS.forEach((field, prefix) -> fact.tags().stream().filter(tag -> tag.startsWith(prefix))
        .findFirst().ifPresent(tag -> {
          map.put(field, tag.substring(prefix.length()));
          tags.remove(tag);
        }));
    map.put("tags", tags);
    fact.excerpt().ifPresent(excerpt -> map.put("excerpt", ExcerptJson.toMap(excerpt)));
    map.put("created_at", entry.writtenAt().toString());
    entry.expiresAt().ifPresent(at -> map.put("expiration_date", at.toString()));
  }

  /** A stored fact as a line of an export, which an import takes back. */
  static Map<String, Object> toLine(Entry entry) {
    Map<String, Object> all = Call.map();
    put(all, entry);
    Map<String, Object> map = Call.map();
    all.forEach((name, value) -> {
      boolean told = FIELDS.contains(name) && !(name.equals("tags") && List.of().equals(value))
          && !(name.equals("memory") && entry.fact().prompt().isPresent());
      if (told) {
        map.put(name, value);
      }
    });
    return map;
  }
}
