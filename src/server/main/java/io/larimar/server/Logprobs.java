package io.larimar.server;

import io.larimar.bindings.Vocabulary;
import io.larimar.decoder.Likelihood;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How likely tokens were, in OpenAI's two shapes. A part of a character is told by its bytes. */
final class Logprobs {
  private final Vocabulary vocabulary;
  private final boolean chat;
  private int offset; // of the next token in a text that is continued, in characters

  Logprobs(Vocabulary vocabulary, boolean chat) {
    this.vocabulary = vocabulary;
    this.chat = chat;
  }

  /** Of the next tokens of an answer. */
  Map<String, Object> of(List<Likelihood> tokens) {
    return chat ? content(tokens) : lists(tokens);
  }

  private Map<String, Object> content(List<Likelihood> tokens) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("content", tokens.stream().map(token -> {
      Map<String, Object> item = one(token);
      item.put("top_logprobs", token.likeliest().stream().map(this::one).toList());
      return item;
    }).toList());
    map.put("refusal", null);
    return map;
  }

  private Map<String, Object> one(Likelihood likelihood) {
    byte[] bytes = vocabulary.piece(likelihood.token());
    Map<String, Object> item = new LinkedHashMap<>();
    item.put("token", text(bytes));
    item.put("logprob", likelihood.logProbability());
    item.put("bytes", IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xFF).toArray());
    return item;
  }

  private Map<String, Object> lists(List<Likelihood> tokens) {
    List<String> texts = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    List<Map<String, Double>> likeliest = new ArrayList<>();
    for (Likelihood token : tokens) {
      String text = text(vocabulary.piece(token.token()));
      texts.add(text);
      offsets.add(offset);
      offset += text.length();
      Map<String, Double> best = new LinkedHashMap<>();
      token.likeliest().forEach(other -> best.putIfAbsent(
          text(vocabulary.piece(other.token())), other.logProbability()));
      likeliest.add(best);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("tokens", texts);
    map.put("token_logprobs", tokens.stream().map(Likelihood::logProbability).toList());
    map.put("top_logprobs", likeliest);
    map.put("text_offset", offsets);
    return map;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
