package io.larimar.decoder;

import io.larimar.bindings.Batch;
import io.larimar.bindings.Context;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Model;
import io.larimar.bindings.SequenceState;
import io.larimar.codec.DeepHead;
import io.larimar.codec.SoftPrefix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * What the decoder's thread owns and does: the context, its sequences, and the steps of all running
 * generations, batched together (continuous batching).
 *
 * <p>Sequence 0 keeps the rows that every soft prefix begins with; they are decoded once.
 *
 * <p>Where one request runs at a time the context begins short and grows to its full length before
 * the first request that needs it: most never do, and a start has 70 MB less to clear
 * (SmolLM2-135M, 4,096 positions). The length changes no bit of an answer.
 */
final class DecoderLoop implements AutoCloseable {
  /** Tokens that may be put aside as they would go on with an answer's last word. */
  private static final int MOST_SPOILING = 32;

  private static final int SHARED_HEAD = 0;
  private static final int FIRST_LENGTH = 1_024;
  private static final int[] NOTHING = {};

  private final Model model;
  private final BooleanSupplier stopping;
  private final Context.Options full; // of a context that every request fits in
  private Context context;
  private final Batch tokens;
  private final Batch rows;
  private final BitSet free = new BitSet();
  private final List<Slot> active = new ArrayList<>();
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment combined; // (V) logits after a contrast
  private float[] head = new float[0]; // the rows that every prefix began with last
  private Optional<DeepHead> deep = Optional.empty(); // what stood for them in the cache
  private byte[] headState = new byte[0]; // their keys and values
  private boolean headThere; // whether sequence 0 holds them
  private final PrefixCache prefixes;
  private final BooleanSupplier stepIsIdle = this::stepIsIdle;
  private final BooleanSupplier beginningIsIdle = this::beginningIsIdle;
  private Optional<Slot> beginning = Optional.empty(); // the one whose prompt is being brought in
  private final Likeliest likeliest = new Likeliest();
  private boolean used; // since the cache was last overwritten

  /**
   * @param stopping whether the decoder is being closed; a running computation is then given up
   * @param kept gets the bytes of the beginnings that are kept
   */
  DecoderLoop(
      Model model, Decoder.Options options, BooleanSupplier stopping, AtomicLong kept) {
    this.model = model;
    this.stopping = stopping;
    int length = Math.min(options.contextLength(), model.trainedContext());
    this.full = contextOptions(options, length);
    // Pinned threads of two contexts would be pinned to one processor.
    boolean whole = options.parallel() > 1 || options.tuning().pinned();
    int first = Math.min(length, Math.max(FIRST_LENGTH, options.batch()));
    this.context = Context.open(model, contextOptions(options, whole ? length : first));
    this.prefixes = new PrefixCache(options.prefixCacheBytes(), kept);
    this.tokens = Batch.ofTokens(options.batch());
    this.rows = Batch.ofEmbeddings(options.batch(), model.embeddingWidth());
    this.combined = arena.allocate(4L * model.vocabulary().size(), 64);
    free.set(SHARED_HEAD + 1, options.sequences());
  }

  private static Context.Options contextOptions(Decoder.Options options, int length) {
    return new Context.Options(length, options.batch(), options.sequences(), options.threads(),
        options.threads(), options.tuning());
  }

  int freeSequences() {
    return free.cardinality();
  }

  boolean idle() {
    return active.isEmpty();
  }

  /** Whether a request fits beside those that run; one that runs alone always does. */
  boolean hasRoom(Slot slot, int parallel) {
    int cells = head.length / model.embeddingWidth()
        + active.stream().mapToInt(s -> s.request().cells()).sum();
    return active.isEmpty()
        || active.size() < parallel && cells + slot.request().cells() <= context.length();
  }

