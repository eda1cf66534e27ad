package io.larimar.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A JSON schema as a grammar in llama.cpp's GBNF, whose texts are compact JSON that fits it.
 *
 * <p>Objects hold the properties that the schema names, in its order, and no others. What cannot be
 * said by a grammar (pattern, bounds of numbers, allOf) is refused by its name and place.
 */
final class JsonGrammar {
  private static final int MAX_REPEAT = 256;
  private static final int MAX_REPEATS = 4_096; // of all together: llama.cpp writes each out
  private static final int MAX_RULES = 2_000;
  private static final Set<String> REMARKS = Set.of("title", "description", "default", "examples",
      "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly", "$defs", "definitions");

  private static final String JSON = """
      ws ::= " "?
      value ::= object | array | string | number | boolean | null
      object ::= "{" (string ":" ws value ("," ws string ":" ws value)*)? "}"
      array ::= "[" (value ("," ws value)*)? "]"
      char ::= [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" ["\\\\bfnrt]
      string ::= "\\"" char* "\\""
      integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
      number ::= integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?
      boolean ::= "true" | "false"
      null ::= "null"
      hex ::= [0-9a-f]
      date ::= [0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])
      time ::= ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] "Z"
      uuid ::= hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}
      """;

  private final JsonNode root;
  private final String place;
  private final Map<String, String> rules = new LinkedHashMap<>();
  private final Map<String, String> references = new LinkedHashMap<>();
  private int repeats;

  private JsonGrammar(JsonNode root, String place) {
    this.root = root;
    this.place = place;
  }

  /** Any JSON object. */
  static String anyObject() {
    return "root ::= object\n" + JSON;
  }

  /**
   * What fits a schema.
   *
   * @param place the schema's field in the request, for problems
   * @throws Problem 400 where the schema asks for what a grammar cannot say
   */
  static String of(JsonNode schema, String place) {
    JsonGrammar grammar = new JsonGrammar(schema, place);
    String start = grammar.rule(schema, "");
    StringBuilder text = new StringBuilder("root ::= " + start + "\n");
    grammar.rules.forEach((name, body) -> text.append(name).append(" ::= ").append(body)
        .append('\n'));
    return text.append(JSON).toString();
  }

  private Problem unfit(String path, String why) {
    return Problem.field(place + path, "The schema at \"" + place + path + "\" " + why + ".");
  }

  /** Adds a rule and gives its name. */
  private String add(String body) {
    String name = "r" + rules.size();
    rules.put(name, body);
    if (rules.size() > MAX_RULES) {
      throw unfit("", "needs more than " + MAX_RULES + " rules: make it smaller");
    }
    return name;
  }

  /** The name of a rule for a schema. */
  private String rule(JsonNode schema, String path) {
    if (schema.isBoolean() && schema.booleanValue()) {
      return "value";
    }
    if (!schema.isObject()) {
      throw unfit(path, "must be an object");
    }
    if (schema.has("$ref")) {
      only(schema, path, Set.of("$ref"));
      return reference(schema.get("$ref"), path);
    }
    for (String choice : List.of("anyOf", "oneOf")) {
      if (schema.has(choice)) {
        only(schema, path, Set.of(choice));
        return any(schema.get(choice), path + "." + choice);
      }
    }
    if (schema.has("const")) {
      only(schema, path, Set.of("const", "type"));
      return add(literal(Json.text(schema.get("const"))));
    }
    if (schema.has("enum")) {
      only(schema, path, Set.of("enum", "type"));
      if (!schema.get("enum").isArray() || schema.get("enum").isEmpty()) {
        throw unfit(path + ".enum", "must be a list of at least one value");
      }
      return add(schema.get("enum").values().stream().map(value -> literal(Json.text(value)))
          .collect(Collectors.joining(" | ")));
    }
    return typed(schema, path);
  }

  private String typed(JsonNode schema, String path) {
    JsonNode type = schema.path("type");
    if (type.isArray() && !type.isEmpty()) {
      List<String> names = new ArrayList<>();
      type.forEach(one -> names.add(ofType(one.asString(""), schema, path)));
      return add(String.join(" | ", names));
    }
    if (type.isString()) {
      return ofType(type.asString(), schema, path);
    }
    if (schema.has("properties")) {
      return ofType("object", schema, path);
    }
    only(schema, path, Set.of());
    return "value";
  }

  private String ofType(String type, JsonNode schema, String path) {
    boolean several = schema.get("type") != null && schema.get("type").isArray();
    Set<String> known = switch (type) {
      case "object" -> Set.of("type", "properties", "required", "additionalProperties");
      case "array" -> Set.of("type", "items", "minItems", "maxItems");
      case "string" -> Set.of("type", "minLength", "maxLength", "format");
      case "integer", "number", "boolean", "null" -> Set.of("type");
      default -> throw unfit(path + ".type",
          "must be object, array, string, integer, number, boolean or null");
    };
    if (!several) {
      only(schema, path, known);
    }
    return switch (type) {
      case "object" -> object(schema, path);
      case "array" -> array(schema, path);
      case "string" -> string(schema, path);
      default -> type;
    };
  }

