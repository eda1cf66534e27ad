package io.larimar.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** What commands print: one JSON object a line, or words. */
final class Output {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Output() {}

  /** One JSON object on a line of its own. */
  static void json(Map<String, ?> object) {
    System.out.println(JSON.writeValueAsString(object));
  }

  static JsonMapper mapper() {
    return JSON;
  }

  static double millis(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }

  /** "1.2 ms", "3.4 s". */
  static String time(long nanos) {
    return nanos < 1_000_000_000L
        ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
        : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  /** A value or null, as JSON has it. */
  static Object orNull(Optional<?> value) {
    return value.isPresent() ? value.get() : null;
  }
}