  /** Decodes the request's prefix and lets it take part in the steps, unless it is over. */
  void admit(Slot slot) {
    if (slot.over()) {
      slot.retire();
      return;
    }
    beginning = Optional.of(slot);
    try {
      if (active.isEmpty()) {
        grow(head.length / model.embeddingWidth() + slot.request().cells());
        reset();
      }
      slot.open(model.vocabulary(), take(), slot.contrasts() ? take() : -1);
      begin(slot);
      active.add(slot);
    } catch (RuntimeException e) {
      release(slot);
      if (e instanceof CancellationException && !stopping.getAsBoolean()) {
        slot.retire();
      } else {
        slot.fail(e);
      }
    } finally {
      beginning = Optional.empty();
    }
  }

  /** Makes the context as long as it may be unless so many positions fit; nothing runs. */
  private void grow(int positions) {
    if (positions <= context.length() || context.length() >= full.length()) {
      return;
    }
    Context longer = Context.open(model, full); // where there is no memory for it, this one stays
    context.clear(true);
    context.close();
    context = longer;
  }

  /**
   * Brings the cache to the state of a new one. Sums run over its cells in their order, so a
   * request that starts from here gets the same bits every time, whatever ran before it.
   */
  private void reset() {
    context.clear(false);
    headThere = false;
    free.set(SHARED_HEAD + 1, context.options().sequences());
  }

  /** One decoding step for all running generations. */
  void step() {
    try {
      retire();
      fill();
      if (tokens.count() == 0) {
        return;
      }
      decode(tokens, stepIsIdle);
      for (int i = 0; i < active.size(); ) {
        Slot slot = active.get(i);
        if (slot.sampled() && ended(slot)) {
          active.remove(i);
        } else {
          i++;
        }
      }
    } catch (CancellationException e) {
      retire(); // Or the decoder is being closed: its thread fails what is left.
    } catch (RuntimeException e) {
      failAll(e);
    }
    // Whoever had no place in a full batch comes first in the next.
    Collections.rotate(active, -1);
  }

  /** Ends those that are over. */
  private void retire() {
    for (int i = 0; i < active.size(); ) {
      Slot slot = active.get(i);
      if (slot.over()) {
        active.remove(i);
        release(slot);
        slot.retire();
      } else {
        i++;
      }
    }
  }

  /** Whether a step is computed for nobody. */
  private boolean stepIsIdle() {
    for (int i = 0; i < active.size(); i++) {
      if (!active.get(i).over()) {
        return stopping.getAsBoolean();
      }
    }
    return true;
  }

  private boolean beginningIsIdle() {
    return stopping.getAsBoolean() || beginning.isPresent() && beginning.get().over();
  }

  private void fill() {
    tokens.clear();
    for (int i = 0; i < active.size(); i++) {
      active.get(i).enter(tokens);
    }
  }

  /** Samples for one generation; one whose grammar leaves no token fails by itself. */
  private boolean ended(Slot slot) {
    try {
      return advance(slot);
    } catch (LlamaException e) {
      release(slot);
      slot.fail(e);
      return true;
    }
  }

  /** Samples for one generation, on through what was guessed right; true when it has ended. */
  private boolean advance(Slot slot) {
    boolean over;
    int right = 0;
    do {
      if (slot.accept(choose(slot, right), model.vocabulary())) {
        release(slot);
        return true;
      }
      over = slot.handsOver();
    } while (!over && slot.guessedRight(right++));
    if (slot.bareSequence() >= 0 && (over || slot.alpha() == 0)) {
      giveBack(slot.dropBare());
    }
    if (over) {
      context.remove(slot.sequence(), -1, -1);
      slot.handOver();
    } else if (right <= slot.guessed()) {
      context.remove(slot.sequence(), slot.position(), -1);
    }
    return false;
  }

