package io.larimar.server;

import io.larimar.bindings.Sampler;
import io.larimar.bindings.Vocabulary.Turn;
import io.larimar.decoder.Form;
import io.larimar.decoder.GenerationRequest;
import io.larimar.engine.Prompt;
import io.larimar.engine.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A request for a completion in OpenAI's words, as the engine's question.
 *
 * <p>What the engine cannot do is refused by name and never left out in silence.
 *
 * @param question what is asked
 * @param stream whether pieces are sent as they come
 * @param usage whether a stream ends with the counts
 */
record ChatRequest(Question question, boolean stream, boolean usage) {
  private static final Set<String> COMMON = Set.of("model", "max_tokens", "temperature", "top_p",
      "top_k", "min_p", "seed", "stop", "stream", "stream_options", "logprobs", "response_format",
      "larimar", "deadline_ms");
  /** They change nothing in an answer, so a client may send them. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("user", "metadata", "store", "service_tier", "safety_identifier",
          "prompt_cache_key", "parallel_tool_calls");
  private static final Map<String, String> REFUSED = Map.ofEntries(
      Map.entry("tools", "tools are not offered"),
      Map.entry("tool_choice", "tools are not offered"),
      Map.entry("functions", "functions are not offered"),
      Map.entry("function_call", "functions are not offered"),
      Map.entry("logit_bias", "token biases are not offered"),
      Map.entry("presence_penalty", "penalties are not offered"),
      Map.entry("frequency_penalty", "penalties are not offered"),
      Map.entry("n", "one answer a request is given: send the request again with another seed"),
      Map.entry("best_of", "one answer a request is given"),
      Map.entry("echo", "the prompt is not repeated"),
      Map.entry("suffix", "text is continued at its end alone"));
  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");
  private static final int MAX_TURNS = 256;
  private static final int LONGEST_DEADLINE_MILLIS =
      (int) GenerationRequest.LONGEST_DEADLINE.toMillis();
  private static final int MAX_LOGPROBS = 5; // as OpenAI has it for texts to be continued

  /** Reads a chat request. */
  static ChatRequest chat(Fields fields, boolean memory, Limits limits) {
    requireKnown(fields, Set.of("messages", "max_completion_tokens", "top_logprobs"));
    List<Turn> turns = new ArrayList<>();
    for (Fields message : fields.objects("messages", MAX_TURNS)) {
      turns.add(turn(message));
    }
    if (turns.isEmpty() || !turns.getLast().role().equals("user")) {
      throw fields.wrong("messages", "a list whose last message is the user's");
    }
    return read(fields, Prompt.chat(turns), memory, limits, told(fields));
  }

  private static Turn turn(Fields message) {
    String role = message.requiredText("role");
    if (!ROLES.contains(role)) {
      throw message.wrong("role", "system, user or assistant");
    }
    String name = role.equals("developer") ? "system" : role;
    if (message.has("content") && message.node("content").isArray()) {
      StringBuilder text = new StringBuilder();
      for (Fields part : message.objects("content", MAX_TURNS)) {
        if (!part.requiredText("type").equals("text")) {
          throw part.wrong("type", "\"text\": images, sound and files are not read");
        }
        text.append(part.requiredText("text"));
      }
      return new Turn(name, text.toString());
    }
    return new Turn(name, message.requiredText("content"));
  }

  /** Reads a request to continue a text. */
  static ChatRequest completion(Fields fields, boolean memory, Limits limits) {
    requireKnown(fields, Set.of("prompt"));
    List<String> prompts = fields.texts("prompt", 1);
    if (prompts.size() != 1 || prompts.getFirst().isBlank()) {
      throw fields.wrong("prompt", "one text, not blank");
    }
    return read(fields, Prompt.raw(prompts.getFirst()), memory, limits,
        fields.integer("logprobs", 0, MAX_LOGPROBS).orElse(Form.UNTOLD));
  }

  private static void requireKnown(Fields fields, Set<String> own) {
    REFUSED.forEach((name, why) -> {
      if (fields.has(name) && !harmless(fields, name)) {
        throw Problem.field(name,
            "The field \"" + name + "\" cannot be followed: " + why + ". Leave it out.");
      }
    });
    List<String> known = new ArrayList<>(COMMON);
    known.addAll(WITHOUT_EFFECT);
    known.addAll(REFUSED.keySet());
    known.addAll(own);
    fields.requireOnly(known);
  }

