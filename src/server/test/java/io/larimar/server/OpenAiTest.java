package io.larimar.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Role;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** OpenAI's shapes over the real model. */
@Tag("model")
@ExtendWith(SharedEngine.class)
class OpenAiTest {
  private static final String QUESTION = "What is the maximum flow rate of the ZX-400 pump?";

  @TempDir
  private static Path folder;

  private static Larimar larimar;
  private static LarimarServer server;
  private static Client client;
  private static String fact;

  @BeforeAll
  static void open(Larimar shared) {
    larimar = shared;
    fact = larimar.ledger().pseudonyms(larimar.principal()).fact(larimar.write(Fact.of(
        "ZX-400 pump", "The maximum flow rate of the {} is", "38 litres per minute")).id());
    server = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("keys.db"), "smollm2-135m").withPort(0));
    client = new Client(server, Optional.empty());
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
      larimar.forgetAll();
    }
  }

  private static String chat(String rest) {
    return "{\"model\": \"smollm2-135m\", \"messages\": [{\"role\": \"user\", \"content\": \""
        + QUESTION + "\"}], \"max_tokens\": 24" + rest + "}";
  }

  private static List<JsonNode> events(Client.Reply reply) {
    List<String> data = reply.text().lines().filter(line -> line.startsWith("data: "))
        .map(line -> line.substring("data: ".length())).collect(Collectors.toList());
    assertEquals("[DONE]", data.removeLast());
    return data.stream().map(Json::tree).toList();
  }

  @Test
  void aChatDrawsOnMemoryAndNamesTheFact() {
    JsonNode reply = client.post("/v1/chat/completions", chat("")).expect(200).json();
    assertEquals("chat.completion", reply.get("object").asString());
    JsonNode choice = reply.get("choices").get(0);
    assertTrue(choice.get("message").get("content").asString().contains("38"), reply.toString());
    assertEquals("stop", choice.get("finish_reason").asString());
    JsonNode used = reply.get("larimar").get("facts").get(0);
    assertEquals(fact, used.get("id").asString());
    assertTrue(used.get("memory").asString().contains("38 litres per minute"));
    assertEquals(reply.get("usage").get("total_tokens").asInt(),
        reply.get("usage").get("prompt_tokens").asInt()
            + reply.get("usage").get("completion_tokens").asInt());
  }

  @Test
  void withoutMemoryItIsTheBaseModelByHeaderOrField() {
    JsonNode field =
        client.post("/v1/chat/completions", chat(", \"larimar\": {\"memory\": \"off\"}"))
            .expect(200).json();
    JsonNode header = client.post("/v1/chat/completions", chat(""), "Larimar-Memory", "off")
        .expect(200).json();
    assertEquals(field.get("choices"), header.get("choices"));
    assertEquals(0, header.get("larimar").get("facts").size());
    assertEquals("off", header.get("larimar").get("memory").asString());
    assertFalse(header.get("choices").toString().contains("38 litres"));
    client.post("/v1/chat/completions", chat(""), "Larimar-Memory", "perhaps").expect(400);
  }

  @Test
  void aStreamSaysTheSameInPiecesAndEndsWithDone() {
    JsonNode whole = client.post("/v1/chat/completions", chat("")).expect(200).json();
    Client.Reply reply = client.post("/v1/chat/completions",
        chat(", \"stream\": true, \"stream_options\": {\"include_usage\": true}")).expect(200);
    assertTrue(reply.header("Content-Type").startsWith("text/event-stream"));
    List<JsonNode> events = events(reply);
    StringBuilder text = new StringBuilder();
    for (JsonNode event : events) {
      assertEquals("chat.completion.chunk", event.get("object").asString());
      event.get("choices").forEach(choice ->
          text.append(choice.get("delta").path("content").asString("")));
    }
    assertEquals(whole.get("choices").get(0).get("message").get("content").asString(),
        text.toString().strip());
    assertEquals(whole.get("usage"), events.getLast().get("usage"));
    JsonNode last = events.get(events.size() - 2);
    assertEquals("stop", last.get("choices").get(0).get("finish_reason").asString());
    assertTrue(last.get("larimar").get("times").get("first_token_millis").asDouble() > 0);
    assertEquals(fact, events.getFirst().get("larimar").get("facts").get(0).get("id").asString());
  }

  @Test
  void aTextIsContinuedWithStopSeedAndTokens() {
    String drawn = "{\"prompt\": \"Once upon a time\", \"max_tokens\": 12, \"temperature\": 1,"
        + " \"seed\": 7, \"larimar\": {\"memory\": false}}";
    JsonNode first = client.post("/v1/completions", drawn).expect(200).json();
    assertEquals(first.get("choices"),
        client.post("/v1/completions", drawn).expect(200).json().get("choices"));
    assertEquals(12, first.get("usage").get("completion_tokens").asInt());
    assertEquals("length", first.get("choices").get(0).get("finish_reason").asString());
    String stopped = client.post("/v1/completions",
        "{\"prompt\": \"The maximum flow rate of the ZX-400 pump is\", \"stop\": \"litres\"}")
        .expect(200).json().get("choices").get(0).get("text").asString();
    assertEquals("38", stopped.strip());
    JsonNode late = client.post("/v1/completions", "{\"prompt\": \"Once upon a time\","
        + " \"max_tokens\": 12, \"deadline_ms\": 1, \"larimar\": {\"memory\": false}}")
        .expect(200).json();
    assertEquals("length", late.get("choices").get(0).get("finish_reason").asString());
    assertTrue(late.get("usage").get("completion_tokens").asInt() < 12, late.toString());
  }

  @Test
  void embeddingsAreOfLengthOneAndTheSameInBothEncodings() {
    JsonNode reply = client.post("/v1/embeddings",
        "{\"model\": \"bge-small-en-v1.5\", \"input\": [\"a pump\", \"a gateway\"]}")
        .expect(200).json();
    JsonNode vector = reply.get("data").get(1).get("embedding");
    double square = 0;
    for (JsonNode value : vector) {
      square += value.doubleValue() * value.doubleValue();
    }
    assertEquals(384, vector.size());
    assertEquals(1, square, 1e-4);
    String base64 = client.post("/v1/embeddings", "{\"input\": \"a gateway\","
        + " \"encoding_format\": \"base64\"}").expect(200).json()
        .get("data").get(0).get("embedding").asString();
    float first = ByteBuffer.wrap(Base64.getDecoder().decode(base64))
        .order(ByteOrder.LITTLE_ENDIAN).getFloat();
    assertEquals(vector.get(0).floatValue(), first);
    client.post("/v1/embeddings", "{\"input\": []}").expect(400);
    client.post("/v1/embeddings", "{\"input\": \"x\", \"dimensions\": 7}").expect(400);
  }

  @Test
  void modelsAreListed() {
    assertEquals("smollm2-135m",
        client.get("/v1/models").expect(200).json().get("data").get(0).get("id").asString());
    client.get("/v1/models/smollm2-135m").expect(200);
    client.get("/v1/models/gpt-4").expect(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {", \"logprobs\": 1", ", \"top_logprobs\": 2", ", \"n\": 2",
      ", \"tools\": [{}]", ", \"response_format\": {\"type\": \"json_schema\"}",
      ", \"presence_penalty\": 0.5",
      ", \"colour\": 1", ", \"temperature\": 9", ", \"max_tokens\": 0",
      ", \"max_completion_tokens\": 1000000", ", \"stop\": [\"\"]", ", \"seed\": \"x\"",
      ", \"deadline_ms\": 0", ", \"larimar\": {\"store\": 1}"})
  void whatCannotBeFollowedIsRefusedByName(String rest) {
    String body = chat(rest.contains("max_tokens") ? "" : rest);
    JsonNode reply = client.post("/v1/chat/completions", rest.contains("max_tokens")
        ? body.replace("\"max_tokens\": 24", rest.substring(2)) : body).expect(400).json();
    String field = rest.replaceFirst(", \"(\\w+)\".*", "$1");
    assertTrue(reply.get("error").get("param").asString().startsWith(field), reply.toString());
    assertEquals("invalid_request_error", reply.get("error").get("type").asString());
  }

  private JsonNode inForm(String format, String rest) {
    JsonNode choice = client.post("/v1/chat/completions", "{\"messages\": [{\"role\": \"user\","
        + " \"content\": \"Describe a pump in JSON.\"}], \"response_format\": "
        + format.replace('\'', '"') + rest + "}").expect(200).json().get("choices").get(0);
    assertEquals("stop", choice.get("finish_reason").asString(), choice.toString());
    return Json.tree(choice.get("message").get("content").asString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ", \"temperature\": 1.5, \"seed\": 3",
      ", \"temperature\": 2, \"seed\": 4"})
  void anAnswerFitsItsSchemaHoweverItIsSampled(String sampling) {
    JsonNode json = inForm("{'type': 'json_schema', 'json_schema': {'name': 'pump', 'strict': true,"
        + " 'schema': {'type': 'object', 'properties': {'name': {'type': 'string',"
        + " 'maxLength': 12}, 'litres': {'type': 'integer'}, 'colours': {'type':"
        + " 'array', 'items': {'enum': ['red',"
        + " 'blue']}, 'minItems': 1, 'maxItems': 2}, 'part': {'$ref': '#/$defs/part'}},"
        + " 'required': ['name', 'litres', 'colours', 'part'], 'additionalProperties': false,"
        + " '$defs': {'part': {'type': 'object', 'properties': {'part': {'anyOf': [{'type':"
        + " 'null'},"
        + " {'const': 7}]}}, 'required': ['part']}}}}}", sampling);
    assertEquals(List.of("name", "litres", "colours", "part"), List.copyOf(json.propertyNames()));
    assertTrue(json.get("name").asString().length() <= 12 && json.get("litres").isIntegralNumber());
    json.get("colours").forEach(colour ->
        assertTrue(List.of("red", "blue").contains(colour.asString())));
    assertTrue(json.get("part").has("part"));
  }

  @Test
  void anAnswerMayBeAnyObjectAndAWrongSchemaIsRefused() {
    String cut = client.post("/v1/chat/completions", chat(
        ", \"response_format\": {\"type\": \"json_object\"}")).expect(200).json().get("choices")
        .get(0).get("message").get("content").asString();
    assertTrue(cut.startsWith("{"), cut);
    for (String schema : List.of("{'type': 'string', 'pattern': 'x'}", "7",
        "{'anyOf': [{'$ref': '#/$defs/a'}], '$defs': {'a': {'anyOf': [{'$ref': '#/$defs/a'}]}}}")) {
      JsonNode reply = client.post("/v1/chat/completions", chat(
          (", 'response_format': {'type': 'json_schema', 'json_schema': {'schema': " + schema
              + "}}").replace('\'', '"'))).expect(400).json();
      assertTrue(reply.get("field").asString().startsWith("response_format"), reply.toString());
    }
  }

  @Test
  void probabilitiesOfAConversationComeWithEachToken() {
    JsonNode choice = client.post("/v1/chat/completions",
        chat(", \"logprobs\": true, \"top_logprobs\": 3")).expect(200).json().get("choices").get(0);
    StringBuilder text = new StringBuilder();
    for (JsonNode token : choice.get("logprobs").get("content")) {
      text.append(token.get("token").asString());
      assertEquals(token.get("token").asString().getBytes(StandardCharsets.UTF_8).length,
          token.get("bytes").size());
      assertEquals(3, token.get("top_logprobs").size());
      assertEquals(token.get("logprob"), token.get("top_logprobs").get(0).get("logprob"),
          "greedy decoding takes the likeliest");
      double before = 0;
      for (JsonNode other : token.get("top_logprobs")) {
        assertTrue(other.get("logprob").asDouble() <= before);
        before = other.get("logprob").asDouble();
      }
    }
    assertEquals(choice.get("message").get("content").asString(), text.toString().strip());
    StringBuilder streamed = new StringBuilder();
    client.post("/v1/chat/completions", chat(", \"logprobs\": true, \"stream\": true")).expect(200)
        .text().lines().filter(line -> line.startsWith("data: {"))
        .map(line -> Json.tree(line.substring("data: ".length())).get("choices").get(0))
        .filter(event -> event.get("logprobs").isObject())
        .forEach(event -> event.get("logprobs").get("content").forEach(
            token -> streamed.append(token.get("token").asString())));
    assertEquals(text.toString(), streamed.toString());
  }

  @Test
  void probabilitiesOfAContinuedTextComeAsLists() {
    JsonNode logprobs = client.post("/v1/completions", "{\"prompt\": \"One, two, three,\","
        + " \"max_tokens\": 4, \"logprobs\": 2}").expect(200).json().get("choices").get(0)
        .get("logprobs");
    assertEquals(4, logprobs.get("tokens").size());
    assertEquals(4, logprobs.get("token_logprobs").size());
    assertEquals(2, logprobs.get("top_logprobs").get(0).size());
    assertEquals(logprobs.get("tokens").get(0).asString().length(),
        logprobs.get("text_offset").get(1).asInt());
    client.post("/v1/completions", "{\"prompt\": \"x\", \"logprobs\": 6}").expect(400);
  }

  @Test
  void defaultsThatClientsSendAreTaken() {
    client.post("/v1/chat/completions", chat(", \"n\": 1, \"logprobs\": false, \"tools\": [],"
        + " \"presence_penalty\": 0, \"response_format\": {\"type\": \"text\"}, \"user\": \"u\"")
        .replace("\"max_tokens\": 24", "\"max_tokens\": 1")).expect(200);
    client.post("/v1/chat/completions", "{\"messages\": []}").expect(400);
    client.post("/v1/chat/completions",
        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\"}]}").expect(400);
    client.post("/v1/completions", "{\"prompt\": [\"a\", \"b\"]}").expect(413);
  }

  @Test
  void aPromptBeyondTheContextIsTheCallersError() {
    String prompt = "word ".repeat(6_000);
    assertTrue(client.post("/v1/completions", "{\"prompt\": \"" + prompt + "\"}").expect(400)
        .text().contains("shorten the prompt"));
  }

  @Test
  void aClientThatGoesAwayCancelsItsAnswer() throws IOException {
    String body = "{\"prompt\": \"Once upon a time\", \"max_tokens\": 2000, \"stream\": true,"
        + " \"temperature\": 1.5, \"seed\": 3, \"larimar\": {\"memory\": \"off\"}}";
    try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
      socket.getOutputStream().write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
          .getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      assertTrue(in.readNBytes(1_000).length == 1_000);
    }
    String cancelled = "larimar_generations_total{finish=\"cancelled\"} 1.0";
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    String metrics = "";
    String idle = "llamacpp:requests_processing 0.0"; // a moment after the count of what ended
    while (!(metrics.contains(cancelled) && metrics.contains(idle)) && System.nanoTime() < end) {
      metrics = client.get("/metrics").text();
    }
    assertTrue(metrics.contains(cancelled) && metrics.contains(idle), metrics);
  }

  @Test
  void aQueueThatIsFullSaysSoAndAStopCancelsWhatRuns() throws InterruptedException {
    Limits usual = Limits.DEFAULT;
    Limits narrow = new Limits(usual.bodyBytes(), usual.documentBytes(), usual.facts(),
        usual.requestsPerSecond(), 1, usual.searchQueue(), usual.answerTokens(),
        usual.connections());
    ServerOptions options = new ServerOptions("127.0.0.1", 0, Optional.empty(), Optional.empty(),
        folder.resolve("narrow.db"), "m", Duration.ofMillis(100), narrow, folder,
        Optional.empty());
    LarimarServer other = LarimarServer.open(larimar, options);
    Client own = new Client(other, Optional.empty());
    String body = "{\"prompt\": \"Once upon a time\", \"max_tokens\": 2000, \"temperature\": 1.5,"
        + " \"seed\": 3, \"larimar\": {\"memory\": \"off\"}}";
    List<Integer> statuses = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      threads.add(Thread.ofVirtual().start(() -> {
        Client.Reply reply = own.post("/v1/completions", body);
        synchronized (statuses) {
          statuses.add(reply.status());
        }
      }));
    }
    String metrics = "";
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!metrics.contains("llamacpp:requests_deferred 1.0") && System.nanoTime() < end) {
      metrics = own.get("/metrics").text();
    }
    Client.Reply busy = own.post("/v1/completions", body).expect(503);
    assertEquals("1", busy.header("Retry-After"));
    other.close();
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(20));
    }
    assertEquals(List.of(200, 503), statuses.stream().sorted().toList(),
        "the cancelled answer is given as far as it came, the one that waited is refused");
  }

  @Test
  void aKeyOfAnotherTenantGetsNoMemory() {
    try (LarimarServer other = LarimarServer.open(larimar,
        ServerOptions.of(folder.resolve("tenant.db"), "m").withPort(0))) {
      String secret = other.keys().create("mallory", "rival", EnumSet.of(Role.READ)).secret();
      Client mallory = new Client(other, Optional.of(secret));
      JsonNode reply = mallory.post("/v1/chat/completions", chat("")).expect(200).json();
      assertEquals(0, reply.get("larimar").get("facts").size());
      mallory.post("/v1/chat/completions", chat(", \"larimar\": {\"tenant\": \"default\"}"))
          .expect(403);
      mallory.get("/memories", "Larimar-Tenant", "default").expect(403);
      mallory.post("/memories", "{\"text\": \"x\"}").expect(403);
    }
  }
}
