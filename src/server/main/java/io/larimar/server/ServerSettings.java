package io.larimar.server;

import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The server's settings from a file, the environment and flags: a flag wins over the environment,
 * the environment over the file, the file over the default.
 *
 * <p>The file is a properties file; {@code limit.body} is {@code LARIMAR_SERVER_LIMIT_BODY} in the
 * environment; {@code traces} may also come as OpenTelemetry's OTEL_EXPORTER_OTLP_ENDPOINT. A key
 * that does not exist is an error, as it is a setting that its writer believes in.
 */
public final class ServerSettings {
  /** Every key there is. */
  public static final List<String> KEYS = List.of("host", "port", "tls.certificate", "tls.key",
      "keys", "backups", "traces", "stop.grace", "limit.body", "limit.document", "limit.facts",
      "limit.rate", "limit.generations", "limit.searches", "limit.tokens", "limit.connections");

  private static final String PREFIX = "LARIMAR_SERVER_";
  private static final String COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT";

  private final Map<String, String> values = new HashMap<>();

  /**
   * Reads the three places.
   *
   * @param file a properties file, if one was named
   * @param environment as {@link System#getenv()}
   * @param flags values by key
   * @throws IllegalArgumentException for a key that does not exist, naming all that do
   */
  public ServerSettings(
      Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
    file.ifPresent(path -> read(path).forEach((key, value) -> put("" + path, "" + key, "" + value)));
    environment.forEach((name, value) -> {
      if (name.equals(COLLECTOR)) {
        values.putIfAbsent("traces", value.strip());
      }
    });
    environment.forEach((name, value) -> {
      if (name.startsWith(PREFIX)) {
        String key = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.');
        put("the environment's " + name, key, value);
      }
    });
    flags.forEach((key, value) -> put("the command line", key, value));
  }

  private static Properties read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (MalformedInputException e) {
      throw new IllegalArgumentException(file + " is not UTF-8: save it as UTF-8", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " cannot be read: name a properties file", e);
    }
    return properties;
  }

  private void put(String place, String key, String value) {
    if (!KEYS.contains(key)) {
      throw new IllegalArgumentException(place + " sets " + key + ", which does not exist; there are "
          + String.join(", ", KEYS));
    }
    values.put(key, value.strip());
  }

  /**
   * The options that they describe.
   *
   * @param keys where the keys lie if nothing says so
   * @param model the model's name
   */
  public ServerOptions options(Path keys, String model) {
    Limits usual = Limits.DEFAULT;
    Limits limits = new Limits(number("limit.body", usual.bodyBytes()),
        number("limit.document", usual.documentBytes()), number("limit.facts", usual.facts()),
        number("limit.rate", usual.requestsPerSecond()),
        number("limit.generations", usual.generationQueue()),
        number("limit.searches", usual.searchQueue()),
        number("limit.tokens", usual.answerTokens()),
        number("limit.connections", usual.connections()));
    return new ServerOptions(values.getOrDefault("host", ServerOptions.DEFAULT_HOST),
        number("port", ServerOptions.DEFAULT_PORT), path("tls.certificate"), path("tls.key"),
        path("keys").orElse(keys), model, grace(), limits,
        path("backups").orElseGet(() -> ServerOptions.backupsBeside(keys)), traces());
  }

  private int number(String key, int usual) {
    String text = values.getOrDefault(key, "" + usual);
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " must be a whole number: " + key + "=" + text, e);
    }
  }

  private Optional<Path> path(String key) {
    return Optional.ofNullable(values.get(key)).map(Path::of);
  }

  private Optional<URI> traces() {
    try {
      return Optional.ofNullable(values.get("traces")).filter(text -> !text.isEmpty())
          .map(URI::create);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("traces must be the address of a collector, as"
          + " http://127.0.0.1:4318: traces=" + values.get("traces"), e);
    }
  }

  private Duration grace() {
    String text = values.getOrDefault("stop.grace", ServerOptions.DEFAULT_GRACE.toString());
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "stop.grace must be an ISO-8601 duration, as PT10S: stop.grace=" + text, e);
    }
  }
}