  /** The next token, by the logits behind so many guesses. */
  private int choose(Slot slot, int guesses) {
    float alpha = slot.alpha();
    MemorySegment with = context.logits(slot.output() + guesses);
    slot.point(with);
    MemorySegment logits = contrasted(slot, with, alpha);
    int token = pick(slot, logits, alpha);
    for (int i = 0; i < MOST_SPOILING && slot.spoils(token, model.vocabulary()); i++) {
      with.setAtIndex(ValueLayout.JAVA_FLOAT, token, Float.NEGATIVE_INFINITY);
      logits = contrasted(slot, with, alpha); // its floor may lie lower now
      token = pick(slot, logits, alpha);
    }
    slot.tell(logits, token, model.vocabulary());
    return token;
  }

  private MemorySegment contrasted(Slot slot, MemorySegment with, float alpha) {
    if (alpha == 0) {
      return with;
    }
    slot.request().contrast().combine(with, context.logits(slot.bareOutput()), alpha, combined);
    return combined;
  }

  private int pick(Slot slot, MemorySegment logits, float alpha) {
    return slot.greedy()
        ? likeliest.of(logits)
        : alpha > 0 ? slot.sampler().sample(logits)
        : slot.sampler().sample(context, slot.output());
  }

  private void failAll(RuntimeException cause) {
    for (Slot slot : active) {
      slot.fail(cause);
      slot.close();
    }
    active.clear();
    erase();
  }

  /** Empties the cache and overwrites its bytes; runs while no generation does. */
  void erase() {
    if (used) {
      context.clear(true);
      used = false;
    }
    prefixes.erase();
    headThere = false;
    free.set(SHARED_HEAD + 1, context.options().sequences());
  }

  private void release(Slot slot) {
    if (slot.sequence() > 0) {
      giveBack(slot.sequence());
    }
    if (slot.bareSequence() > 0) {
      giveBack(slot.bareSequence());
    }
    slot.close();
  }

  private int take() {
    int sequence = free.nextSetBit(0);
    if (sequence < 0) {
      throw new IllegalStateException("no free sequence: " + context.options().sequences());
    }
    free.clear(sequence);
    return sequence;
  }

  private void giveBack(int sequence) {
    context.remove(sequence, -1, -1);
    free.set(sequence);
  }

  private void decode(Batch batch, BooleanSupplier stop) {
    used = true;
    if (context.decode(batch, stop) == Context.Outcome.NO_ROOM) {
      throw new LlamaException("llama_decode", 1, "the context of " + context.length()
          + " positions is full; give a shorter prompt, fewer facts or a longer context");
    }
  }

  /**
   * Brings a slot's sequence to the last border of its prompt: from the longest beginning that is
   * kept, and on border by border. Each part is decoded by itself whether or not what comes before
   * it was kept, so a kept beginning changes no bit of what follows.
   */
  private void begin(Slot slot) {
    GenerationRequest request = slot.request();
    SoftPrefix prefix = request.prefix();
    int[] prompt = request.prompt();
    List<Integer> borders = request.borders();
    if (!prefixes.enabled() || prefix.isEmpty() && borders.isEmpty()) {
      prefill(prefix, slot.sequence());
      return;
    }
    PrefixCache.Key[] keys = new PrefixCache.Key[borders.size() + 1];
    keys[0] = prefixes.key(request.tenant(), prefix);
    for (int i = 0; i < borders.size(); i++) {
      keys[i + 1] = prefixes.key(keys[i], prompt, i == 0 ? 0 : borders.get(i - 1), borders.get(i));
    }
    int known = borders.size(); // index of the longest beginning that is kept
    Optional<PrefixCache.Entry> entry = prefixes.find(keys[known]);
    while (entry.isEmpty() && known > 0) {
      entry = prefixes.find(keys[--known]);
    }
    if (entry.isPresent()) {
      used = true;
      context.restore(slot.sequence(), entry.get().state());
    } else {
      prefill(prefix, slot.sequence());
      keep(keys[0], slot.sequence(), prefix.positions());
    }
    int kept = entry.map(PrefixCache.Entry::positions).orElse(0);
    for (int i = known; i < borders.size(); i++) {
      int from = i == 0 ? 0 : borders.get(i - 1);
      decodeTokens(prompt, from, borders.get(i), prefix.positions(), slot.sequence());
      keep(keys[i + 1], slot.sequence(), prefix.positions() + borders.get(i));
    }
    slot.begin(borders.isEmpty() ? 0 : borders.getLast(), kept);
  }

