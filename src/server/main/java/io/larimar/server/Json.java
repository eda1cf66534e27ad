package io.larimar.server;

import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON in and out, strict: no duplicate names, nothing behind the value, no deep nesting. */
final class Json {
  private static final int MAX_NESTING = 32;
  private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private Json() {}

  static byte[] bytes(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** A JSON text as a tree, for what is JSON already. */
  static JsonNode tree(String json) {
    return MAPPER.readTree(json);
  }

  /**
   * The object that a body holds.
   *
   * @throws Problem 400 where it is anything else
   */
  static Fields object(byte[] body) {
    JsonNode node;
    try {
      node = MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw Problem.wrong("The body is no JSON: " + e.getOriginalMessage()
          + at(e) + ". Send one JSON object in UTF-8.");
    }
    if (!node.isObject()) {
      throw Problem.wrong("The body must be one JSON object.");
    }
    return new Fields(node, "");
  }

  private static String at(JacksonException e) {
    return Optional.ofNullable(e.getLocation())
        .map(place -> " at line " + place.getLineNr() + ", column " + place.getColumnNr())
        .orElse("");
  }

  /** One object a line. */
  static String line(Map<String, ?> object) {
    return MAPPER.writeValueAsString(object) + "\n";
  }
}
