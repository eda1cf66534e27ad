package io.larimar.decoder;

import io.larimar.bindings.Batch;
import io.larimar.bindings.Sampler;
import io.larimar.bindings.Vocabulary;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;

/** One running generation: its sequences, what is still to be decoded, what came out. */
final class Slot implements AutoCloseable {
  private static final char LAST_LATIN = '\u024F';

  private final GenerationRequest request;
  private final TokenStream stream;
  private final long submittedNanos = System.nanoTime();
  private final long allowedNanos; // from then on; what has no deadline has all the time
  private final TextAssembler text;
  private final int[] generated;
  private final PromptLookup lookup;
  private Sampler sampler; // opened on the decoder's thread
  private int sequence = -1;
  private int bareSequence = -1;
  private final int[] next = new int[1]; // the token that was sampled last
  private int[] pending; // [from, end) of it is still to be decoded
  private int from;
  private int[] barePending;
  private int bareFrom;
  private int position;
  private int barePosition;
  private int output = -1;
  private int bareOutput = -1;
  private int count;
  private int kept; // positions that were not decoded but kept from before
  private boolean handedOver;
  private long firstTokenNanos;

  private Slot(GenerationRequest request, TokenStream stream, int speculate) {
    this.request = request;
    this.stream = stream;
    this.allowedNanos = request.deadline().map(Duration::toNanos).orElse(Long.MAX_VALUE);
    this.text = new TextAssembler(request.stops(), request.maxTokens());
    this.generated = new int[request.maxTokens()];
    this.lookup =
        new PromptLookup(greedy() ? speculate : 0, request.prompt(), request.maxTokens());
    this.pending = request.prompt();
    this.barePending = request.bare();
    this.position = request.prefix().positions();
  }

  /**
   * A slot with the stream that its pieces come by.
   *
   * @param speculate most tokens that are guessed ahead
   */
  static Slot of(GenerationRequest request, int speculate) {
    TokenStream stream = new TokenStream(request.maxTokens() + 1); // and what was held back
    return new Slot(request, stream, speculate);
  }

  TokenStream stream() {
    return stream;
  }

  GenerationRequest request() {
    return request;
  }

  boolean contrasts() {
    return request.contrast().alpha() > 0;
  }

  void open(Vocabulary vocabulary, int sequence, int bareSequence) {
    this.sequence = sequence;
    this.bareSequence = bareSequence;
    if (!greedy()) {
      this.sampler = Sampler.open(vocabulary, request.sampling(), request.form().grammar());
    }
  }

  /** Whether the likeliest token is taken, whatever it is, which needs no sampler. */
  boolean greedy() {
    return request.sampling().temperature() == 0 && request.form().grammar().isBlank();
  }

  /** Tells how likely a chosen token was, where that is wanted. */
  void tell(MemorySegment logits, int token, Vocabulary vocabulary) {
    if (request.form().tells() && !vocabulary.endsGeneration(token)) {
      stream.tell(Likelihood.of(logits, token, request.form().likeliest()));
    }
  }

  /** Says that the prompt's first tokens stand in the sequence already. */
  void begin(int promptTokens, int keptPositions) {
    from = promptTokens;
    position = request.prefix().positions() + promptTokens;
    kept = keptPositions;
  }

  int sequence() {
    return sequence;
  }

  int bareSequence() {
    return bareSequence;
  }

  Sampler sampler() {
    return sampler;
  }

  /** Whether nobody waits for it any longer: its caller has gone, or its deadline has passed. */
  boolean over() {
    return stream.cancelled() || late();
  }

  private boolean late() {
    return System.nanoTime() - submittedNanos >= allowedNanos;
  }

  /** Ends a generation that is {@link #over}; what it has said so far is kept. */
  void retire() {
    finish(stream.cancelled() ? Completion.Finish.CANCELLED : Completion.Finish.DEADLINE);
  }

  /** The contrast's strength for the token to come; 0 once its sequence was dropped. */
  float alpha() {
    return bareSequence < 0 ? 0 : request.contrast().at(count);
  }

  /** Raises what the pointer stands on in the logits of the token to come. */
  void point(MemorySegment logits) {
    request.pointer().apply(logits, generated, count);
  }

  /** Whether a token would make another word of the answer that has just been said. */
  boolean spoils(int token, Vocabulary vocabulary) {
    return request.pointer().said(generated, count) && request.form().grammar().isBlank()
        && latin(vocabulary.text(token), true)
        && latin(vocabulary.text(generated[count - 1]), false);
  }

  /** Whether a text begins, or ends, with a letter or digit of the Latin script. */
  private static boolean latin(String text, boolean begins) {
    char c = text.isEmpty() ? ' ' : text.charAt(begins ? 0 : text.length() - 1);
    return c <= LAST_LATIN && Character.isLetterOrDigit(c);
  }