  /** Refuses what would be left out in silence. */
  private void only(JsonNode schema, String path, Set<String> known) {
    for (String name : schema.propertyNames()) {
      if (!known.contains(name) && !REMARKS.contains(name)) {
        throw unfit(path, "asks for \"" + name + "\", which cannot be followed here: leave it out"
            + " and check the answer yourself");
      }
    }
  }

  private String any(JsonNode choices, String path) {
    if (!choices.isArray() || choices.isEmpty()) {
      throw unfit(path, "must be a list of at least one schema");
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < choices.size(); i++) {
      names.add(rule(choices.get(i), path + "[" + i + "]"));
    }
    return add(String.join(" | ", names));
  }

  /** A schema elsewhere in the same one; it may be inside itself. */
  private String reference(JsonNode node, String path) {
    String target = node.asString("");
    String known = references.get(target);
    if (known != null) {
      return known;
    }
    JsonNode schema = target.equals("#") ? root
        : target.startsWith("#/") ? root.at(target.substring(1)) : root.path("\0");
    if (schema.isMissingNode()) {
      throw unfit(path + ".$ref", "must name a part of the same schema, as #/$defs/NAME");
    }
    String name = add("value"); // its place, before what may lead back to it
    references.put(target, name);
    String body = rule(schema, target);
    if (body.equals(name)) {
      throw unfit(path + ".$ref", "leads to itself");
    }
    rules.put(name, body);
    return name;
  }

  private String object(JsonNode schema, String path) {
    JsonNode more = schema.path("additionalProperties");
    JsonNode properties = schema.path("properties");
    if (properties.isMissingNode()) {
      return more.isBoolean() && !more.booleanValue() ? add("\"{}\"") : "object";
    }
    if (more.isObject() || !properties.isObject()) {
      throw unfit(path, "must name its properties; additionalProperties may be true or false");
    }
    List<String> names = List.copyOf(properties.propertyNames());
    List<String> required = schema.path("required").values().stream()
        .map(name -> name.asString("")).toList();
    if (!names.containsAll(required)) {
      throw unfit(path + ".required", "names a property that \"properties\" does not have");
    }
    List<String> pairs = new ArrayList<>();
    for (String name : names) {
      pairs.add(add(literal(Json.text(name) + ":") + " ws "
          + rule(properties.get(name), path + ".properties." + name)));
    }
    String[] rest = {"", ""}; // what may follow, where nothing and where something stands before
    for (int i = names.size() - 1; i >= 0; i--) {
      String first = pairs.get(i) + " " + rest[1];
      String further = "\",\" ws " + pairs.get(i) + " " + rest[1];
      boolean must = required.contains(names.get(i));
      String none = add(must ? first : first + " | " + empty(rest[0]));
      String some = add(must ? further : further + " | " + empty(rest[1]));
      rest = new String[] {none, some};
    }
    return add("\"{\" " + rest[0] + " \"}\"");
  }

  private static String empty(String rest) {
    return rest.isEmpty() ? "\"\"" : rest;
  }

  private String array(JsonNode schema, String path) {
    String item = schema.has("items") ? rule(schema.get("items"), path + ".items") : "value";
    int least = count(schema, "minItems", 0, path);
    int most = count(schema, "maxItems", -1, path);
    requireOrder(least, most, path);
    if (most == 0) {
      return add("\"[]\"");
    }
    String further = "(\",\" ws " + item + "){" + Math.max(0, least - 1) + ","
        + (most < 0 ? "" : "" + (most - 1)) + "}";
    String items = item + " " + further;
    return add("\"[\" " + (least == 0 ? "(" + items + ")?" : items) + " \"]\"");
  }

  private String string(JsonNode schema, String path) {
    if (schema.has("format")) {
      return add("\"\\\"\" " + switch (schema.get("format").asString("")) {
        case "date" -> "date";
        case "time" -> "time";
        case "date-time" -> "date \"T\" time";
        case "uuid" -> "uuid";
        default -> throw unfit(path + ".format", "must be date, time, date-time or uuid");
      } + " \"\\\"\"");
    }
    if (!schema.has("minLength") && !schema.has("maxLength")) {
      return "string";
    }
    int least = count(schema, "minLength", 0, path);
    int most = count(schema, "maxLength", -1, path);
    requireOrder(least, most, path);
    return add("\"\\\"\" char{" + least + ","
        + (most < 0 ? "" : "" + most) + "} \"\\\"\"");
  }

  private void requireOrder(int least, int most, String path) {
    if (most >= 0 && least > most) {
      throw unfit(path, "wants at least " + least + " and at most " + most);
    }
  }

  private int count(JsonNode schema, String name, int usual, String path) {
    JsonNode node = schema.path(name);
    if (node.isMissingNode()) {
      return usual;
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0
        || node.intValue() > MAX_REPEAT) {
      throw unfit(path + "." + name, "must be a whole number from 0 to " + MAX_REPEAT);
    }
    repeats += node.intValue();
    if (repeats > MAX_REPEATS) {
      throw unfit("", "asks for more than " + MAX_REPEATS
          + " repetitions in all: lower its bounds");
    }
    return node.intValue();
  }

  /** A text as GBNF writes it. */
  private static String literal(String text) {
    StringBuilder literal = new StringBuilder("\"");
    text.chars().forEach(c -> {
      if (c == '"' || c == '\\') {
        literal.append('\\');
      }
      literal.append((char) c);
    });
    return literal.append('"').toString();
  }
}
