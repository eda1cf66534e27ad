package io.larimar.eval.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Objects of a JSON array file, or of a file with one object a line, with their place in it. */
final class JsonRecords {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonRecords() {}

  /** One object and where it stands; all accessors name that place when they complain. */
  record JsonRecord(Path file, int number, JsonNode node) {
    IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException(file + ": record " + number + ": " + what);
    }

    boolean has(String field) {
      return !node.path(field).isMissingNode() && !node.path(field).isNull();
    }

    /** The object in a field. */
    JsonRecord object(String field) {
      if (!node.path(field).isObject()) {
        throw wrong(field + " must be an object");
      }
      return new JsonRecord(file, number, node.path(field));
    }

    /** The text in a field, not blank. */
    String text(String field) {
      JsonNode value = node.path(field);
      if (!value.isString() || value.stringValue().isBlank()) {
        throw wrong(field + " must be a text that is not blank");
      }
      return value.stringValue();
    }

    /** The texts in a field, at least {@code least}, none blank. */
    List<String> texts(String field, int least) {
      JsonNode value = node.path(field);
      if (!value.isArray()) {
        throw wrong(field + " must be a list of texts");
      }
      List<String> texts = new ArrayList<>();
      for (JsonNode item : value) {
        if (!item.isString() || item.stringValue().isBlank()) {
          throw wrong(field + "[" + texts.size() + "] must be a text that is not blank");
        }
        texts.add(item.stringValue());
      }
      if (texts.size() < least) {
        throw wrong(field + " must hold at least " + least + " texts: " + texts.size());
      }
      return texts;
    }

    /** The integer in a field, or its number in the file where there is none. */
    int identifier(String field) {
      JsonNode value = node.path(field);
      if (value.isMissingNode()) {
        return number;
      }
      if (!value.isIntegralNumber()) {
        throw wrong(field + " must be a whole number");
      }
      return value.intValue();
    }
  }

  /** All records of a file: of its array, of the field {@code facts} of its object, or its lines. */
  static <T> List<T> read(Path file, Function<JsonRecord, T> parse) {
    List<JsonNode> nodes =
        isArray(file) ? array(file) : facts(file).orElseGet(() -> lines(file));
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException(file + ": holds no records");
    }
    List<T> records = new ArrayList<>(nodes.size());
    for (JsonNode node : nodes) {
      JsonRecord entry = new JsonRecord(file, records.size() + 1, node);
      if (!node.isObject()) {
        throw entry.wrong("must be an object");
      }
      records.add(parse.apply(entry));
    }
    return records;
  }

  private static boolean isArray(Path file) {
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      int c = reader.read();
      while (c >= 0 && (Character.isWhitespace(c) || c == 0xFEFF)) {
        c = reader.read();
      }
      return c == '[';
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": is not UTF-8 text", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static List<JsonNode> array(Path file) {
    try {
      JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
      List<JsonNode> nodes = new ArrayList<>();
      root.forEach(nodes::add);
      return nodes;
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + ": line " + e.getLocation().getLineNr()
          + ": not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The list {@code facts} of a file that holds one object with it. */
  private static Optional<List<JsonNode>> facts(Path file) {
    try {
      JsonNode facts = MAPPER.readTree(Files.readAllBytes(file)).path("facts");
      return facts.isArray() ? Optional.of(List.copyOf(facts.values())) : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty(); // One object a line: no JSON as a whole.
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static List<JsonNode> lines(Path file) {
    List<JsonNode> nodes = new ArrayList<>();
    int number = 0;
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        number++;
        if (!line.isBlank()) {
          nodes.add(MAPPER.readTree(line));
        }
      }
      return nodes;
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          file + ": line " + number + ": not JSON: " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": is not UTF-8 text", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static RuntimeException unreadable(Path file, IOException cause) {
    return Files.isRegularFile(file)
        ? new UncheckedIOException(file + ": cannot be read", cause)
        : new IllegalArgumentException(file + ": no such file", cause);
  }
}
