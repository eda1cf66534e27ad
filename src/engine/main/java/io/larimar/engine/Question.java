package io.larimar.engine;

import io.larimar.bindings.Sampler;
import io.larimar.decoder.Form;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A prompt and how it is to be answered.
 *
 * @param prompt what is asked
 * @param memory whether the memory may answer; false is the base model
 * @param sampling how tokens are chosen
 * @param maxTokens most tokens of the answer
 * @param stops texts that end the answer and are not part of it
 * @param deadline how long the answer may take in all, waiting included; what was said by then is
 *     kept, and the completion tells it
 * @param form which answers may come, and what is told of their tokens
 */
public record Question(Prompt prompt, boolean memory, Sampler.Settings sampling, int maxTokens,
    List<String> stops, Optional<Duration> deadline, Form form) {

  /** Tokens of an answer where nothing else is said. */
  public static final int DEFAULT_MAX_TOKENS = 128;

  public Question {
    stops = List.copyOf(stops);
  }

  /** Without a deadline, in any form. */
  public Question(
      Prompt prompt, boolean memory, Sampler.Settings sampling, int maxTokens, List<String> stops) {
    this(prompt, memory, sampling, maxTokens, stops, Optional.empty(), Form.FREE);
  }

  /** Greedy decoding, with memory; a question is put as a chat turn, other text is continued. */
  public static Question of(String text) {
    return of(Prompt.guess(text));
  }

  /** Greedy decoding, with memory. */
  public static Question of(Prompt prompt) {
    return new Question(prompt, true, Sampler.Settings.GREEDY, DEFAULT_MAX_TOKENS, List.of());
  }

  /** The same, answered by the base model alone. */
  public Question withoutMemory() {
    return new Question(prompt, false, sampling, maxTokens, stops, deadline, form);
  }

  /** The same with other sampling. */
  public Question withSampling(Sampler.Settings sampling) {
    return new Question(prompt, memory, sampling, maxTokens, stops, deadline, form);
  }

  /** The same with another limit. */
  public Question withMaxTokens(int maxTokens) {
    return new Question(prompt, memory, sampling, maxTokens, stops, deadline, form);
  }

  /** The same with these stop texts. */
  public Question withStops(List<String> stops) {
    return new Question(prompt, memory, sampling, maxTokens, stops, deadline, form);
  }

  /** The same, to be answered within this time. */
  public Question withDeadline(Duration deadline) {
    return new Question(prompt, memory, sampling, maxTokens, stops, Optional.of(deadline), form);
  }

  /** The same in another form. */
  public Question withForm(Form form) {
    return new Question(prompt, memory, sampling, maxTokens, stops, deadline, form);
  }
}
