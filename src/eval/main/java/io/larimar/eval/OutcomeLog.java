package io.larimar.eval;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Outcomes of finished records, one JSON object a line, so that a run that was stopped goes on
 * where it stood and gives the same figures.
 *
 * <p>The first line names the run; a file of an unfinished run with another name is refused, that
 * of a finished run is begun anew. A last line that a crash cut off is dropped.
 */
final class OutcomeLog implements AutoCloseable {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final String RUN = "run";
  private static final String FINISHED = "finished";
  private static final String RECORD = "record";

  private final TreeMap<Integer, Outcome> outcomes = new TreeMap<>();
  private final Optional<BufferedWriter> writer;
  private final int resumed;

  private OutcomeLog(Optional<Path> file, String run) throws IOException {
    if (file.isEmpty()) {
      this.writer = Optional.empty();
      this.resumed = 0;
      return;
    }
    load(file.get(), run);
    this.resumed = outcomes.size();
    this.writer = Optional.of(Files.newBufferedWriter(file.get(), StandardCharsets.UTF_8,
        StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE));
    line(MAPPER.createObjectNode().put(RUN, run));
    outcomes.values().forEach(o -> line(json(o)));
  }

  /** Opens a log in a file, or one in memory alone. */
  static OutcomeLog open(Optional<Path> file, String run) {
    try {
      return new OutcomeLog(file, run);
    } catch (IOException e) {
      throw new UncheckedIOException(file.map(Path::toString).orElse("") + ": cannot be used", e);
    }
  }

  private void load(Path file, String run) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    boolean finished = false;
    String found = "";
    for (int i = 0; i < lines.size(); i++) {
      try {
        JsonNode node = MAPPER.readTree(lines.get(i));
        found = i == 0 ? node.path(RUN).asString("") : found;
        finished |= node.path(FINISHED).asBoolean(false);
        if (node.path(RECORD).isInt()) {
          Outcome outcome = outcome(node);
          outcomes.put(outcome.record(), outcome);
        }
      } catch (JacksonException e) {
        if (i < lines.size() - 1) {
          throw new IllegalArgumentException(file + ": line " + (i + 1)
              + ": is no record of an evaluation; delete the file or name another", e);
        }
      }
    }
    if (finished) {
      outcomes.clear();
    } else if (!outcomes.isEmpty() && !found.equals(run)) {
      throw new IllegalArgumentException(file + ": holds " + outcomes.size()
          + " finished records of another run (" + found + "), this is " + run
          + "; delete the file or name another");
    }
  }

  private static ObjectNode json(Outcome outcome) {
    ObjectNode node = MAPPER.createObjectNode().put(RECORD, outcome.record());
    ObjectNode values = node.putObject("values");
    outcome.values().forEach((name, list) -> list.forEach(values.withArray(name)::add));
    ObjectNode texts = node.putObject("texts");
    outcome.texts().forEach((name, list) -> list.forEach(texts.withArray(name)::add));
    return node;
  }

  private static Outcome outcome(JsonNode node) {
    Outcome outcome = new Outcome(node.path(RECORD).intValue());
    node.path("values").propertyStream()
        .forEach(e -> e.getValue().forEach(v -> outcome.add(e.getKey(), v.doubleValue())));
    node.path("texts").propertyStream()
        .forEach(e -> e.getValue().forEach(v -> outcome.say(e.getKey(), v.stringValue())));
    return outcome;
  }

  /** Whether a record is done. */
  boolean has(int record) {
    return outcomes.containsKey(record);
  }

  /** Records that were taken over from an earlier start of the run. */
  int resumed() {
    return resumed;
  }

  /** Keeps a finished record. */
  void append(Outcome outcome) {
    line(json(outcome));
    outcomes.put(outcome.record(), outcome);
  }

  /** All finished records, in order. */
  List<Outcome> outcomes() {
    return List.copyOf(outcomes.values());
  }

  /** Marks the run as finished: the next one begins anew. */
  void finish() {
    line(MAPPER.createObjectNode().put(FINISHED, true));
  }

  private void line(ObjectNode node) {
    if (writer.isEmpty()) {
      return;
    }
    try {
      writer.get().write(MAPPER.writeValueAsString(node));
      writer.get().newLine();
      writer.get().flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a finished record", e);
    }
  }

  @Override
  public void close() {
    if (writer.isPresent()) {
      try {
        writer.get().close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close the file of finished records", e);
      }
    }
  }
}
