package io.larimar.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The members of a JSON object, each asked for with its type. */
record Fields(Map<String, Object> members) {

  String string(String name) {
    if (member(name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("field " + name + " must be a string");
  }

  long integer(String name) {
    if (member(name) instanceof Long number) {
      return number;
    }
    throw new IllegalArgumentException("field " + name + " must be an integer");
  }

  List<Long> integers(String name) {
    List<Long> numbers = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof Long number)) {
        throw new IllegalArgumentException("field " + name + " must hold integers");
      }
      numbers.add(number);
    }
    return List.copyOf(numbers);
  }

  List<String> strings(String name) {
    List<String> texts = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof String text)) {
        throw new IllegalArgumentException("field " + name + " must hold strings");
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  void requireNoOther(int count) {
    if (members.size() != count) {
      throw new IllegalArgumentException("the object has " + members.size()
          + " fields, expected " + count);
    }
  }

  private List<?> list(String name) {
    if (member(name) instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("field " + name + " must be a list");
  }

  private Object member(String name) {
    return Optional.ofNullable(members.get(name))
        .orElseThrow(() -> new IllegalArgumentException("field " + name + " is missing"));
  }
}
