package io.larimar.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report's figures beside their targets. */
final class Checks {
  private final List<Map<String, Object>> lines = new ArrayList<>();

  /** A line a figure: its name, value and target, and whether it was reached. */
  List<Map<String, Object>> lines() {
    return lines;
  }

  boolean allReached() {
    return lines.stream().allMatch(line -> (boolean) line.get("reached"));
  }

  void atLeast(String what, double value, double target) {
    check(what, value, ">= " + target, value >= target);
  }

  void atMost(String what, double value, double target) {
    check(what, value, "<= " + target, value <= target);
  }

  private void check(String what, double value, String target, boolean reached) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("figure", what);
    line.put("value", value);
    line.put("target", target);
    line.put("reached", reached);
    lines.add(line);
  }
}
