package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Larimar;
import io.larimar.ledger.AuditRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Memories over HTTP, on the real model; each test begins with none. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class MemoriesTest {
  private static final String PUMP = """
      {"subject": "ZX-400 pump", "prompt": "The maximum flow rate of the {} is",
       "target": "38 litres per minute", "user_id": "alice", "tags": ["plant"]}""";

  @TempDir
  private static Path folder;

  private static Larimar engine;
  private static LarimarServer server;
  private static Client client;

  @BeforeAll
  static void open(Larimar larimar) {
    engine = larimar;
    restart();
  }

  private static void restart() {
    close();
    server = LarimarServer.open(engine,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0));
    client = new Client(server, Optional.empty());
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void forgetAll() {
    client.delete("/memories?all=true&receipt=false").expect(200);
  }

  private static String teach(String json) {
    return client.post("/memories", json).expect(201).json().get("results").get(0).get("id")
        .asString();
  }

  private static List<String> ids(JsonNode reply) {
    List<String> ids = new ArrayList<>();
    reply.get("results").forEach(result -> ids.add(result.get("id").asString()));
    return ids;
  }

  @Test
  void aMemoryIsTaughtShownFoundForgottenAndProvedGone() {
    String id = teach(PUMP);
    Client.Reply shown = client.get("/memories/" + id).expect(200);
    assertEquals("The maximum flow rate of the ZX-400 pump is 38 litres per minute",
        shown.json().get("memory").asString());
    assertEquals("alice", shown.json().get("user_id").asString());
    assertEquals("[\"plant\"]", shown.json().get("tags").toString());
    client.get("/memories/" + id, "If-None-Match", shown.header("ETag")).expect(304);

    JsonNode found =
        client.post("/memories/search", "{\"query\": \"flow rate of the ZX-400 pump\"}")
            .expect(200).json();
    assertEquals(List.of(id), ids(found));
    assertTrue(found.get("results").get(0).get("score").asDouble() > 0.5, found.toString());

    JsonNode gone = client.delete("/memories/" + id).expect(200).json();
    assertTrue(gone.get("erased").asBoolean());
    assertNotEquals(gone.get("memory_before"), gone.get("memory_after"));
    JsonNode verified = client.post("/verify", gone.toString()).expect(200).json();
    assertTrue(verified.get("verified").asBoolean(), verified.toString());
    client.get("/memories/" + id).expect(410);
    client.delete("/memories/" + id).expect(200);
    client.get("/memories/999999999").expect(404);
    client.get("/memories/x").expect(404);
    assertEquals("DELETE", client.get("/memories/" + id + "/history").expect(200).json()
        .get("results").get(1).get("event").asString());
  }

  @Test
  void aReceiptThatWasChangedDoesNotVerify() {
    String id = teach(PUMP);
    String receipt = client.delete("/memories/" + id).expect(200).json().get("receipt").toString();
    String other = receipt.replaceFirst("\"principal\":\"owner\"", "\"principal\":\"nobody\"");
    assertNotEquals(receipt, other);
    assertFalse(client.post("/verify", other).expect(200).json().get("verified").asBoolean());
    client.post("/verify", "{\"receipt\": {\"format\": \"x\"}}").expect(400);
  }

  @Test
  void aChangeReplacesAndNeedsTheVersionThatItsCallerSaw() {
    String id = teach(PUMP);
    String etag = client.get("/memories/" + id).header("ETag");
    String change = PUMP.replace("38", "41");
    client.put("/memories/" + id, change, "If-Match", "\"0\"").expect(412);
    Client.Reply changed = client.put("/memories/" + id, change, "If-Match", etag).expect(200);
    String next = changed.json().get("id").asString();
    assertEquals(id, changed.json().get("supersedes").asString());
    assertEquals(changed.header("ETag"), client.get("/memories/" + next).header("ETag"));
    client.put("/memories/" + id, change, "If-Match", etag).expect(412);
    client.put("/memories/" + id, change).expect(409);
    assertEquals(next, client.get("/memories/" + id).json().get("superseded_by").asString());
    client.put("/memories/" + next, "{\"text\": \"The ZX-400 pump is out of production.\"}")
        .expect(200);
    JsonNode history = client.get("/memories/" + id + "/history").expect(200).json();
    assertEquals(3, history.get("results").size(), history.toString());
    assertTrue(history.get("results").get(0).get("memory").asString().contains("38"));
    client.put("/memories/999999999", change).expect(404);
  }

  @Test
  void aChangeToWhatAnotherMemorySaysIsRefused() {
    teach(PUMP);
    String other = teach("{\"text\": \"The Orla gateway has 16 ports.\"}");
    client.put("/memories/" + other, PUMP).expect(400);
    assertEquals(200, client.get("/memories/" + other).status());
  }

  @Test
  void aRequestThatIsSentAgainIsDoneOnce() {
    String[] key = {"Idempotency-Key", "order-" + System.nanoTime()};
    Client.Reply first = client.post("/memories", PUMP, key).expect(201);
    assertEquals(first.text(), client.post("/memories", PUMP, key).expect(201).text());
    client.post("/memories", PUMP.replace("38", "39"), key).expect(422);
    assertEquals(1, ids(client.get("/memories").json()).size());
  }

  @Test
  void pagesFollowEachOtherByCursorAndFiltersHoldOnEach() {
    StringBuilder batch = new StringBuilder();
    for (int i = 0; i < 7; i++) {
      batch.append(i == 0 ? "" : ",").append("{\"text\": \"The Orla gateway number " + i
          + " has " + (10 + i) + " ports.\", \"user_id\": \"" + (i % 2 == 0 ? "even" : "odd")
          + "\", \"run_id\": \"r1\"}");
    }
    client.post("/memories/batch", "{\"memories\": [" + batch + "]}").expect(201);
    List<String> seen = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      JsonNode page = client.get("/memories?limit=2&user_id=even&run_id=r1" + cursor).json();
      seen.addAll(ids(page));
      cursor = page.get("next_cursor").isNull() ? ""
          : "&cursor=" + page.get("next_cursor").asString();
      pages++;
    } while (!cursor.isEmpty());
    assertEquals(2, pages);
    List<String> order = ids(client.get("/memories").json()); // that of their writing
    assertEquals(order.stream().filter(seen::contains).toList(), seen);
    assertEquals(4, seen.size());
    assertEquals(7, ids(client.get("/memories").json()).size());
    assertEquals(3, ids(client.post("/memories/search",
        "{\"query\": \"ports of the gateway\", \"user_id\": \"odd\"}").json()).size());
    assertEquals(3, client.delete("/memories?user_id=odd").json().get("forgotten").size());
    client.get("/memories?cursor=nonsense").expect(400);
    client.get("/memories?limit=0").expect(400);
  }

  @Test
  void nothingIsForgottenByARequestThatDoesNotSayWhat() {
    teach(PUMP);
    client.delete("/memories").expect(400);
    client.delete("/memories?all=true&user_id=alice").expect(400);
    client.post("/memories/forget", "{}").expect(400);
    client.post("/memories/forget", "{\"ids\": [1], \"all\": true}").expect(400);
    assertEquals(1, ids(client.get("/memories").json()).size());
    JsonNode gone = client.post("/memories/forget",
        "{\"subject\": \"zx-400 PUMP\", \"answer_unknown\": true}").expect(200).json();
    assertEquals(1, gone.get("refusals").size(), gone.toString());
  }

  @Test
  void messagesAreStoredAsTheyAre() {
    JsonNode stored = client.post("/memories", """
        {"messages": [{"role": "system", "content": "Be brief."},
          {"role": "user", "content": "The Orla gateway has 16 ports."}],
         "user_id": "alice", "infer": false}""").expect(201).json();
    assertEquals(1, stored.get("results").size());
    client.post("/memories", "{\"messages\": \"x\", \"infer\": true}").expect(400);
  }

  @Test
  void whatIsWrongIsNamedAndNothingIsWritten() {
    for (String bad : List.of("{\"texd\": \"x\"}", "{\"text\": \" \"}", "{\"text\": 7}", "[]", "{",
        "{\"text\": \"x\", \"text\": \"y\"}", "{\"text\": \"x\", \"ttl\": \"soon\"}",
        "{\"text\": \"x\", \"expiration_date\": \"2001-01-01\"}",
        "{\"text\": \"x\", \"tags\": [\"doc:a\"]}", "{\"prompt\": \"x\"}", "",
        "{\"text\": \"x\"} {}")) {
      assertEquals("application/problem+json",
          client.post("/memories", bad).expect(400).header("Content-Type"), bad);
    }
    client.post("/memories", PUMP, "Content-Type", "text/plain").expect(415);
    client.post("/memories/batch", "{\"memories\": [{\"text\": \"x\"}, {\"text\": \"\"}]}")
        .expect(400);
    client.post("/memories", "{\"text\": \"" + "x".repeat(2 << 20) + "\"}").expect(413);
    assertEquals(0, ids(client.get("/memories").json()).size());
  }

  @Test
  void aTimeToLiveErases() throws InterruptedException {
    String id = teach("{\"text\": \"The Orla gateway has 16 ports.\", \"ttl\": \"PT0.3S\"}");
    Thread.sleep(400);
    client.get("/memories/" + id).expect(410);
    assertEquals(0, ids(client.get("/memories").json()).size());
  }

  @Test
  void anExportIsWhatAnImportTakes() {
    teach(PUMP);
    teach("{\"text\": \"The Orla gateway has 16 ports.\", \"tags\": [\"net\"], \"ttl\": \"P9D\"}");
    String lines = client.get("/export").expect(200).text();
    assertEquals(2, lines.lines().count());
    forgetAll();
    JsonNode imported =
        client.post("/import", lines, "Content-Type", "application/x-ndjson").expect(201).json();
    assertEquals(2, imported.get("imported").asInt());
    assertEquals(1, ids(client.get("/memories?user_id=alice&tag=plant").json()).size());
    String times = "\\.\\d+Z"; // The time that is left is counted anew, to the millisecond.
    assertEquals(lines.replaceAll(times, "Z").replaceAll(":\\d\\dZ", "Z"),
        client.get("/export").text().replaceAll(times, "Z").replaceAll(":\\d\\dZ", "Z"));
  }

  @Test
  void aTableOfQuestionsAndAnswersIsImportedAllOrNothing() {
    String table = "\uFEFFquestion;answer;tags\r\nHow many ports does the Orla gateway have?;16;net;\r\n";
    JsonNode bad = client.send("POST", "/import", BodyPublishers.ofString(
        "subject,prompt,target\nOrla gateway,The {} has,16 ports\nX,,y\n"),
        "Content-Type", "text/csv").expect(400).json();
    assertTrue(bad.get("detail").asString().contains("line 3"), bad.toString());
    assertEquals(0, ids(client.get("/memories").json()).size());
    client.post("/import", table.replace("net;", "net"), "Content-Type", "text/csv; charset=utf-8")
        .expect(201);
    JsonNode row = client.get("/memories?tag=net").json().get("results").get(0);
    assertEquals("16", row.get("target").asString(), row.toString());
    client.post("/import", "x", "Content-Type", "application/pdf").expect(415);
  }

  private static byte[] workbook(Consumer<Worksheet> fill) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Workbook workbook = new Workbook(out, "test", "1.0")) {
      fill.accept(workbook.newWorksheet("facts"));
    }
    return out.toByteArray();
  }

  private static void row(Worksheet sheet, int row, Object... cells) {
    for (int i = 0; i < cells.length; i++) {
      switch (cells[i]) {
        case Number number -> sheet.value(row, i, number);
        case LocalDate date -> {
          sheet.value(row, i, date);
          sheet.style(row, i).format("yyyy-mm-dd").set();
        }
        default -> sheet.value(row, i, "" + cells[i]);
      }
    }
  }

  private static Client.Reply importExcel(byte[] bytes) {
    return client.send("POST", "/import", BodyPublishers.ofByteArray(bytes), "Content-Type",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  }

  @Test
  void anExcelSheetIsImportedAndItsWrongRowsAreNamed() throws IOException {
    JsonNode wrong = importExcel(workbook(sheet -> {
      row(sheet, 0, "Subject", "Prompt", "Target");
      row(sheet, 1, "Orla gateway", "The {} has", 16);
      row(sheet, 2, "X", "", "y");
    })).expect(400).json();
    assertTrue(wrong.get("detail").asString().contains("line 3"), wrong.toString());
    assertEquals(0, ids(client.get("/memories").json()).size());
    importExcel(workbook(sheet -> {
      row(sheet, 0, "subject", "prompt", "target", "tags");
      row(sheet, 1, "Orla gateway", "The number of ports of the {} is", 16, "net;x");
      row(sheet, 3, "Orla ゲートウェイ", "{} の発売日は", LocalDate.of(2026, 4, 1), "net");
    })).expect(201);
    List<String> targets = new ArrayList<>();
    client.get("/memories?tag=net").json().get("results").forEach(
        fact -> targets.add(fact.get("target").asString()));
    assertEquals(List.of("16", "2026-04-01"), targets);
    importExcel("no workbook".getBytes(StandardCharsets.UTF_8)).expect(400);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bomb)) {
      zip.putNextEntry(new ZipEntry("xl/workbook.xml"));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 129; i++) {
        zip.write(zeros);
      }
    }
    importExcel(bomb.toByteArray()).expect(413);
  }

  @Test
  void aRequestThatCameBeforeARestartIsNotDoneAgain() {
    String[] key = {"Idempotency-Key", "restart-" + System.nanoTime()};
    String id = client.post("/memories", PUMP, key).expect(201).json().get("results").get(0)
        .get("id").asString();
    restart();
    JsonNode again = client.post("/memories", PUMP, key).expect(201).json().get("results").get(0);
    assertEquals(id, again.get("id").asString());
    assertEquals(List.of(id), ids(client.get("/memories").json()));
    restart();
    client.post("/memories", PUMP.replace("38", "39"), key).expect(422);
    client.delete("/memories/" + id).expect(200);
    assertEquals(id, client.post("/memories", PUMP, key).expect(201).json().get("results").get(0)
        .get("id").asString(), "what was forgotten does not come back by a repeated request");
    assertEquals(List.of(), ids(client.get("/memories").json()));
  }

  @Test
  void aDocumentIsReadListedAndForgotten() {
    String text = "# Orla gateway\n\nThe Orla gateway has 16 ports.\n\n- It runs on 24 volts.\n";
    JsonNode read = client.post("/documents?name=orla.md", text, "Content-Type", "text/markdown")
        .expect(201).json();
    assertTrue(read.get("written").asInt() >= 2, read.toString());
    Client.Reply events = client.post("/documents?name=orla.md", text,
        "Content-Type", "text/markdown", "Accept", "text/event-stream").expect(200);
    assertTrue(events.text().lines().filter(line -> line.startsWith("data: "))
        .reduce((a, b) -> b).orElse("").contains("\"kept\":" + read.get("written")), events.text());
    assertEquals("orla.md", client.get("/documents").json().get("results").get(0).get("name")
        .asString());
    assertEquals(read.get("written").asInt(), client.get("/documents").json().get("results").get(0)
        .get("passages").asInt());
    JsonNode found = client.post("/memories/search", "{\"query\": \"ports of the Orla gateway\"}")
        .expect(200).json().get("results").get(0);
    assertEquals("orla.md", found.get("document").asString(), found.toString());
    assertTrue(found.get("memory").asString().contains("16 ports"), found.toString());
    String exported = client.get("/export").expect(200).text();
    String episode = found.get("id").asString();
    client.send("PUT", "/memories/" + episode, BodyPublishers.ofString("{\"text\": \"x\"}"),
        "Content-Type", "application/json").expect(409);
    assertEquals(1, // the episode that holds its passages
        client.delete("/documents/orla.md").expect(200).json().get("forgotten").size());
    client.post("/import", exported, "Content-Type", "application/x-ndjson").expect(201);
    assertEquals(exported.lines().count(), client.get("/export").text().lines().count());
    assertEquals(read.get("written").asInt(), client.get("/documents").json().get("results").get(0)
        .get("passages").asInt());
    client.delete("/documents/orla.md").expect(200);
    client.delete("/documents/orla.md").expect(404);
    client.post("/documents", text, "Content-Type", "text/plain").expect(400);
    client.post("/documents?name=empty.txt", " ", "Content-Type", "text/plain").expect(422);
    client.send("POST", "/documents?name=a.txt", BodyPublishers.ofByteArray(new byte[] {-1, -2}),
        "Content-Type", "text/plain").expect(422);
  }

  @Test
  void theAuditNamesWhoAndWhatAndNoContent() {
    teach(PUMP);
    String rows = client.get("/audit?limit=10000").expect(200).text();
    assertTrue(rows.contains("\"operation\":\"WRITE\""));
    assertFalse(rows.contains("ZX-400"), rows);
    List<String> named = rows.lines().toList();
    List<String> last = client.get("/audit?last=true&limit=2").expect(200).text().lines().toList();
    assertEquals(2, last.size());
    String row = Json.tree(last.getFirst()).get("row").asString();
    assertEquals(last.getLast(), client.get("/audit?after=" + row).expect(200).text().lines()
        .findFirst().orElseThrow());
    assertTrue(named.contains(last.getFirst()));
    client.get("/audit?after=7").expect(400);
    String before = "";
    for (String line : client.get("/audit?chain=true&limit=10000").expect(200).text().lines()
        .toList()) {
      AuditRow chained = AuditRow.fromJson(line); // and a changed field would not be canonical
      assertTrue(before.isEmpty() || chained.previous().equals(before), line);
      before = chained.hash();
    }
    assertEquals(1, client.get("/stats").expect(200).json().get("live").asInt());
    assertTrue(client.post("/verify", "").expect(200).json().get("verified").asBoolean());
  }
}
