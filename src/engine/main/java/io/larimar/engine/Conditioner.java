package io.larimar.engine;

import io.larimar.bindings.Sampler;
import io.larimar.bindings.Vocabulary;
import io.larimar.bindings.Vocabulary.Turn;
import io.larimar.codec.Frame;
import io.larimar.codec.SoftPrefix;
import io.larimar.decoder.Contrast;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.decoder.Handover;
import io.larimar.decoder.Pointer;
import io.larimar.engine.FactMemory.ReadOut;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Puts read-outs and prompt together for the decoder: soft prefix, prompt tokens, and a contrast
 * where the model has no learned frame. Without read-outs it gives exactly the base model's input.
 */
public final class Conditioner {
  /**
   * Tokens between two borders. Fewer, such as what a template puts before the first turn, are sooner
   * computed again than decoded by themselves each time.
   */
  private static final int LEAST_KEPT = 8;

  private static final String USER = "user";

  /** An answer that was not said within so many tokens is not what the text is about. */
  private static final int UNSAID = 24;

  /** How far the pointer raises an answer, in nats (docs/decisions/0027). */
  public static final float POINTER_BIAS = 4;

  /** How much further where a question has ended, so that its answer stands next. */
  static final float QUESTION_BIAS = 6;

  private static final int FIRST_KANA = 0x3040;
  private static final int LAST_KANA = 0x30FF;
  private static final String JAPANESE = "日本語の質問に答えてください";

  private final Decoder decoder;
  private final Vocabulary vocabulary;
  private final Frame frame;
  private final Contrast contrast;
  private final float bias;
  private final boolean japanese; // whether the vocabulary has words of it, not only characters

  /** For a decoder, with its own frame. */
  public Conditioner(Decoder decoder) {
    this(decoder, decoder.frame(),
        decoder.frame().learned() ? Contrast.NONE : Contrast.TEXT_FRAME, POINTER_BIAS);
  }

  /** For a decoder, with another frame, contrast or bias of the {@link Pointer}. */
  public Conditioner(Decoder decoder, Frame frame, Contrast contrast, float bias) {
    this.bias = bias;
    this.decoder = decoder;
    this.vocabulary = decoder.vocabulary();
    this.frame = frame;
    this.contrast = contrast;
    this.japanese = vocabulary.tokenize(JAPANESE, false, false).length < JAPANESE.length();
  }

  /** The contrast that is used with a prefix. */
  public Contrast contrast() {
    return contrast;
  }

  /** The soft prefix of these read-outs' tokens, best first; none for none. */
  public SoftPrefix prefix(List<int[]> facts) {
    return frame.prefix(facts);
  }

  /** Tokens of a text to be continued, behind a prefix or bare. */
  public int[] continuation(String text, SoftPrefix prefix) {
    return prefix.isEmpty()
        ? vocabulary.tokenize(text, true, false)
        : vocabulary.tokenize(frame.lead() + text, false, false);
  }

  /** Tokens of a prompt, behind a prefix or bare. */
  public int[] tokens(Prompt prompt, SoftPrefix prefix) {
    return tokenise(prompt, prefix).tokens();
  }

  /** A prompt's tokens, and the places before the user's turns, far enough apart. */
  private record Tokens(int[] tokens, List<Integer> borders) {}

  private Tokens tokenise(Prompt prompt, SoftPrefix prefix) {
    return prompt.chat()
        ? conversation(prompt.turns(), prefix)
        : new Tokens(continuation(prompt.lastTurn(), prefix), List.of());
  }

  /**
   * The prompt in a form that the model speaks: a conversation where it has a chat template, else its
   * last turn as question and answer in plain text. A single question in kana is put in a template only for a model
   * whose vocabulary has words of Japanese. (SmolLM2's has none; its chat turns answer Japanese with a
   * remark in English, its plain text with the fact.)
   */
  public Prompt spoken(Prompt prompt) {
    String last = prompt.lastTurn();
    boolean kana = last.codePoints().anyMatch(c -> c >= FIRST_KANA && c <= LAST_KANA);
    boolean foreign = kana && !japanese && prompt.turns().size() == 1;
    if (!prompt.chat() || decoder.model().chatTemplate().isPresent() && !foreign) {
      return prompt;
    }
    return Prompt.raw(
        kana ? "質問: " + last + "\n答え:" : "Question: " + last + "\nAnswer:");
  }

