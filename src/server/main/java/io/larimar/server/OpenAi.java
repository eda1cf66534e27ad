package io.larimar.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Vocabulary;
import io.larimar.decoder.Completion;
import io.larimar.engine.Answer;
import io.larimar.engine.Embedding;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Pseudonyms;
import io.larimar.ledger.Role;
import io.larimar.scope.ScopeDecision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** OpenAI's shapes: chat, completions, embeddings, models; with memory unless a request says not. */
final class OpenAi {
  private static final HeaderName MEMORY = HeaderNames.create("Larimar-Memory");
  private static final String ENCODER = "bge-small-en-v1.5";
  private static final int MAX_INPUTS = 256;

  private final Generations generations;
  private final Gate searches;
  private final Metrics metrics;
  private final Traces traces;
  private final String model;
  private final long started = Instant.now().getEpochSecond();

  OpenAi(Generations generations, Gate searches, Metrics metrics, Traces traces, String model) {
    this.generations = generations;
    this.searches = searches;
    this.metrics = metrics;
    this.traces = traces;
    this.model = model;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/models", Role.READ, this::models),
        Route.of("GET", "/v1/models/{model}", Role.READ, this::model),
        Route.of("POST", "/v1/chat/completions", Role.READ, this::chat),
        Route.of("POST", "/v1/completions", Role.READ, this::complete),
        Route.of("POST", "/v1/embeddings", Role.READ, this::embed));
  }

  private void models(Call call) {
    call.json(Map.of("object", "list", "data", List.of(describe(model), describe(ENCODER))));
  }

  private void model(Call call) {
    String wanted = call.path("model");
    if (!wanted.equals(model) && !wanted.equals(ENCODER)) {
      throw Problem.notFound("There is no model \"" + wanted + "\"; /v1/models lists them.");
    }
    call.json(describe(wanted));
  }

  private Map<String, Object> describe(String id) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", id);
    map.put("object", "model");
    map.put("created", started);
    map.put("owned_by", "larimar");
    return map;
  }

  /** Whether a request wants the memory: its header decides, else its field, else yes. */
  private static boolean memory(Call call, Fields fields) {
    Optional<Fields> own = fields.object("larimar");
    own.ifPresent(object -> object.requireOnly(Set.of("memory", "tenant")));
    Optional<String> tenant = own.flatMap(object -> object.text("tenant"));
    if (tenant.isPresent() && !tenant.get().equals(call.principal().tenant())) {
      throw Access.foreignTenant();
    }
    Optional<String> header = call.header(MEMORY);
    if (header.isPresent()) {
      return switch (header.get()) {
        case "on" -> true;
        case "off" -> false;
        default -> throw Problem.field("Larimar-Memory",
            "The header Larimar-Memory must be on or off.");
      };
    }
    return own.isEmpty() || !own.get().has("memory") || on(own.get());
  }

  private static boolean on(Fields own) {
    if (own.node("memory").isString()) {
      String text = own.node("memory").asString();
      if (text.equals("on") || text.equals("off")) {
        return text.equals("on");
      }
      throw own.wrong("memory", "\"on\" or \"off\"");
    }
    return own.bool("memory", true);
  }

  private void requireModel(Fields fields) {
    fields.text("model").filter(name -> name.equals(ENCODER)).ifPresent(name -> {
      throw fields.wrong("model", "the language model: \"" + model + "\"");
    });
  }

  private void chat(Call call) throws IOException {
    Fields fields = call.json();
    requireModel(fields);
    ChatRequest request =
        ChatRequest.chat(fields, memory(call, fields), call.limits());
    answer(call, request, new Shape(model, true, "chatcmpl-" + UUID.randomUUID()));
  }

  private void complete(Call call) throws IOException {
    Fields fields = call.json();
    requireModel(fields);
    ChatRequest request =
        ChatRequest.completion(fields, memory(call, fields), call.limits());
    answer(call, request, new Shape(model, false, "cmpl-" + UUID.randomUUID()));
  }

  private void answer(Call call, ChatRequest request, Shape shape) throws IOException {
    Larimar larimar = call.larimar();
    String operation = shape.chat() ? "chat" : "text_completion";
    try (Generations.Running running =
            generations.start(() -> larimar.ask(request.question()));
        Traces.Open span = traces.step(operation + " " + model)) {
      Answer answer = running.answer();
      span.set("gen_ai.operation.name", operation).set("gen_ai.request.model", model);
      metrics.recall(answer.recall().scope().inScope());
      Map<String, Object> memory = memory(call, request, answer);
      try {
        if (request.stream()) {
          stream(call, request, shape, answer, memory,
              new Logprobs(larimar.decoder().vocabulary(), shape.chat()));
        } else {
          Completion completion = answer.completion();
          call.json(shape.whole(completion,
              told(request, answer, new Logprobs(larimar.decoder().vocabulary(), shape.chat())),
              withTimes(memory, answer, completion)));
        }
      } finally {
        answer.close(); // Where the client has gone, no token more is made for it.
        metrics.generation(operation, answer.completion());
        span.set("gen_ai.usage.output_tokens", answer.completion().tokens().length)
            .set("gen_ai.usage.input_tokens",
                answer.completion().promptTokens() + answer.completion().prefixPositions());
      }
    }
  }

  /** What is told of the tokens that came since it was asked last. */
  private static Optional<Map<String, Object>> told(
      ChatRequest request, Answer answer, Logprobs logprobs) {
    return request.question().form().tells()
        ? Optional.of(logprobs.of(answer.likelihoods())) : Optional.empty();
  }

  private void stream(Call call, ChatRequest request, Shape shape, Answer answer,
      Map<String, Object> memory, Logprobs logprobs) throws IOException {
    try (EventStream events = call.events()) {
      events.send(shape.first(memory));
      try {
        boolean begun = false;
        for (String piece : answer) {
          String shown = begun || !shape.chat() ? piece : piece.stripLeading();
          begun |= !shown.isEmpty();
          if (!shown.isEmpty()) {
            events.send(shape.piece(shown, told(request, answer, logprobs)));
          }
        }
        Completion completion = answer.completion();
        events.send(shape.last(completion, told(request, answer, logprobs),
            withTimes(memory, answer, completion)));
        if (request.usage()) {
          events.send(shape.usage(completion));
        }
        events.raw("[DONE]");
      } catch (IllegalStateException | LlamaException e) {
        events.send(Call.problemOf(e).toMap()); // The status has gone out: it is an event too.
      }
    }
  }

  /** What the answer rests on: the facts as they were read out of the memory. */
  private static Map<String, Object> memory(Call call, ChatRequest request, Answer answer) {
    Pseudonyms names = call.names();
    Vocabulary vocabulary = call.larimar().decoder().vocabulary();
    ScopeDecision scope = answer.recall().scope();
    List<Map<String, Object>> facts = new ArrayList<>();
    List<ReadOut> readOuts = answer.recall().readOuts();
    for (int i = 0; i < readOuts.size(); i++) {
      ReadOut readOut = readOuts.get(i);
      Map<String, Object> fact = new LinkedHashMap<>();
      fact.put("id", names.fact(readOut.id()));
      fact.put("memory", vocabulary.detokenize(readOut.tokens()).strip());
      fact.put("read_margin", round(readOut.margin()));
      fact.put("coverage", round(i == 0 ? scope.coverage() : scope.others().get(i - 1).coverage()));
      fact.put("similarity",
          round(i == 0 ? scope.similarity() : scope.others().get(i - 1).similarity()));
      facts.add(fact);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("memory", request.question().memory() ? "on" : "off");
    map.put("in_scope", scope.inScope());
    map.put("facts", facts);
    map.put("reason", scope.reason());
    return map;
  }

  private static Map<String, Object> withTimes(
      Map<String, Object> memory, Answer answer, Completion completion) {
    Map<String, Object> times = new LinkedHashMap<>();
    times.put("scope_millis", Forgetting.millis(answer.recall().scopeNanos()));
    times.put("read_millis", Forgetting.millis(answer.recall().readNanos()));
    times.put("first_token_millis", Forgetting.millis(completion.firstTokenNanos()));
    times.put("total_millis", Forgetting.millis(completion.totalNanos()));
    Map<String, Object> map = new LinkedHashMap<>(memory);
    map.put("times", times);
    return map;
  }

  /** Four digits; none for a value that is not finite, which JSON cannot say. */
  private static Double round(double value) {
    return Double.isFinite(value) ? Math.round(value * 1e4) / 1e4 : null;
  }

  private void embed(Call call) {
    Fields fields = call.json();
    fields.requireOnly(Set.of("input", "model", "encoding_format", "dimensions", "user"));
    List<String> inputs = fields.texts("input", MAX_INPUTS);
    if (inputs.isEmpty() || inputs.stream().anyMatch(String::isBlank)) {
      throw fields.wrong("input", "a text or a list of 1 to " + MAX_INPUTS + ", none blank");
    }
    boolean base64 = switch (fields.text("encoding_format").orElse("float")) {
      case "float" -> false;
      case "base64" -> true;
      default -> throw fields.wrong("encoding_format", "float or base64");
    };
    List<Embedding> embeddings;
    try (Gate.Pass pass = searches.enter()) {
      embeddings = call.larimar().embed(inputs);
    }
    int width = embeddings.getFirst().vector().length;
    if (fields.has("dimensions") && fields.node("dimensions").asInt(0) != width) {
      throw fields.wrong("dimensions", "" + width + " or left out");
    }
    List<Map<String, Object>> data = new ArrayList<>();
    int tokens = 0;
    for (Embedding embedding : embeddings) {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("object", "embedding");
      item.put("index", data.size());
      item.put("embedding", base64 ? base64(embedding.vector()) : embedding.vector());
      data.add(item);
      tokens += embedding.tokens();
    }
    call.json(Map.of("object", "list", "model", ENCODER, "data", data,
        "usage", Map.of("prompt_tokens", tokens, "total_tokens", tokens)));
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
