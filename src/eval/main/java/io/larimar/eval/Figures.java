package io.larimar.eval;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Figures by column and name, with what must be said about them. */
final class Figures {
  private final Map<Column, Map<String, Double>> columns = new EnumMap<>(Column.class);
  private final Map<String, Integer> counts = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  void put(Column column, String name, double value) {
    columns.computeIfAbsent(column, c -> new LinkedHashMap<>()).put(name, value);
  }

  void put(Column column, String name, OptionalDouble value) {
    value.ifPresent(v -> put(column, name, v));
  }

  OptionalDouble get(Column column, String name) {
    Double value = columns.getOrDefault(column, Map.of()).get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  void count(String what, int number) {
    counts.put(what, number);
  }

  void note(String text) {
    notes.add(text);
  }

  void notes(List<String> texts) {
    notes.addAll(texts);
  }

  Map<Column, Map<String, Double>> columns() {
    return columns;
  }

  Map<String, Integer> counts() {
    return counts;
  }

  List<String> notes() {
    return notes;
  }
}
