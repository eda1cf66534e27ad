package io.larimar.decoder;

import io.larimar.bindings.Sampler;
import io.larimar.codec.SoftPrefix;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to generate from.
 *
 * @param prefix rows before the prompt; {@link SoftPrefix#NONE} for the base model
 * @param prompt token ids, at least one
 * @param bare the prompt of the sequence without prefix, for a contrast or a handover
 * @param contrast how far to push away from the bare prompt; {@link Contrast#NONE} for not at all
 * @param handover when the prefix is left; {@link Handover#NONE} for not at all
 * @param pointer what of the read-outs is raised; {@link Pointer#NONE} for nothing
 * @param sampling how each token is chosen
 * @param maxTokens most tokens to generate
 * @param stops texts that end the generation and are not part of it
 * @param borders places in the prompt, rising, up to which other prompts may be the same (the end of
 *     a system prompt or of an earlier turn); what lies before each is decoded by itself and kept
 * @param deadline how long after it was handed in it must have ended, waiting included; nothing in
 *     it is promised but that it ends with {@link Completion.Finish#DEADLINE} soon after
 * @param form which answers may come, and what is told of their tokens
 * @param tenant whose beginnings are kept together: a time must not tell one what another asks
 */
public record GenerationRequest(
    SoftPrefix prefix,
    int[] prompt,
    int[] bare,
    Contrast contrast,
    Handover handover,
    Pointer pointer,
    Sampler.Settings sampling,
    int maxTokens,
    List<String> stops,
    List<Integer> borders,
    Optional<Duration> deadline,
    Form form,
    String tenant) {

  /** Most stop texts in one request. */
  public static final int MAX_STOPS = 16;

  /** The longest deadline; who wants to wait longer wants none. */
  public static final Duration LONGEST_DEADLINE = Duration.ofDays(1);

  public GenerationRequest {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("prompt must hold at least one token");
    }
    if (contrast.alpha() > 0 && (prefix.isEmpty() || bare.length == 0)) {
      throw new IllegalArgumentException("a contrast needs a prefix and a bare prompt");
    }
    if (handover.happens() && (prefix.isEmpty() || bare.length == 0)) {
      throw new IllegalArgumentException("a handover needs a prefix and a bare prompt");
    }
    if (maxTokens <= 0) {
      throw new IllegalArgumentException("maxTokens must be positive: maxTokens=" + maxTokens);
    }
    borders = List.copyOf(borders);
    int before = 0;
    for (int border : borders) {
      if (border <= before || border >= prompt.length) {
        throw new IllegalArgumentException("borders must rise within the prompt: " + borders
            + ", prompt=" + prompt.length);
      }
      before = border;
    }
    stops = List.copyOf(stops);
    if (stops.size() > MAX_STOPS || stops.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException(
          "stops must be at most " + MAX_STOPS + " texts, none empty: " + stops);
    }
    if (deadline.isPresent() && (deadline.get().isNegative()
        || deadline.get().compareTo(LONGEST_DEADLINE) > 0)) {
      throw new IllegalArgumentException("deadline must be in [0, " + LONGEST_DEADLINE
          + "]: deadline=" + deadline.get());
    }
  }

  /** Without a pointer and a deadline, in any form, for the tenant without a name. */
  public GenerationRequest(SoftPrefix prefix, int[] prompt, int[] bare, Contrast contrast,
      Handover handover, Sampler.Settings sampling, int maxTokens, List<String> stops,
      List<Integer> borders) {
    this(prefix, prompt, bare, contrast, handover, Pointer.NONE, sampling, maxTokens, stops,
        borders, Optional.empty(), Form.FREE, "");
  }

  /** The same for a tenant, in a form. */
  public GenerationRequest of(String tenant, Form form) {
    return new GenerationRequest(prefix, prompt, bare, contrast, handover, pointer, sampling,
        maxTokens, stops, borders, deadline, form, tenant);
  }

  /** The same with a pointer into the read-outs. */
  public GenerationRequest pointing(Pointer pointer) {
    return new GenerationRequest(prefix, prompt, bare, contrast, handover, pointer, sampling,
        maxTokens, stops, borders, deadline, form, tenant);
  }

  /** Without a handover and without borders in the prompt. */
  public GenerationRequest(SoftPrefix prefix, int[] prompt, int[] bare, Contrast contrast,
      Sampler.Settings sampling, int maxTokens, List<String> stops) {
    this(prefix, prompt, bare, contrast, Handover.NONE, sampling, maxTokens, stops, List.of());
  }

  /** Greedy decoding of a bare prompt by the base model. */
  public static GenerationRequest plain(int[] prompt, int maxTokens) {
    return new GenerationRequest(SoftPrefix.NONE, prompt, new int[0], Contrast.NONE,
        Sampler.Settings.GREEDY, maxTokens, List.of());
  }

  /** The same, to be ended so long after it was handed in. */
  public GenerationRequest withDeadline(Duration deadline) {
    return new GenerationRequest(prefix, prompt, bare, contrast, handover, pointer, sampling,
        maxTokens, stops, borders, Optional.of(deadline), form, tenant);
  }

  /** KV cells that it may take at most. */
  int cells() {
    int bareCells = contrast.alpha() > 0 ? bare.length + maxTokens : 0;
    int own = prefix.positions() + prompt.length;
    return Math.max(own, handover.happens() ? bare.length : 0) + maxTokens + bareCells;
  }
}
