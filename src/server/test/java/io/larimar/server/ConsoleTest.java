package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The console's files, as a browser will find them. */
class ConsoleTest {
  @TempDir
  private Path folder;

  private static String file(String name) throws IOException {
    try (InputStream in = ConsoleTest.class.getResourceAsStream("console/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Set<String> all(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyWordIsThereInBothLanguages() throws IOException {
    String words = file("words.js");
    String english = words.substring(words.indexOf("en: {"), words.indexOf("ja: {"));
    String japanese = words.substring(words.indexOf("ja: {"));
    String key = "(?<![\\w'])(\\w+): '";
    assertEquals(all(key, english), all(key, japanese));
    Set<String> used = all("data-t(?:-label)?=\"(\\w+)\"", file("index.html"));
    used.addAll(all("\\bt\\('(\\w+)'", file("app.js")));
    used.removeAll(all(key, english));
    assertEquals(Set.of(), used);
  }

  @Test
  void nothingIsFetchedFromElsewhereAndNoDataBecomesMarkup() throws IOException {
    for (String name : List.of("index.html", "app.js", "words.js", "style.css")) {
      String text = file(name).replace("http://www.w3.org/2000/svg", "");
      assertFalse(text.contains("http://") || text.contains("https://"), name);
      assertFalse(text.contains("innerHTML") || text.contains("eval("), name);
    }
    assertFalse(Pattern.compile("\\son\\w+=|<script>|style=").matcher(file("index.html")).find(),
        "the content policy forbids inline code and style");
  }

  @Test
  void everyFieldHasALabelAndEveryIdIsThere() throws IOException {
    String html = file("index.html");
    Set<String> fields = Pattern.compile("<(?:input|textarea|select|progress)\\b([^>]*)>")
        .matcher(html).results().map(MatchResult::group)
        .filter(tag -> !tag.contains("type=\"radio\"") && !tag.contains("type=\"checkbox\""))
        .map(tag -> tag.replaceFirst("(?s).*\\bid=\"([\\w-]+)\".*", "$1"))
        .collect(Collectors.toCollection(TreeSet::new));
    fields.removeAll(all("for=\"([\\w-]+)\"", html));
    assertEquals(Set.of(), fields);
    Set<String> ids = all("\\$\\('([\\w-]+)'\\)", file("app.js"));
    ids.removeAll(all("\\bid=\"([\\w-]+)\"", html));
    assertEquals(Set.of(), ids);
  }

  @Test
  @Tag("model")
  @ExtendWith(SharedEngine.class)
  void itIsServedWithoutAKeyAndUnderAStrictPolicy(Larimar larimar) {
    try (LarimarServer server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "m").withPort(0))) {
      server.keys().create("reader", "default", EnumSet.of(Role.READ));
      Client client = new Client(server, Optional.empty());
      Client.Reply page = client.get("/").expect(200);
      assertTrue(page.header("Content-Type").startsWith("text/html"));
      assertTrue(page.header("Content-Security-Policy").contains("default-src 'none'"));
      for (String path : all("(?:src|href)=\"(/console/[\\w.]+)\"", page.text())) {
        client.get(path).expect(200);
      }
      client.get("/console/words.js").expect(200);
      client.get("/console/openapi.json").expect(404);
      client.get("/console/..%2Fopenapi.json").expect(404);
      client.get("/memories").expect(401);
    }
  }
}
