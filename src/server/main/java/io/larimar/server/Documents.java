package io.larimar.server;

import io.helidon.http.HeaderNames;
import io.larimar.engine.DocumentOptions;
import io.larimar.engine.DocumentProgress;
import io.larimar.engine.DocumentReceipt;
import io.larimar.engine.ForgetReceipt;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Entry;
import io.larimar.ledger.Role;
import io.larimar.text.PassageReader;
import io.larimar.text.TextFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Long texts: read into memory passage by passage, listed and forgotten as a whole. */
final class Documents {
  /** The tag of a document's passages is this and its name. */
  static final String TAG = "doc:";

  private static final int MAX_NAME_LENGTH = 200;
  private static final int PAGE = 1_000;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Gate readings = new Gate("document readings", 1, 8, PATIENCE);
  private final Metrics metrics;

  Documents(Metrics metrics) {
    this.metrics = metrics;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/documents", Role.WRITE, this::read),
        Route.of("GET", "/documents", Role.READ, Documents::list),
        Route.of("DELETE", "/documents/{name}", Role.FORGET, this::forget));
  }

  private void read(Call call) throws IOException {
    String name = call.query("name").orElseThrow(() -> Problem.field("name",
        "Give the document's name, as /documents?name=manual.md."));
    if (name.length() > MAX_NAME_LENGTH || name.contains("/")) {
      throw Problem.field("name", "A document's name has at most " + MAX_NAME_LENGTH
          + " characters and no slash.");
    }
    TextFormat format = call.query("format").map(Documents::format)
        .orElseGet(() -> byType(call.mediaType(), name));
    boolean replace = call.query("replace", false);
    String text = text(call.body(call.limits().documentBytes()));
    boolean events = call.header(HeaderNames.ACCEPT).orElse("").contains("text/event-stream");
    try (Gate.Pass pass = readings.enter();
        PassageReader reader = PassageReader.of(text, format)) {
      if (!events) {
        call.json(201, toMap(name, run(call, reader, name, replace, DocumentProgress.NONE)));
        return;
      }
      try (EventStream stream = call.events()) {
        long total = reader.bytesTotal();
        DocumentProgress progress = (bytes, passages) -> tell(stream,
            Map.of("bytes", bytes, "total_bytes", total, "passages", passages));
        tellOutcome(stream, () -> toMap(name, run(call, reader, name, replace, progress)));
      }
    }
  }

  private interface Work {
    Map<String, Object> run();
  }

  /** Once a stream has begun, its outcome is an event too. */
  private static void tellOutcome(EventStream stream, Work work) throws IOException {
    try {
      stream.send(work.run());
    } catch (UncheckedIOException e) {
      throw e;
    } catch (RuntimeException e) {
      stream.send(Call.problemOf(e).toMap());
    }
  }

  private static void tell(EventStream stream, Object event) {
    try {
      stream.send(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // The client has gone: the reading ends, what is read stays.
    }
  }

  private DocumentReceipt run(Call call, PassageReader reader, String name, boolean replace,
      DocumentProgress progress) {
    DocumentReceipt receipt = call.larimar().readDocument(
        reader, DocumentOptions.of(name).withReplace(replace), progress);
    metrics.facts("written", receipt.written());
    metrics.facts("forgotten", receipt.forgotten());
    return receipt;
  }

  private static TextFormat format(String name) {
    try {
      return TextFormat.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw Problem.field("format", "The format must be plain, markdown or html.");
    }
  }

  private static TextFormat byType(String mediaType, String name) {
    return switch (mediaType) {
      case "text/markdown" -> TextFormat.MARKDOWN;
      case "text/html" -> TextFormat.HTML;
      default -> TextFormat.of(Path.of(name));
    };
  }

  private static String text(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.isBlank()) {
        throw Problem.of(422, "Unreadable text", "The document is empty: send its text as the body.");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw Problem.of(422, "Unreadable text",
          "The document is not UTF-8: save it as UTF-8 and send it again.");
    }
  }

  private static Map<String, Object> toMap(String name, DocumentReceipt receipt) {
    Map<String, Object> map = Call.map();
    map.put("name", name);
    map.put("tag", receipt.tag());
    map.put("written", receipt.written());
    map.put("kept", receipt.kept());
    map.put("stale", receipt.stale());
    map.put("forgotten", receipt.forgotten());
    map.put("bytes", receipt.bytes());
    map.put("millis", Forgetting.millis(receipt.nanos()));
    return map;
  }

  private static void list(Call call) {
    Larimar larimar = call.larimar();
    Map<String, Integer> passages = new TreeMap<>();
    long after = 0;
    for (List<Entry> page = larimar.list(after, PAGE); !page.isEmpty();
        page = larimar.list(after, PAGE)) {
      for (Entry entry : page) {
        entry.fact().tags().stream().filter(tag -> tag.startsWith(TAG))
            .forEach(tag -> passages.merge(tag.substring(TAG.length()),
                entry.fact().passages().size(), Integer::sum));
      }
      after = page.getLast().id();
    }
    call.json(Map.of("results", passages.entrySet().stream()
        .map(document -> Map.of("name", document.getKey(), "passages", document.getValue()))
        .toList()));
  }

  private void forget(Call call) {
    Larimar larimar = call.larimar();
    String name = call.path("name");
    ForgetReceipt forgotten = larimar.forgetTag(TAG + name);
    if (forgotten.tombstones().isEmpty()) {
      throw Problem.notFound("There is no document \"" + name + "\"; nothing was forgotten.");
    }
    metrics.facts("forgotten", forgotten.tombstones().size());
    call.json(Forgetting.toMap(call, forgotten, call.query("receipt", true)));
  }
}