  private void keep(PrefixCache.Key key, int sequence, int positions) {
    if (positions > 0) {
      prefixes.keep(key, positions, context.stateBytes(sequence),
          state -> context.state(sequence, state));
    }
  }

  /** Decodes the tokens [from, to) of a prompt that stands behind so many positions. */
  private void decodeTokens(int[] prompt, int from, int to, int before, int sequence) {
    for (int at = from; at < to; ) {
      requireRunning();
      tokens.clear();
      for (; at < to && tokens.count() < tokens.capacity(); at++) {
        tokens.add(prompt[at], before + at, sequence, false);
      }
      decode(tokens, beginningIsIdle);
    }
  }

  private void requireRunning() {
    if (beginningIsIdle()) {
      throw new CancellationException("nobody waits for this prompt");
    }
  }

  /** Decodes a prefix's rows into an empty sequence; the constant ones are shared, not computed. */
  private void prefill(SoftPrefix prefix, int sequence) {
    if (prefix.isEmpty()) {
      return;
    }
    int width = model.embeddingWidth();
    if (prefix.rows().length != prefix.positions() * width) {
      throw new IllegalArgumentException("prefix rows must have the model's width: floats="
          + prefix.rows().length + ", P=" + prefix.positions() + ", D=" + width);
    }
    if (prefix.constant() > 0) {
      shareHead(prefix, prefix.constant() * width);
      context.copy(SHARED_HEAD, sequence, 0, prefix.constant());
    }
    decodeRows(prefix, prefix.constant(), prefix.positions(), sequence);
  }

  /** Makes sequence 0 hold the prefix's constant positions: kept there, put back, or decoded. */
  private void shareHead(SoftPrefix prefix, int floats) {
    boolean known = Arrays.equals(prefix.rows(), 0, floats, head, 0, head.length)
        && prefix.deep().equals(deep);
    if (known && headThere) {
      return;
    }
    if (known) {
      context.restore(SHARED_HEAD, headState);
    } else {
      headThere = false;
      context.remove(SHARED_HEAD, -1, -1);
      byte[] state;
      if (prefix.deep().isPresent()) { // one row tells how the cache is laid out
        decodeRows(prefix, 0, 1, SHARED_HEAD);
        state = SequenceState.repeat(context.state(SHARED_HEAD), prefix.constant());
        prefix.deep().get().replaceIn(state);
        context.restore(SHARED_HEAD, state);
      } else {
        decodeRows(prefix, 0, prefix.constant(), SHARED_HEAD);
        state = context.state(SHARED_HEAD);
      }
      // Only now: a head that does not fit must be refused again, not be taken for one that is known.
      head = Arrays.copyOf(prefix.rows(), floats);
      deep = prefix.deep();
      headState = state;
    }
    headThere = true;
  }

  private void decodeRows(SoftPrefix prefix, int from, int to, int sequence) {
    MemorySegment source = MemorySegment.ofArray(prefix.rows());
    for (int at = from; at < to; ) {
      requireRunning();
      rows.clear();
      for (; at < to && rows.count() < rows.capacity(); at++) {
        rows.addRow(source, at, at, sequence, false);
      }
      decode(rows, beginningIsIdle);
    }
  }

  /** Scores the continuations of prompts; runs while no generation does. */
  List<List<ScoreRequest.Score>> score(ScoreRequest request) {
    grow(full.length());
    reset();
    Scoring scoring = new Scoring(request);
    try {
      return scoring.run();
    } finally {
      // Whatever happened, no half-scored sequence may stay behind.
      free.set(SHARED_HEAD + 1, context.options().sequences());
      for (int s = SHARED_HEAD + 1; s < context.options().sequences(); s++) {
        context.remove(s, -1, -1);
      }
    }
  }

