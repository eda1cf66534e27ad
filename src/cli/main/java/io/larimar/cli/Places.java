package io.larimar.cli;

import io.larimar.engine.Excerpt;
import io.larimar.engine.Statement;
import io.larimar.passages.Found;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Where statements come from, in words and in JSON. */
final class Places {
  private Places() {}

  /** "manual.md, at 1204 (Pump manual, 2031-05-03)". */
  static String words(Excerpt excerpt, Excerpt.Span span) {
    String more = excerpt.title().map(t -> excerpt.date().map(d -> t + ", " + d).orElse(t))
        .or(() -> excerpt.date().map(Object::toString)).map(m -> " (" + m + ")").orElse("");
    return excerpt.document() + ", at " + span.offset() + more;
  }

  static Map<String, Object> toMap(Found found) {
    Map<String, Object> map = place(found.excerpt(), found.span());
    map.put("factId", found.episode());
    map.put("text", found.text());
    map.put("coverage", AskCommand.round(found.coverage()));
    map.put("similarity", AskCommand.round(found.cosine()));
    return map;
  }

  static Map<String, Object> toMap(Statement statement) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("factId", statement.id());
    map.put("text", statement.text());
    statement.excerpt().ifPresent(excerpt ->
        map.putAll(place(excerpt, statement.span().orElseThrow())));
    map.put("similarity", AskCommand.round(statement.cosine()));
    return map;
  }

  /** A line for people: the statement and its place. */
  static String line(Statement statement) {
    Optional<String> place = statement.excerpt()
        .map(excerpt -> words(excerpt, statement.span().orElseThrow()));
    return statement.text() + "  [" + place.orElse("fact " + statement.id()) + "]";
  }

  private static Map<String, Object> place(Excerpt excerpt, Excerpt.Span span) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("document", excerpt.document());
    excerpt.title().ifPresent(title -> map.put("title", title));
    excerpt.date().ifPresent(date -> map.put("date", date.toString()));
    map.put("offset", span.offset());
    map.put("length", span.length());
    return map;
  }
}
