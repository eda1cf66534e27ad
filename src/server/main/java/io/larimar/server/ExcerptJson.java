package io.larimar.server;

import io.larimar.engine.Excerpt;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Where an episode stands in its document, as JSON; exports carry it and imports take it back. */
public final class ExcerptJson {
  private ExcerptJson() {}

  /** The fields of an excerpt; each span is [offset, length]. */
  public static Map<String, Object> toMap(Excerpt excerpt) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("document", excerpt.document());
    map.put("ordinal", excerpt.ordinal());
    excerpt.title().ifPresent(title -> map.put("title", title));
    excerpt.date().ifPresent(date -> map.put("date", date.toString()));
    map.put("keys", excerpt.keys().name().toLowerCase(Locale.ROOT));
    map.put("spans", excerpt.spans().stream()
        .map(span -> List.of(span.offset(), span.length())).toList());
    return map;
  }

  /**
   * The excerpt of such an object.
   *
   * @throws IllegalArgumentException for any other
   */
  public static Excerpt read(JsonNode node) {
    try {
      List<Excerpt.Span> spans = new ArrayList<>();
      node.required("spans").forEach(span ->
          spans.add(new Excerpt.Span(span.required(0).asLong(), span.required(1).asInt())));
      return new Excerpt(node.required("document").asString(), node.required("ordinal").asInt(),
          text(node, "title"), text(node, "date").map(LocalDate::parse),
          Excerpt.Keys.valueOf(node.required("keys").asString().toUpperCase(Locale.ROOT)), spans);
    } catch (JacksonException | DateTimeParseException e) {
      throw new IllegalArgumentException("excerpt is none that an export has: " + e.getMessage(), e);
    }
  }

  private static Optional<String> text(JsonNode node, String name) {
    return Optional.ofNullable(node.get(name)).map(JsonNode::asString);
  }
}
