package io.larimar.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Figures that tests have written: what was killed, changed or searched, and what was found. A file is
 * one JSON object; its numbers are the figures, its texts say where they come from.
 */
final class Evidence {
  private final Map<String, Double> figures = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();

  private Evidence() {}

  /**
   * Reads files of evidence.
   *
   * @throws IllegalArgumentException where one is missing, or is no JSON object
   */
  static Evidence read(List<Path> files) {
    Evidence evidence = new Evidence();
    for (Path file : files) {
      try {
        JsonNode root = JsonMapper.shared().readTree(Files.readString(file));
        if (!root.isObject()) {
          throw new IllegalArgumentException(file + " is no evidence: it holds no JSON object");
        }
        StringBuilder said = new StringBuilder();
        root.propertyStream().forEach(e -> {
          if (e.getValue().isNumber()) {
            evidence.figures.put("evidence." + e.getKey(), e.getValue().doubleValue());
          } else {
            said.append(said.isEmpty() ? "" : "; ").append(e.getKey()).append(": ")
                .append(e.getValue().asString());
          }
        });
        evidence.notes.add("Evidence " + file.getFileName() + ": " + said);
      } catch (IOException | JacksonException e) {
        throw new IllegalArgumentException(file + " is no evidence: " + e.getMessage(), e);
      }
    }
    return evidence;
  }

  /** Adds the figures to those of a report. */
  void addTo(Figures report) {
    figures.forEach((name, value) -> report.put(Column.LARIMAR, name, value));
    notes.forEach(report::note);
  }
}
