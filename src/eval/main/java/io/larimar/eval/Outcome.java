package io.larimar.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one record gave: named lists of numbers and of texts, raw, so that every figure can be
 * computed again from the file of outcomes.
 *
 * @param record number of the record, from 0
 * @param values numbers by name, such as {@code larimar.paraphrase.nllNew}: one for each prompt
 * @param texts generated texts by name
 */
record Outcome(int record, Map<String, List<Double>> values, Map<String, List<String>> texts) {

  Outcome(int record) {
    this(record, new TreeMap<>(), new TreeMap<>());
  }

  void add(String name, double value) {
    values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  void add(String name, boolean value) {
    add(name, value ? 1 : 0);
  }

  void say(String name, String text) {
    texts.computeIfAbsent(name, n -> new ArrayList<>()).add(text);
  }

  /** The numbers of a name, none where nothing was measured. */
  List<Double> of(String name) {
    return values.getOrDefault(name, List.of());
  }
}
