package io.larimar.decoder;

import io.larimar.bindings.Context;
import io.larimar.bindings.ExitGuard;
import io.larimar.bindings.Model;
import io.larimar.bindings.NativeLibrary;
import io.larimar.bindings.TokenEmbeddings;
import io.larimar.bindings.Vocabulary;
import io.larimar.codec.Frame;
import io.larimar.codec.SoftPrefix;
import io.larimar.codec.TokenCodes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A model that generates and scores text, behind a soft prefix where one is given.
 *
 * <p>Thread-safe: one thread owns the native context and runs all requests, batching those that are
 * there at the same time; callers wait on their own stream. A request that runs alone is computed
 * in the same batches and cells every time, so the same prompt and seed give the same tokens. That
 * is the default; with {@link Options#withParallel} requests share batches, which is faster, and
 * the last bits of a logit may then depend on who else is there.
 */
public final class Decoder implements AutoCloseable {
  private static final int CALIBRATION_TOKEN = 100;
  private static final String UNSCALED = "llama"; // SmolLM2's architecture
  private static final int GROUP_ROUNDS = 4; // times as many requests in a group as run at once
  private static final Duration EXIT_WAIT = Duration.ofSeconds(10);
  private static final long SWEEP_NANOS = 20_000_000; // a token takes about as long

  private final NativeLibrary library;
  private final Model model;
  private final TokenEmbeddings embeddings;
  private final TokenCodes codes;
  private final Options options;
  private final BlockingQueue<Job> queue;
  private final Thread thread;
  private final float inputScale;
  private final Frame frame;
  private final int speculate; // 0 where a state cannot be cut at a position
  private final Thread atExit = new Thread(this::stopAtExit, "larimar-decoder-exit");
  private final AtomicLong prefixBytes = new AtomicLong();
  private Optional<Job> head = Optional.empty(); // the next to start; the decoder's thread alone
  private long sweptNanos = System.nanoTime();
  private volatile boolean closed;
  private boolean released;

  /**
   * How a decoder is opened.
   *
   * @param contextLength positions shared by all running requests; the model's own limit holds too
   * @param batch most positions decoded at once
   * @param parallel most requests that run at once; the others wait
   * @param queue most requests that wait; further ones are refused
   * @param threads CPU threads
   * @param model how the weights are loaded
   * @param frame a frame's file, instead of the shipped one
   * @param tuning how the KV cache is stored and computed with; a deep frame needs half precision
   * @param prefixCacheBytes most bytes of beginnings (facts, system prompts) kept as keys and
   *     values; 0 keeps none
   * @param speculate most tokens guessed ahead from what stood before, where the likeliest token is
   *     taken; they are verified in one batch, so the text is the same wherever a batch's length
   *     changes no logit (docs/decisions/0023)
   */
  public record Options(int contextLength, int batch, int parallel, int queue, int threads,
      Model.Options model, Optional<Path> frame, Context.Tuning tuning, long prefixCacheBytes,
      int speculate) {
    private static final long DEFAULT_PREFIX_CACHE_BYTES = 128L << 20;
    private static final int MAX_SPECULATE = 16; // the context keeps a row of logits for each

    /** Context 4096, batch 512, one at a time, 256 waiting, a thread per core to 8, CPU only. */
    public static Options defaults() {
      int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
      return new Options(4_096, 512, 1, 256, threads, Model.Options.CPU, Optional.empty(),
          Context.Tuning.DEFAULT, DEFAULT_PREFIX_CACHE_BYTES, 0);
    }

    public Options {
      if (parallel < 1 || parallel > 64) {
        throw new IllegalArgumentException("parallel must be in [1, 64]: parallel=" + parallel);
      }
      if (batch < 32 || batch > contextLength) {
        throw new IllegalArgumentException("batch must be in [32, contextLength]: batch=" + batch
            + ", contextLength=" + contextLength);
      }
      if (queue < 1 || threads < 1) {
        throw new IllegalArgumentException(
            "queue and threads must be positive: queue=" + queue + ", threads=" + threads);
      }
      if (prefixCacheBytes < 0) {
        throw new IllegalArgumentException(
            "prefixCacheBytes must not be negative: prefixCacheBytes=" + prefixCacheBytes);
      }
      if (speculate < 0 || speculate > MAX_SPECULATE) {
        throw new IllegalArgumentException(
            "speculate must be in [0, " + MAX_SPECULATE + "]: speculate=" + speculate);
      }
    }

    /** The same with another number of CPU threads. */
    public Options withThreads(int threads) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** The same with so many requests at once: more throughput, bits that depend on the company. */
    public Options withParallel(int parallel) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** The same with the weights loaded in another way. */
    public Options withModel(Model.Options model) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** The same with a frame of the caller's own. */
    public Options withFrame(Path frame) {
      return new Options(contextLength, batch, parallel, queue, threads, model,
          Optional.of(frame), tuning, prefixCacheBytes, speculate);
    }

    /** The same with more or less room for positions. */
    public Options withContextLength(int contextLength) {
      return new Options(contextLength, Math.min(batch, contextLength), parallel, queue, threads,
          model, frame, tuning, prefixCacheBytes, speculate);
    }

    /** The same with another KV cache, attention or placing of threads. */
    public Options withTuning(Context.Tuning tuning) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** The same with more or less room for beginnings that are kept. */
    public Options withPrefixCacheBytes(long prefixCacheBytes) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** The same with so many tokens guessed ahead; 0 for none. */
    public Options withSpeculate(int speculate) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** The same with another bound of what waits. */
    public Options withQueue(int queue) {
      return new Options(contextLength, batch, parallel, queue, threads, model, frame, tuning,
          prefixCacheBytes, speculate);
    }

    /** One for the shared head, two for each request (a contrast needs both), 32 for scoring. */
    int sequences() {
      return 1 + Math.max(2 * parallel, 32);
    }
  }

  private sealed interface Job {
    /** A generation. */
    record Generate(Slot slot) implements Job {}

    /** Generations that start together, so that their batches do not depend on the clock. */
    record Group(Deque<Slot> slots) implements Job {}

    /** Something that runs alone on the decoder's thread. */
    record Task(Function<DecoderLoop, Object> work, CompletableFuture<Object> result)
        implements Job {}

    /** Wakes the thread up so that it sees the decoder closed. */
    record Stop() implements Job {}
  }

  private Decoder(
      NativeLibrary library, Model model, FileRows rows, Options options) {
    this.library = library;
    this.model = model;
    this.embeddings = rows.embeddings();
    this.codes = rows.codes();
    this.options = options;
    this.speculate = model.recurrent() ? 0 : options.speculate();
    this.queue = new LinkedBlockingQueue<>(options.queue());
    CompletableFuture<Boolean> started = new CompletableFuture<>();
    this.thread = Thread.ofPlatform().name("larimar-decoder").daemon(true)
        .start(() -> run(started));
    join(started);
    Runtime.getRuntime().addShutdownHook(atExit);
    this.inputScale = calibrate();
    this.frame = options.frame()
        .map(this::openFrame)
        .orElseGet(() -> Frame.of(rows.frame(), embeddings, model.vocabulary(), inputScale));
  }

  /**
   * Makes sure that facts can enter with this model's frame and this KV cache.
   *
   * @throws IllegalArgumentException if the frame is deep and the cache is not in half precision
   */
  public void requireFrame() {
    requireFit(frame.prefix(List.of(new int[] {CALIBRATION_TOKEN})));
  }

  private void requireFit(SoftPrefix prefix) {
    if (prefix.deep().isPresent() && options.tuning().cache() != Context.CacheType.F16) {
      throw new IllegalArgumentException("the frame of this model holds keys and values in half"
          + " precision, so the KV cache must be F16: cache=" + options.tuning().cache()
          + "; leave it at F16, or give a frame of rows alone");
    }
  }

  /**
   * Opens a model.
   *
   * @param natives directory of llama.cpp's libraries
   * @param file a GGUF file
   * @throws io.larimar.bindings.LlamaException if either cannot be used
   */
  public static Decoder open(Path natives, Path file, Options options) {
    try (ExitGuard.Held held = ExitGuard.enter()) { // a load has no end of its own to look for
      return load(natives, file, options);
    }
  }

  private static Decoder load(Path natives, Path file, Options options) {
    NativeLibrary library = NativeLibrary.load(natives);
    Model.requireFile(file);
    // What does not need the model is read beside it.
    CompletableFuture<FileRows> reading = CompletableFuture.supplyAsync(
        () -> FileRows.open(file, options),
        read -> Thread.ofPlatform().daemon().name("larimar-embeddings").start(read));
    Model model;
    try {
      model = Model.open(file, options.model());
    } catch (RuntimeException | Error e) {
      reading.handle((rows, failed) -> Optional.ofNullable(rows)).join()
          .ifPresent(rows -> rows.embeddings().close());
      throw e;
    }
    FileRows rows;
    try {
      rows = join(reading);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
    try {
      return new Decoder(library, model, rows, options);
    } catch (RuntimeException e) {
      rows.embeddings().close();
      model.close();
      throw e;
    }
  }

  /**
   * What is read of a model's file beside llama.cpp.
   *
   * @param embeddings its token embeddings
   * @param frame the bytes of the shipped frame that was learned for them, if there is one and the
   *     caller brings none
   * @param codes the codes of its tokens
   */
  private record FileRows(
      TokenEmbeddings embeddings, Optional<byte[]> frame, TokenCodes codes) {
    static FileRows open(Path file, Options options) {
      try (ExitGuard.Held held = ExitGuard.enter()) {
        TokenEmbeddings embeddings = TokenEmbeddings.open(file);
        try {
          Optional<byte[]> frame =
              options.frame().isPresent() ? Optional.empty() : Frame.shipped(embeddings);
          return new FileRows(embeddings, frame, new TokenCodes(embeddings));
        } catch (RuntimeException | Error e) {
          embeddings.close();
          throw e;
        }
      }
    }
  }

  private Frame openFrame(Path file) {
    try {
      return Frame.open(file, embeddings, model.vocabulary(), inputScale);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read the frame " + file + ": " + e.getMessage(), e);
    }
  }

  private void run(CompletableFuture<Boolean> started) {
    try (DecoderLoop loop = new DecoderLoop(model, options, () -> closed, prefixBytes)) {
      started.complete(true);
      while (!closed) {
        accept(loop);
        if (!loop.idle()) {
          loop.step();
        }
      }
    } catch (Throwable t) {
      closed = true;
      started.completeExceptionally(t);
    } finally {
      // Whatever ended the thread, nobody may wait for it any longer.
      while (head.isPresent() || takeHead()) {
        refuse(head.get());
        head = Optional.empty();
      }
    }
  }

  /** Starts what may start now, in the order of arrival; waits for work when there is none. */
  private void accept(DecoderLoop loop) {
    if (head.isEmpty() && loop.idle()) {
      try {
        head = Optional.of(queue.take());
      } catch (InterruptedException e) {
        closed = true;
        return;
      }
    }
    sweep();
    // One job at most is taken before it can start: what waits stays in the queue, which is bounded.
    while (head.isPresent() || takeHead()) {
      if (!start(loop, head.get())) {
        return;
      }
      head = Optional.empty();
    }
  }

  private boolean takeHead() {
    head = Optional.ofNullable(queue.poll());
    return head.isPresent();
  }

  /** Starts a job, or as much of it as there is room for; true if all of it has started. */
  private boolean start(DecoderLoop loop, Job job) {
    return switch (job) {
      case Job.Generate generate -> admit(loop, generate.slot());
      case Job.Group group -> {
        while (!group.slots().isEmpty() && admit(loop, group.slots().peek())) {
          group.slots().remove();
        }
        yield group.slots().isEmpty();
      }
      case Job.Task task -> {
        if (loop.idle()) {
          perform(loop, task);
        }
        yield task.result().isDone();
      }
      case Job.Stop stop -> true;
    };
  }

  private boolean admit(DecoderLoop loop, Slot slot) {
    boolean admitted = slot.over() || loop.hasRoom(slot, options.parallel());
    if (admitted) {
      loop.admit(slot);
    }
    return admitted;
  }

  /** Ends what is over before it came to its turn, so that it takes no place in the queue. */
  private void sweep() {
    long now = System.nanoTime();
    if (now - sweptNanos < SWEEP_NANOS || queue.isEmpty()) {
      return;
    }
    sweptNanos = now;
    queue.removeIf(job -> switch (job) {
      case Job.Generate generate -> retired(generate.slot());
      case Job.Group group -> group.slots().removeIf(Decoder::retired) && group.slots().isEmpty();
      case Job.Task task -> false;
      case Job.Stop stop -> false;
    });
  }

  private static boolean retired(Slot slot) {
    boolean over = slot.over();
    if (over) {
      slot.retire();
    }
    return over;
  }

  private static void perform(DecoderLoop loop, Job.Task task) {
    try {
      task.result().complete(task.work().apply(loop));
    } catch (Throwable t) {
      task.result().completeExceptionally(t);
    }
  }

  private static void refuse(Job job) {
    IllegalStateException closed = new IllegalStateException("the decoder is closed");
    switch (job) {
      case Job.Generate generate -> generate.slot().fail(closed);
      case Job.Group group -> group.slots().forEach(slot -> slot.fail(closed));
      case Job.Task task -> task.result().completeExceptionally(closed);
      case Job.Stop stop -> { }
    }
  }

  /** Starts a generation; its pieces come by the stream as they are made. */
  public TokenStream generate(GenerationRequest request) {
    check(request);
    Slot slot = Slot.of(request, speculate);
    submit(new Job.Generate(slot));
    return slot.stream();
  }

  private void check(GenerationRequest request) {
    requireFit(request.prefix());
    int most = Math.min(options.contextLength(), model.trainedContext());
    if (request.cells() > most) {
      throw new IllegalArgumentException("the request takes " + request.cells()
          + " positions (prefix " + request.prefix().positions() + ", prompt "
          + request.prompt().length + ", answer up to " + request.maxTokens()
          + "), the context has " + most + ": shorten the prompt or lower maxTokens");
    }
  }

  /**
   * Generates for several requests at once and waits for all; the order is kept. Where no other
   * caller's request runs, the same requests are computed in the same batches every time.
   */
  public List<Completion> generateAll(List<GenerationRequest> requests) {
    requests.forEach(this::check);
    List<Completion> completions = new ArrayList<>();
    int most = GROUP_ROUNDS * options.parallel(); // then other callers get in
    for (int from = 0; from < requests.size(); from += most) {
      List<TokenStream> streams = new ArrayList<>();
      Deque<Slot> slots = new ArrayDeque<>();
      for (GenerationRequest request
          : requests.subList(from, Math.min(from + most, requests.size()))) {
        Slot slot = Slot.of(request, speculate);
        streams.add(slot.stream());
        slots.add(slot);
      }
      submit(new Job.Group(slots));
      streams.forEach(stream -> completions.add(stream.completion()));
    }
    return completions;
  }

  /** Scores continuations; one list for each item, one score for each of its answers. */
  public List<List<ScoreRequest.Score>> score(ScoreRequest request) {
    requireFit(request.prefix());
    return onThread(loop -> loop.score(request));
  }

  /** Requests that wait for their turn; for sizes and metrics. */
  public int waiting() {
    return queue.size();
  }

  /** Bytes of the beginnings that are kept as keys and values; for sizes and metrics. */
  public long prefixCacheUsed() {
    return prefixBytes.get();
  }

  /**
   * Overwrites the KV cache and the beginnings that are kept, once the running generations have
   * ended: nothing of earlier prompts and prefixes is left in either.
   */
  public void eraseCache() {
    onThread(loop -> {
      loop.erase();
      return true;
    });
  }

  /** Runs something on the decoder's thread, alone, and waits for it. */
  private <T> T onThread(Function<DecoderLoop, T> work) {
    CompletableFuture<Object> result = new CompletableFuture<>();
    submit(new Job.Task(work::apply, result));
    @SuppressWarnings("unchecked") // The task's own function made the value.
    T value = (T) join(result);
    return value;
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private void submit(Job job) {
    if (closed) {
      throw new IllegalStateException("the decoder is closed");
    }
    if (!queue.offer(job)) {
      throw new IllegalStateException("the decoder's queue is full: " + options.queue()
          + " requests wait; try again later");
    }
    if (closed) {
      // Closed in between: the thread may have gone before it saw this job.
      refuse(job);
    }
  }

  /**
   * The factor by which the model multiplies token embeddings on input but not {@code embd} input:
   * of 1 and sqrt(D), the one whose logits agree with those of the token itself.
   */
  private float calibrate() {
    int width = model.embeddingWidth();
    if (unscaled()) {
      return 1;
    }
    float[] row = new float[width];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(4L * width, 64);
      embeddings.row(Math.min(CALIBRATION_TOKEN, embeddings.rows() - 1), segment, 0);
      MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, row, 0, width);
    }
    float[] expected = onThread(loop -> loop.probe(CALIBRATION_TOKEN, new float[0]));
    float best = 1;
    double least = Double.MAX_VALUE;
    for (float scale : new float[] {1, (float) Math.sqrt(width)}) {
      float[] scaled = row.clone();
      for (int i = 0; i < width; i++) {
        scaled[i] *= scale;
      }
      double distance = distance(expected, onThread(loop -> loop.probe(CALIBRATION_TOKEN, scaled)));
      if (distance < least) {
        least = distance;
        best = scale;
      }
    }
    return best;
  }

  /**
   * Whether the model's graph is known to take token embeddings as they are; a start need not
   * compute it then. DecoderTest compares with the tokens' own logits.
   */
  private boolean unscaled() {
    return model.metadata("general.architecture").equals(Optional.of(UNSCALED))
        && model.metadata(UNSCALED + ".embedding_scale").isEmpty();
  }

  private static double distance(float[] a, float[] b) {
    double max = 0;
    for (int i = 0; i < a.length; i++) {
      max = Math.max(max, Math.abs(a[i] - b[i]));
    }
    return max;
  }

  /** The model's vocabulary. */
  public Vocabulary vocabulary() {
    return model.vocabulary();
  }

  /** The model's weights and metadata. */
  public Model model() {
    return model;
  }

  /** The model's token embeddings, as the file has them. */
  public TokenEmbeddings embeddings() {
    return embeddings;
  }

  /** The codes of this model's tokens. */
  public TokenCodes codes() {
    return codes;
  }

  /** The frame around facts for this model. */
  public Frame frame() {
    return frame;
  }

  /** The factor that brings token embeddings into the space of {@link SoftPrefix} rows. */
  public float inputScale() {
    return inputScale;
  }

  /**
   * The devices that hold the weights and compute: those that were asked for, else every GPU where
   * layers go to one, else the CPU.
   */
  public List<NativeLibrary.Device> devices() {
    boolean offloads = options.model().gpuLayers() != 0;
    if (offloads && !options.model().devices().isEmpty()) {
      return options.model().devices();
    }
    List<NativeLibrary.Device> gpus =
        library.devices().stream().filter(NativeLibrary.Device::gpu).toList();
    return offloads && !gpus.isEmpty() ? gpus
        : library.devices().stream().filter(d -> d.kind() == NativeLibrary.Device.Kind.CPU).toList();
  }

  /** The options that it was opened with. */
  public Options options() {
    return options;
  }

  /**
   * Ends the decoder's thread before the process does: at exit ggml's own destructors run, and a
   * thread that still computes then (Ctrl-C in mid-answer) would take the JVM down with a SIGSEGV.
   */
  private void stopAtExit() {
    closed = true;
    queue.offer(new Job.Stop());
    try {
      thread.join(EXIT_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops after the running step, fails what waits, and frees context, embeddings and model. */
  @Override
  public synchronized void close() {
    if (released) {
      return;
    }
    closed = true;
    boolean woken = queue.offer(new Job.Stop());
    assert woken || !queue.isEmpty();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return; // The thread still uses the model: leaking it is safe, freeing it is not.
    }
    released = true;
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      assert !thread.isAlive(); // The process is ending: the hook has run or runs now.
    }
    embeddings.close();
    model.close();
  }
}
