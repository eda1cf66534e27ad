package io.larimar.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The figures of one evaluation and where they come from.
 *
 * @param options what was asked for
 * @param records records tested
 * @param seconds wall time of this start, model loading included
 * @param resumedRecords records taken over from an earlier start of the same run
 * @param editsPerSecond facts written a second, encoding included; 0 where none was written
 * @param columns figures by column and name
 * @param units unit of each figure
 * @param counts how many prompts stand behind the figures
 * @param notes what must be known to read the figures
 * @param conditioning how facts enter the decoder: "learned frame" or "text frame with contrast"
 * @param modelDescription the model as llama.cpp describes it
 * @param modelHash start of the SHA-256 of the model's token embeddings
 * @param dataHash start of the data file's SHA-256
 * @param machine processor and operating system
 * @param jdk the JDK
 * @param date when the evaluation ended, ISO 8601
 */
public record EvalResult(
    EvalOptions options,
    int records,
    double seconds,
    int resumedRecords,
    double editsPerSecond,
    Map<Column, Map<String, Double>> columns,
    Map<String, String> units,
    Map<String, Integer> counts,
    List<String> notes,
    String conditioning,
    String modelDescription,
    String modelHash,
    String dataHash,
    String machine,
    String jdk,
    String date) {

  /** One JSON object, as docs and scripts know it. */
  public String json() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("task", options.task().id()).put("setting", options.setting().id())
        .put("factsAtOnce", options.setting().groupSize(records))
        .put("testedRecords", options.setting().tests(records))
        .put("protocol", options.protocol().id())
        .put("model", options.model().getFileName().toString()).put("records", records)
        .put("seconds", seconds).put("editsPerSecond", editsPerSecond);
    ObjectNode table = root.putObject("columns");
    columns.forEach((column, figures) -> {
      ObjectNode row = table.putObject(column.id());
      figures.forEach((name, value) -> row.put(name, value));
    });
    ObjectNode unit = root.putObject("units");
    units.forEach(unit::put);
    ObjectNode targets = root.putObject("targets");
    units.keySet().forEach(name -> Targets.of(options.task(), name)
        .ifPresent(target -> targets.put(name, target.target())));
    ObjectNode count = root.putObject("counts");
    counts.forEach((name, value) -> count.put(name, value));
    notes.forEach(root.putArray("notes")::add);
    root.put("conditioning", conditioning).put("modelDescription", modelDescription)
        .put("modelHash", modelHash).put("data", options.data().getFileName().toString())
        .put("dataHash", dataHash).put("seed", options.seed())
        .put("resumedRecords", resumedRecords).put("command", options.command())
        .put("commit", options.commit()).put("machine", machine).put("jdk", jdk)
        .put("date", date);
    return root.toPrettyString();
  }

  /** Writes the JSON object to a file. */
  void write(Path file) {
    try {
      Files.writeString(file, json() + System.lineSeparator());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }
}