  /**
   * Logits after one decoded token, as if it came as a row of {@code scale} times its embedding.
   */
  float[] probe(int token, float[] row) {
    int sequence = take();
    try {
      int index;
      if (row.length == 0) {
        tokens.clear();
        index = tokens.add(token, 0, sequence, true);
        decode(tokens, stopping);
      } else {
        rows.clear();
        index = rows.addRow(MemorySegment.ofArray(row), 0, 0, sequence, true);
        decode(rows, stopping);
      }
      return context.logits(index).toArray(ValueLayout.JAVA_FLOAT);
    } finally {
      giveBack(sequence);
    }
  }

  @Override
  public void close() {
    for (Slot slot : active) {
      slot.fail(new IllegalStateException("the decoder was closed"));
      slot.close();
    }
    active.clear();
    tokens.close();
    rows.close();
    prefixes.close();
    context.clear(true);
    context.close();
    arena.close();
  }

  /** One scoring request: prompts first, several to a batch, then what answers add to them. */
  private final class Scoring {
    private final ScoreRequest request;
    private final boolean contrast;
    private final int prefixSequence;
    private final double[][] nll;
    private final int[][] hits;

    private Scoring(ScoreRequest request) {
      this.request = request;
      this.contrast = request.contrast().alpha() > 0;
      this.prefixSequence = request.prefix().isEmpty() ? -1 : take();
      this.nll = new double[request.items().size()][];
      this.hits = new int[request.items().size()][];
    }

    private List<List<ScoreRequest.Score>> run() {
      if (prefixSequence >= 0) {
        prefill(request.prefix(), prefixSequence);
      }
      List<ScoreRequest.Item> items = request.items();
      for (int from = 0; from < items.size(); ) {
        int to = from;
        int cells = 0;
        // A third of the sequences for prompts leaves room for their bare twins and the answers.
        int most = Math.max(1, context.options().sequences() / 3);
        while (to < items.size() && to - from < most) {
          int more = items.get(to).prompt().length + (contrast ? items.get(to).bare().length : 0);
          if (to > from && cells + more > tokens.capacity()) {
            break;
          }
          cells += more;
          to++;
        }
        scoreGroup(from, to);
        from = to;
      }
      List<List<ScoreRequest.Score>> scores = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        List<ScoreRequest.Score> row = new ArrayList<>();
        for (int a = 0; a < nll[i].length; a++) {
          int length = items.get(i).answers().get(a).length;
          row.add(new ScoreRequest.Score(nll[i][a] / length, (double) hits[i][a] / length));
        }
        scores.add(row);
      }
      return scores;
    }

    private void scoreGroup(int from, int to) {
      int[] with = new int[to - from];
      int[] bare = new int[to - from];
      int[] withOutput = new int[to - from];
      int[] bareOutput = new int[to - from];
      tokens.clear();
      for (int i = from; i < to; i++) {
        ScoreRequest.Item item = request.items().get(i);
        with[i - from] = take();
        if (prefixSequence >= 0) {
          context.copy(prefixSequence, with[i - from], 0, -1);
        }
        withOutput[i - from] = feed(item.prompt(), request.prefix().positions(), with[i - from]);
        if (contrast) {
          bare[i - from] = take();
          bareOutput[i - from] = feed(item.bare(), 0, bare[i - from]);
        }
      }
      decode(tokens, stopping);
      for (int i = from; i < to; i++) {
        List<int[]> answers = request.items().get(i).answers();
        nll[i] = new double[answers.size()];
        hits[i] = new int[answers.size()];
        MemorySegment logits = logits(withOutput[i - from], bareOutput[i - from], NOTHING, 0);
        LogSoftmax softmax = LogSoftmax.of(logits);
        for (int a = 0; a < answers.size(); a++) {
          count(i, a, softmax, logits, answers.get(a)[0]);
        }
      }
      scoreRest(from, to, with, bare);
      for (int i = 0; i < to - from; i++) {
        giveBack(with[i]);
        if (contrast) {
          giveBack(bare[i]);
        }
      }
    }

