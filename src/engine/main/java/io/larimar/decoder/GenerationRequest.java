package io.larimar.decoder;

import io.larimar.bindings.Sampler;
import io.larimar.codec.SoftPrefix;
import java.util.List;

/**
 * What to generate from.
 *
 * @param prefix rows before the prompt; {@link SoftPrefix#NONE} for the base model
 * @param prompt token ids, at least one
 * @param bare the prompt of the sequence without prefix, for a contrast or a handover
 * @param contrast how far to push away from the bare prompt; {@link Contrast#NONE} for not at all
 * @param handover when the prefix is left; {@link Handover#NONE} for not at all
 * @param sampling how each token is chosen
 * @param maxTokens most tokens to generate
 * @param stops texts that end the generation and are not part of it
 * @param borders places in the prompt, rising, up to which other prompts may be the same (the end of
 *     a system prompt or of an earlier turn); what lies before each is decoded by itself and kept
 * @param form which answers may come, and what is told of their tokens
 * @param tenant whose beginnings are kept together: a time must not tell one what another asks
 */
public record GenerationRequest(
    SoftPrefix prefix,
    int[] prompt,
    int[] bare,
    Contrast contrast,
    Handover handover,
    Sampler.Settings sampling,
    int maxTokens,
    List<String> stops,
    List<Integer> borders,
    Form form,
    String tenant) {

  /** Most stop texts in one request. */
  public static final int MAX_STOPS = 16;

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
  }

  /** In any form, for the tenant without a name. */
  public GenerationRequest(SoftPrefix prefix, int[] prompt, int[] bare, Contrast contrast,
      Handover handover, Sampler.Settings sampling, int maxTokens, List<String> stops,
      List<Integer> borders) {
    this(prefix, prompt, bare, contrast, handover, sampling, maxTokens, stops, borders, Form.FREE,
        "");
  }

  /** The same for a tenant, in a form. */
  public GenerationRequest of(String tenant, Form form) {
    return new GenerationRequest(prefix, prompt, bare, contrast, handover, sampling, maxTokens,
        stops, borders, form, tenant);
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

  /** KV cells that it may take at most. */
  int cells() {
    int bareCells = contrast.alpha() > 0 ? bare.length + maxTokens : 0;
    int own = prefix.positions() + prompt.length;
    return Math.max(own, handover.happens() ? bare.length : 0) + maxTokens + bareCells;
  }
}
