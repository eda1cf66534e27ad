package io.larimar.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/** The fields of one JSON object, read with their types; what is wrong is named in the problem. */
final class Fields {
  private final JsonNode node;
  private final String path;

  /** For an object; {@code path} stands before its fields' names in problems. */
  Fields(JsonNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /** Refuses fields that nobody reads, as their writer believes in them. */
  void requireOnly(Collection<String> known) {
    for (String name : node.propertyNames()) {
      if (!known.contains(name)) {
        throw Problem.field(path + name, "There is no field \"" + path + name + "\"; there are "
            + String.join(", ", known.stream().sorted().toList()) + ".");
      }
    }
  }

  boolean has(String name) {
    return node.has(name) && !node.get(name).isNull();
  }

  /** The names there are. */
  Collection<String> names() {
    return node.propertyNames();
  }

  /** The value as it stands; only where {@link #has} says so. */
  JsonNode node(String name) {
    return node.get(name);
  }

  Optional<String> text(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    if (!node.get(name).isString()) {
      throw wrong(name, "a text");
    }
    return Optional.of(node.get(name).asString());
  }

  String requiredText(String name) {
    return text(name).filter(value -> !value.isBlank()).orElseThrow(() ->
        Problem.field(path + name, "The field \"" + path + name + "\" is missing or blank."));
  }

  OptionalInt integer(String name, int least, int most) {
    if (!has(name)) {
      return OptionalInt.empty();
    }
    JsonNode value = node.get(name);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least
        || value.intValue() > most) {
      throw wrong(name, "a whole number from " + least + " to " + most);
    }
    return OptionalInt.of(value.intValue());
  }

  OptionalDouble number(String name, double least, double most) {
    if (!has(name)) {
      return OptionalDouble.empty();
    }
    JsonNode value = node.get(name);
    if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
      throw wrong(name, "a number from " + least + " to " + most);
    }
    return OptionalDouble.of(value.doubleValue());
  }

  boolean bool(String name, boolean usual) {
    if (!has(name)) {
      return usual;
    }
    if (!node.get(name).isBoolean()) {
      throw wrong(name, "true or false");
    }
    return node.get(name).booleanValue();
  }

  /** A list of texts; a single text is a list of one. Empty where there is no such field. */
  List<String> texts(String name, int most) {
    List<String> texts = new ArrayList<>();
    if (has(name) && node.get(name).isString()) {
      texts.add(node.get(name).asString());
    } else {
      for (JsonNode item : items(name, most)) {
        if (!item.isString()) {
          throw wrong(name, "a list of texts");
        }
        texts.add(item.asString());
      }
    }
    return texts;
  }

  /** A list of objects; empty where there is no such field. */
  List<Fields> objects(String name, int most) {
    List<Fields> objects = new ArrayList<>();
    for (JsonNode item : items(name, most)) {
      if (!item.isObject()) {
        throw wrong(name, "a list of objects");
      }
      objects.add(new Fields(item, path + name + "[" + objects.size() + "]."));
    }
    return objects;
  }

  Optional<Fields> object(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    if (!node.get(name).isObject()) {
      throw wrong(name, "an object");
    }
    return Optional.of(new Fields(node.get(name), path + name + "."));
  }

  private List<JsonNode> items(String name, int most) {
    if (!has(name)) {
      return List.of();
    }
    if (!node.get(name).isArray()) {
      throw wrong(name, "a list");
    }
    if (node.get(name).size() > most) {
      throw Problem.of(413, "Too many", "The field \"" + path + name + "\" holds "
          + node.get(name).size() + " items, at most " + most + ": send them in several requests.");
    }
    return List.copyOf(node.get(name).values());
  }

  Problem wrong(String name, String wanted) {
    return Problem.field(path + name, "The field \"" + path + name + "\" must be " + wanted + ".");
  }
}