  /** Whether a field that cannot be followed asks for nothing, as clients send defaults. */
  private static boolean harmless(Fields fields, String name) {
    return switch (name) {
      case "echo" -> fields.node(name).isBoolean() && !fields.node(name).booleanValue();
      case "n", "best_of" -> fields.node(name).isNumber() && fields.node(name).doubleValue() == 1;
      case "presence_penalty", "frequency_penalty" ->
          fields.node(name).isNumber() && fields.node(name).doubleValue() == 0;
      case "tool_choice", "function_call" ->
          fields.node(name).isString() && fields.node(name).asString().equals("none");
      case "tools", "functions", "logit_bias" -> fields.node(name).isEmpty();
      default -> false;
    };
  }

  /** How many likeliest tokens a conversation's request wants in each place. */
  private static int told(Fields fields) {
    int likeliest = fields.integer("top_logprobs", 0, Form.MAX_LIKELIEST).orElse(0);
    boolean wanted = fields.bool("logprobs", false);
    if (likeliest > 0 && !wanted) {
      throw fields.wrong("top_logprobs", "left out, or \"logprobs\" be true");
    }
    return wanted ? likeliest : Form.UNTOLD;
  }

  /** The grammar of the answer; none where any text may come. */
  private static String grammar(Fields fields) {
    Optional<Fields> format = fields.object("response_format");
    if (format.isEmpty()) {
      return "";
    }
    return switch (format.get().requiredText("type")) {
      case "text" -> "";
      case "json_object" -> JsonGrammar.anyObject();
      case "json_schema" -> {
        Fields named = format.get().object("json_schema")
            .filter(json -> json.object("schema").isPresent())
            .orElseThrow(() -> format.get().wrong("json_schema", "an object with a \"schema\""));
        yield JsonGrammar.of(named.node("schema"), "response_format.json_schema.schema");
      }
      default -> throw format.get().wrong("type", "text, json_object or json_schema");
    };
  }

  private static ChatRequest read(
      Fields fields, Prompt prompt, boolean memory, Limits limits, int likeliest) {
    float temperature = (float) fields.number("temperature", 0, 2).orElse(0);
    float topP = (float) fields.number("top_p", 0, 1).orElse(1);
    Sampler.Settings sampling = new Sampler.Settings(temperature,
        fields.integer("top_k", 0, Integer.MAX_VALUE).orElse(0), Math.max(topP, Float.MIN_NORMAL),
        (float) fields.number("min_p", 0, 0.999).orElse(0), seed(fields));
    int tokens = fields.integer("max_completion_tokens", 1, limits.answerTokens()).orElseGet(() ->
        fields.integer("max_tokens", 1, limits.answerTokens()).orElse(
            Math.min(Question.DEFAULT_MAX_TOKENS, limits.answerTokens())));
    List<String> stops = fields.texts("stop", GenerationRequest.MAX_STOPS);
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw fields.wrong("stop", "a text, or a list of at most " + GenerationRequest.MAX_STOPS
          + ", none empty");
    }
    Optional<Fields> streaming = fields.object("stream_options");
    Optional<Duration> deadline = fields.has("deadline_ms")
        ? Optional.of(Duration.ofMillis(
            fields.integer("deadline_ms", 1, LONGEST_DEADLINE_MILLIS).getAsInt()))
        : Optional.empty();
    return new ChatRequest(new Question(prompt, memory, sampling, tokens, stops, deadline,
        new Form(grammar(fields), likeliest)),
        fields.bool("stream", false),
        streaming.map(options -> options.bool("include_usage", false)).orElse(false));
  }

  private static int seed(Fields fields) {
    if (!fields.has("seed")) {
      return ThreadLocalRandom.current().nextInt();
    }
    if (!fields.node("seed").isIntegralNumber() || !fields.node("seed").canConvertToLong()) {
      throw fields.wrong("seed", "a whole number");
    }
    return Long.hashCode(fields.node("seed").longValue());
  }
}