  /** Stops comparing with the bare prompt; returns the sequence to give back. */
  int dropBare() {
    int dropped = bareSequence;
    bareSequence = -1;
    return dropped;
  }

  /** Whether the soft prefix is to be left now. */
  boolean handsOver() {
    return !handedOver && request.handover().happens()
        && request.handover().due(text.text(), count);
  }

  /** Begins the sequence anew, which is empty now, with the bare prompt and what was generated. */
  void handOver() {
    handedOver = true;
    pending = Arrays.copyOf(request.bare(), request.bare().length + count);
    System.arraycopy(generated, 0, pending, request.bare().length, count);
    from = 0;
    position = 0;
  }

  /**
   * Puts what is to be decoded next into the batch. A prompt that does not fit goes in pieces; the
   * last tokens of both sequences go together, as sampling needs the logits of both. Behind a token
   * that was sampled stands what is guessed to follow it, each with an output of its own.
   */
  void enter(Batch batch) {
    output = -1;
    bareOutput = -1;
    lookup.clear();
    int room = batch.capacity() - batch.count();
    int left = pending.length - from;
    int bareLeft = bareSequence >= 0 ? barePending.length - bareFrom : 0;
    if (left + bareLeft <= room) {
      output = feed(batch, left, true);
      if (bareSequence < 0 && pending == next) {
        enterGuess(batch);
      }
      if (bareSequence >= 0) {
        bareOutput = feedBare(batch, bareLeft, true);
      }
      return;
    }
    int part = Math.min(room, left - 1);
    feed(batch, part, false);
    if (bareSequence >= 0) {
      feedBare(batch, Math.min(room - part, bareLeft - 1), false);
    }
  }

  private void enterGuess(Batch batch) {
    int guessed = lookup.guess(
        Math.min(batch.capacity() - batch.count(), request.maxTokens() - count - 1));
    for (int i = 0; i < guessed; i++) {
      batch.add(lookup.token(i), position + i, sequence, true);
    }
  }

  /** Tokens that stand behind the sampled one as a guess. */
  int guessed() {
    return lookup.length();
  }

  /** Whether the i-th guess is the token that was accepted last; it need not be decoded then. */
  boolean guessedRight(int i) {
    boolean right = i < lookup.length() && lookup.token(i) == next[0];
    if (right) {
      from = 1;
      position++;
    }
    return right;
  }

  /** The position that its sequence goes on from. */
  int position() {
    return position;
  }

  private int feed(Batch batch, int tokens, boolean output) {
    int index = feed(batch, pending, from, tokens, position, sequence, output);
    from += tokens;
    position += tokens;
    return index;
  }

  private int feedBare(Batch batch, int tokens, boolean output) {
    int index = feed(batch, barePending, bareFrom, tokens, barePosition, bareSequence, output);
    bareFrom += tokens;
    barePosition += tokens;
    return index;
  }

  private static int feed(Batch batch, int[] tokens, int from, int count, int position,
      int sequence, boolean output) {
    int index = -1;
    for (int i = 0; i < count; i++) {
      index = batch.add(tokens[from + i], position + i, sequence, output && i == count - 1);
    }
    return index;
  }

  /** Whether the last batch holds logits for this generation. */
  boolean sampled() {
    return output >= 0;
  }

  int output() {
    return output;
  }

  int bareOutput() {
    return bareOutput;
  }

  /** Takes a sampled token; true when the generation has ended, its stream being completed then. */
  boolean accept(int token, Vocabulary vocabulary) {
    if (count == 0) {
      firstTokenNanos = System.nanoTime() - submittedNanos;
    }
    if (vocabulary.endsGeneration(token)) {
      finish(Completion.Finish.END);
      return true;
    }
    generated[count++] = token;
    lookup.add(token);
    stream.offer(text.append(token, vocabulary));
    if (text.stopped()) {
      finish(Completion.Finish.STOP);
      return true;
    }
    if (count == request.maxTokens()) {
      finish(Completion.Finish.LENGTH);
      return true;
    }
    next[0] = token;
    pending = next;
    from = 0;
    if (bareSequence >= 0) {
      barePending = next;
      bareFrom = 0;
    }
    return false;
  }

  void finish(Completion.Finish finish) {
    stream.offer(text.finish());
    stream.complete(new Completion(text.text(), Arrays.copyOf(generated, count), finish,
        request.prefix().positions(), request.prompt().length, kept,
        firstTokenNanos, System.nanoTime() - submittedNanos));
  }

  void fail(Throwable cause) {
    stream.fail(cause);
  }

  @Override
  public void close() {
    sequence = -1;
    bareSequence = -1;
    if (sampler != null) {
      sampler.close();
    }
  }
}
