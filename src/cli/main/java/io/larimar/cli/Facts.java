package io.larimar.cli;

import io.larimar.engine.Fact;
import io.larimar.ledger.Entry;
import io.larimar.server.ExcerptJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Facts as JSON lines, in and out. */
final class Facts {
  private static final int MAX_LINE_BYTES = 1 << 20;
  private static final int MAX_FAULTS = 10;

  private Facts() {}

  /**
   * Reads facts from a JSONL file; {@code {"text": ...}} or {@code {"subject", "prompt",
   * "target"}}, with {@code ttl} (ISO-8601 duration) and {@code tags} where wanted.
   *
   * @throws IllegalArgumentException naming every bad line; then nothing of the file is used
   */
  static List<Fact> read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no such file: " + file);
    }
    byte[] bytes = Files.readAllBytes(file);
    List<Fact> facts = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    int number = 0;
    for (int start = 0; start < bytes.length; ) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      number++;
      try {
        fact(Arrays.copyOfRange(bytes, start, end)).ifPresent(facts::add);
      } catch (IllegalArgumentException e) {
        faults.add("line " + number + ": " + e.getMessage());
      }
      start = end + 1;
    }
    if (!faults.isEmpty()) {
      String more = faults.size() > MAX_FAULTS
          ? "\n  and " + (faults.size() - MAX_FAULTS) + " more" : "";
      throw new IllegalArgumentException(file + ": nothing was written, these lines are wrong:\n  "
          + String.join("\n  ", faults.subList(0, Math.min(MAX_FAULTS, faults.size()))) + more);
    }
    if (facts.isEmpty()) {
      throw new IllegalArgumentException(file + " holds no facts");
    }
    return facts;
  }

  /** The fact of one line; none of a blank one. */
  private static Optional<Fact> fact(byte[] line) {
    if (line.length > MAX_LINE_BYTES) {
      throw new IllegalArgumentException("longer than " + MAX_LINE_BYTES + " bytes");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString().strip();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8: save the file as UTF-8");
    }
    if (text.isEmpty()) {
      return Optional.empty();
    }
    JsonNode node;
    try {
      node = Output.mapper().readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage());
    }
    if (!node.isObject()) {
      throw new IllegalArgumentException("no JSON object: " + text);
    }
    return Optional.of(fact(node));
  }

  private static Fact fact(JsonNode node) {
    Fact fact;
    if (node.has("prompt") || node.has("target")) {
      Optional<String> subject =
          node.has("subject") ? Optional.of(field(node, "subject")) : Optional.empty();
      Fact parts =
          Fact.of(subject.orElse(""), field(node, "prompt"), field(node, "target"));
      fact = new Fact(parts.text(), subject.map(String::strip).filter(s -> !s.isEmpty()),
          parts.prompt(), parts.target(), List.of(), Optional.empty());
    } else {
      Fact plain = Fact.of(field(node, "text"));
      fact = node.has("excerpt")
          ? new Fact(plain.text(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(),
              Optional.empty(), Optional.of(ExcerptJson.read(node.get("excerpt"))))
          : node.has("subject")
          ? new Fact(plain.text(), Optional.of(field(node, "subject")), Optional.empty(),
              Optional.empty(), List.of(), Optional.empty())
          : plain;
    }
    if (node.has("tags")) {
      if (!node.get("tags").isArray()) {
        throw new IllegalArgumentException("tags must be a list of texts");
      }
      List<String> tags = new ArrayList<>();
      node.get("tags").forEach(tag -> tags.add(tag.asString()));
      fact = fact.withTags(tags);
    }
    return node.has("ttl") ? fact.withTimeToLive(duration(field(node, "ttl"))) : fact;
  }

  private static String field(JsonNode node, String name) {
    if (!node.has(name) || !node.get(name).isString()) {
      throw new IllegalArgumentException("field \"" + name + "\" is missing or no text; give"
          + " \"text\", or \"subject\", \"prompt\" and \"target\"");
    }
    return node.get(name).asString();
  }

  static Duration duration(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "ttl is no ISO-8601 duration: \"" + text + "\"; examples: PT30M, P7D");
    }
  }

  /** A stored fact for {@code list}, {@code show} and {@code export}. */
  static Map<String, Object> toMap(Entry entry) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", entry.id());
    map.putAll(toMap(entry.fact()));
    map.put("writtenAt", entry.writtenAt().toString());
    entry.expiresAt().ifPresent(at -> map.put("expiresAt", at.toString()));
    entry.supersedes().ifPresent(id -> map.put("supersedes", id));
    entry.supersededBy().ifPresent(id -> map.put("supersededBy", id));
    if (entry.held()) {
      map.put("held", true);
    }
    return map;
  }

  private static Map<String, Object> toMap(Fact fact) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("text", fact.text());
    fact.subject().ifPresent(s -> map.put("subject", s));
    fact.prompt().ifPresent(s -> map.put("prompt", s));
    fact.target().ifPresent(s -> map.put("target", s));
    if (!fact.tags().isEmpty()) {
      map.put("tags", fact.tags());
    }
    fact.timeToLive().ifPresent(ttl -> map.put("ttl", ttl.toString()));
    fact.excerpt().ifPresent(excerpt -> map.put("excerpt", ExcerptJson.toMap(excerpt)));
    return map;
  }
}
