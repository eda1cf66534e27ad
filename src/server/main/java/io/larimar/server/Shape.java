package io.larimar.server;

import io.larimar.decoder.Completion;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON of one completion, whole or in pieces, as OpenAI's clients read it.
 *
 * @param model the model's name
 * @param chat whether it is a conversation or a text that is continued
 * @param id the completion's name
 */
record Shape(String model, boolean chat, String id) {

  /** The whole answer; {@code memory} says what it rests on. */
  Map<String, Object> whole(Completion completion, Optional<Map<String, Object>> logprobs,
      Map<String, Object> memory) {
    Map<String, Object> choice = new LinkedHashMap<>();
    choice.put("index", 0);
    if (chat) {
      choice.put("message", Map.of("role", "assistant", "content", completion.text().strip()));
    } else {
      choice.put("text", completion.text());
    }
    choice.put("logprobs", logprobs.orElse(null));
    choice.put("finish_reason", finish(completion));
    Map<String, Object> map = frame(chat ? "chat.completion" : "text_completion");
    map.put("choices", List.of(choice));
    map.put("usage", counts(completion));
    map.put("larimar", memory);
    return map;
  }

  /** The first event of a stream: who speaks, and what the answer will rest on. */
  Map<String, Object> first(Map<String, Object> memory) {
    Map<String, Object> map = event(chat
        ? Map.of("role", "assistant", "content", "") : Map.of("text", ""), Optional.empty(),
        Optional.empty());
    map.put("larimar", memory);
    return map;
  }

  Map<String, Object> piece(String text, Optional<Map<String, Object>> logprobs) {
    return event(Map.of(chat ? "content" : "text", text), logprobs, Optional.empty());
  }

  /** The event that says why it ended; tokens that made no piece are told with it. */
  Map<String, Object> last(Completion completion, Optional<Map<String, Object>> logprobs,
      Map<String, Object> memory) {
    Map<String, Object> map = event(chat ? Map.of() : Map.of("text", ""), logprobs,
        Optional.of(finish(completion)));
    map.put("larimar", memory);
    return map;
  }

  /** The event with the counts, which has no choice. */
  Map<String, Object> usage(Completion completion) {
    Map<String, Object> map = frame(chat ? "chat.completion.chunk" : "text_completion");
    map.put("choices", List.of());
    map.put("usage", counts(completion));
    return map;
  }

  private Map<String, Object> event(Map<String, Object> content,
      Optional<Map<String, Object>> logprobs, Optional<String> finish) {
    Map<String, Object> choice = new LinkedHashMap<>();
    choice.put("index", 0);
    if (chat) {
      choice.put("delta", content);
    } else {
      choice.putAll(content);
    }
    choice.put("logprobs", logprobs.orElse(null));
    choice.put("finish_reason", finish.orElse(null));
    Map<String, Object> map = frame(chat ? "chat.completion.chunk" : "text_completion");
    map.put("choices", List.of(choice));
    return map;
  }

  private Map<String, Object> frame(String object) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", id);
    map.put("object", object);
    map.put("created", Instant.now().getEpochSecond());
    map.put("model", model);
    return map;
  }

  private static Map<String, Object> counts(Completion completion) {
    int prompt = completion.promptTokens() + completion.prefixPositions();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("prompt_tokens", prompt);
    map.put("completion_tokens", completion.tokens().length);
    map.put("total_tokens", prompt + completion.tokens().length);
    map.put("prompt_tokens_details", Map.of("cached_tokens", completion.keptPositions()));
    return map;
  }

  /** In OpenAI's words, which know of no deadline: cut off, as by a length. */
  private static String finish(Completion completion) {
    return switch (completion.finish()) {
      case LENGTH, DEADLINE -> "length";
      case END, STOP, CANCELLED -> "stop";
    };
  }
}