    /** Feeds a prompt; all but its last tokens at once where it is longer than a batch. */
    private int feed(int[] prompt, int position, int sequence) {
      for (int i = 0; i < prompt.length; i++) {
        if (tokens.count() == tokens.capacity()) {
          if (tokens.capacity() >= prompt.length) {
            throw new AssertionError("a group is cut to fit one batch");
          }
          decode(tokens, stopping);
          tokens.clear();
        }
        tokens.add(prompt[i], position + i, sequence, i == prompt.length - 1);
      }
      return tokens.count() - 1;
    }

    /** Scores the second and later tokens of all answers of a group, as many at once as fit. */
    private void scoreRest(int from, int to, int[] with, int[] bare) {
      List<Branch> branches = new ArrayList<>();
      tokens.clear();
      for (int i = from; i < to; i++) {
        List<int[]> answers = request.items().get(i).answers();
        for (int a = 0; a < answers.size(); a++) {
          int[] ids = answers.get(a);
          int cells = (ids.length - 1) * (contrast ? 2 : 1);
          if (cells == 0) {
            continue;
          }
          if (cells > tokens.capacity() - tokens.count() || freeSequences() < 2) {
            flush(branches);
          }
          int output = branch(branches, with[i - from], ids);
          int bareOutput = contrast ? branch(branches, bare[i - from], ids) : -1;
          branches.getLast().scores(i, a, ids, output, bareOutput);
        }
      }
      flush(branches);
    }

    /**
     * Forks a sequence and feeds it an answer but its last token; the index of its first output.
     */
    private int branch(List<Branch> branches, int source, int[] ids) {
      int sequence = take();
      branches.add(new Branch(sequence));
      context.copy(source, sequence, 0, -1);
      int position = context.lastPosition(source) + 1;
      int first = tokens.count();
      for (int t = 0; t < ids.length - 1; t++) {
        tokens.add(ids[t], position + t, sequence, true);
      }
      return first;
    }

    private void flush(List<Branch> branches) {
      if (branches.isEmpty()) {
        return;
      }
      decode(tokens, stopping);
      for (Branch branch : branches) {
        for (int t = 0; t < branch.ids.length - 1; t++) {
          MemorySegment logits =
              logits(branch.output + t, branch.bareOutput + t, branch.ids, t + 1);
          count(branch.item, branch.answer, LogSoftmax.of(logits), logits, branch.ids[t + 1]);
        }
        giveBack(branch.sequence);
      }
      branches.clear();
      tokens.clear();
    }

    /** Logits after the first {@code count} tokens of an answer, raised and contrasted. */
    private MemorySegment logits(int withOutput, int bareOutput, int[] answer, int count) {
      MemorySegment with = context.logits(withOutput);
      request.pointer().apply(with, answer, count);
      if (!contrast) {
        return with;
      }
      request.contrast().combine(
          with, context.logits(bareOutput), request.contrast().alpha(), combined);
      return combined;
    }

    private void count(
        int item, int answer, LogSoftmax softmax, MemorySegment logits, int token) {
      nll[item][answer] -= softmax.of(logits, token);
      hits[item][answer] += softmax.argmax() == token ? 1 : 0;
    }
  }

  /** A sequence that scores an answer; the bare twin of a contrast scores nothing itself. */
  private static final class Branch {
    private final int sequence;
    private int[] ids = new int[] {0};
    private int item;
    private int answer;
    private int output;
    private int bareOutput;

    private Branch(int sequence) {
      this.sequence = sequence;
    }

    private void scores(int item, int answer, int[] ids, int output, int bareOutput) {
      this.item = item;
      this.answer = answer;
      this.ids = ids;
      this.output = output;
      this.bareOutput = bareOutput;
    }
  }
}