  /**
   * A conversation's tokens. The template's control tokens are read as such, what people wrote is
   * not: the template is filled with placeholders, and the turns are tokenised apart.
   */
  private Tokens conversation(List<Turn> turns, SoftPrefix prefix) {
    String marker = UUID.randomUUID().toString();
    List<Turn> marked = IntStream.range(0, turns.size())
        .mapToObj(i -> new Turn(turns.get(i).role(), marker + i + ";"))
        .toList();
    String template = vocabulary.applyTemplate(marked);
    List<int[]> parts = new ArrayList<>();
    List<Integer> borders = new ArrayList<>();
    int length = 0;
    int at = 0;
    for (int i = 0; i < turns.size(); i++) {
      String place = marker + i + ";";
      int found = template.indexOf(place, at);
      parts.add(vocabulary.tokenize(
          template.substring(at, found), at == 0 && prefix.isEmpty(), true));
      length += parts.getLast().length;
      int before = borders.isEmpty() ? 0 : borders.getLast();
      if (length - before >= LEAST_KEPT && turns.get(i).role().equals(USER)) {
        borders.add(length);
      }
      parts.add(vocabulary.tokenize(turns.get(i).content().strip(), false, false));
      length += parts.getLast().length;
      at = found + place.length();
    }
    parts.add(vocabulary.tokenize(template.substring(at), false, true));
    int[] tokens = parts.stream().flatMapToInt(IntStream::of).toArray();
    return new Tokens(tokens, borders.stream().filter(border -> border < tokens.length).toList());
  }

  /**
   * The decoder's request for a prompt, as it is {@link #spoken}, and what it brought back. A text
   * to be continued leaves the prefix once the facts' answers have been said, or after
   * {@value #UNSAID} tokens; an answer to a question keeps it, as the frame has learned to end
   * there, or ends with its line where the question is put as plain text.
   */
  public GenerationRequest answer(
      Prompt asked, List<ReadOut> readOuts, Sampler.Settings sampling, int maxTokens,
      List<String> stops) {
    Prompt prompt = spoken(asked);
    boolean line = asked.chat() && !prompt.chat() && !readOuts.isEmpty();
    GenerationRequest request =
        request(prompt, readOuts, sampling, maxTokens, line ? andLineBreak(stops) : stops);
    boolean known = readOuts.stream().allMatch(readOut -> readOut.answer().length > 0);
    if (asked.chat() || readOuts.isEmpty() || !known) {
      return request;
    }
    List<String> answers = readOuts.stream()
        .map(readOut -> vocabulary.detokenize(readOut.answer()).replaceAll("[.。\\s]+$", ""))
        .toList();
    return new GenerationRequest(request.prefix(), request.prompt(),
        tokens(prompt, SoftPrefix.NONE), request.contrast(), new Handover(answers, UNSAID),
        sampling, maxTokens, stops, request.borders()).pointing(request.pointer());
  }

  /** An answer in plain text has no turn to end; it is one line. */
  private static List<String> andLineBreak(List<String> stops) {
    List<String> all = new ArrayList<>(stops);
    if (all.size() < GenerationRequest.MAX_STOPS) {
      all.add("\n");
    }
    return all;
  }

  /** The decoder's request for a prompt and facts that stay in its prefix to the end. */
  public GenerationRequest request(
      Prompt prompt, List<ReadOut> readOuts, Sampler.Settings sampling, int maxTokens,
      List<String> stops) {
    SoftPrefix prefix = prefix(readOuts.stream().map(ReadOut::tokens).toList());
    Tokens tokens = tokenise(prompt, prefix);
    boolean contrasts = !prefix.isEmpty() && contrast.alpha() > 0;
    return new GenerationRequest(prefix, tokens.tokens(),
        contrasts ? tokens(prompt, SoftPrefix.NONE) : new int[0],
        contrasts ? contrast : Contrast.NONE, Handover.NONE, sampling, maxTokens, stops,
        tokens.borders()).pointing(
            prompt.chat() ? Pointer.NONE : pointer(prompt.lastTurn(), readOuts));
  }

  /**
   * The pointer into the one fact that a text to be continued asks for, as its next words may be
   * the answer, also those of a question put as plain text; a chat turn has a sentence around it.
   * Where several facts are in scope (two hops, a list) the prefix alone says what belongs where.
   */
  public Pointer pointer(String text, List<ReadOut> readOuts) {
    return readOuts.size() == 1 && readOuts.getFirst().answer().length > 0
        ? new Pointer(readOuts.getFirst().answer(), bias(text)) : Pointer.NONE;
  }

  /**
   * The pointer's bias behind a text, in nats. After a question mark it is {@value #QUESTION_BIAS}
   * more: the answer is what is missing, and the decoder's own first choice is a sentence around it,
   * begun with the subject. After a space it is 0: an answer begins with a space of its own, so it
   * would stand behind two.
   */
  public float bias(String text) {
    if (bias == 0 || text.isEmpty()) {
      return bias;
    }
    char last = text.charAt(text.length() - 1);
    return Character.isWhitespace(last) ? 0
        : last == '?' || last == '？' ? bias + QUESTION_BIAS : bias;
  }
}
