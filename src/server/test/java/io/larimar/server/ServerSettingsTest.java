package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerSettingsTest {
  @TempDir
  private Path folder;

  private ServerOptions options(String file, Map<String, String> environment,
      Map<String, String> flags) throws IOException {
    Path written = Files.writeString(folder.resolve("server.properties"), file);
    return new ServerSettings(Optional.of(written), environment, flags)
        .options(folder.resolve("keys.db"), "model");
  }

  @Test
  void aFlagWinsOverTheEnvironmentThatOverTheFileThatOverTheDefault() throws IOException {
    String file = "port=1\nhost=10.0.0.1\nlimit.body=7\n";
    assertEquals(1, options(file, Map.of(), Map.of()).port());
    assertEquals(2, options(file, Map.of("LARIMAR_SERVER_PORT", "2"), Map.of()).port());
    ServerOptions all =
        options(file, Map.of("LARIMAR_SERVER_PORT", "2", "HOME", "/"), Map.of("port", "3"));
    assertEquals(3, all.port());
    assertEquals("10.0.0.1", all.host());
    assertEquals(7, all.limits().bodyBytes());
    assertEquals(Limits.DEFAULT.facts(), all.limits().facts());
    assertEquals(Duration.ofSeconds(10), all.grace());
    assertEquals(folder.resolve("keys.db"), all.keys());
    assertEquals(folder.resolve("keys.backups"), all.backups());
    assertEquals(Optional.empty(), all.traces());
    Map<String, String> otel = Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1");
    assertEquals("a", options("", otel, Map.of()).traces().orElseThrow().getHost());
    assertEquals("b", options("", otel, Map.of("traces", "http://b:1")).traces().orElseThrow()
        .getHost());
  }

  @Test
  void nothingSaidIsLoopbackWithTheDefaults() {
    ServerOptions options = new ServerSettings(Optional.empty(), Map.of(), Map.of())
        .options(folder.resolve("keys.db"), "model");
    assertEquals(ServerOptions.of(folder.resolve("keys.db"), "model"), options);
    assertEquals("127.0.0.1", options.host());
  }

  @ParameterizedTest
  @CsvSource({"prot,80,does not exist", "port,eighty,port must be a whole number",
      "port,70000,port must be in", "limit.body,0,limit.body must be positive",
      "traces,collector:4318,address of a collector", "stop.grace,10,ISO-8601",
      "tls.key,key.pem,belong together"})
  void aWrongSettingIsNamedWithWhatToDo(String key, String value, String says) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> options("", Map.of(), Map.of(key, value)));
    assertTrue(e.getMessage().contains(says), e.getMessage());
  }

  @Test
  void aMissingFileIsAnError() {
    Optional<Path> missing = Optional.of(folder.resolve("none.properties"));
    assertThrows(IllegalArgumentException.class,
        () -> new ServerSettings(missing, Map.of(), Map.of()));
  }
}
