package io.larimar.bindings;

import io.larimar.bindings.NativeLibrary.Device;
import io.larimar.bindings.NativeLibrary.NativeLog;
import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.llama_model_params;
import io.larimar.bindings.llama.llama_progress_callback;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;

/** Owner of a {@code llama_model}: the weights of one GGUF file. Safe to share between threads. */
public final class Model implements AutoCloseable {
  private static final int GGUF_MAGIC = 0x46554747; // "GGUF", little-endian

  private final Path file;
  private final MemorySegment handle;
  private final Vocabulary vocabulary;
  private boolean closed;

  /**
   * How a model is loaded.
   *
   * @param gpuLayers layers to offload; 0 keeps all on the CPU, negative offloads all
   * @param devices devices to use; empty lets llama.cpp choose
   * @param progress gets the loaded share, 0 to 1, on the loading thread
   * @param loading how the file comes into memory
   * @param split how much of the layers each device gets, in shares; empty leaves it to llama.cpp,
   *     which goes by their free memory
   */
  public record Options(int gpuLayers, List<Device> devices, DoubleConsumer progress,
      Loading loading, List<Float> split) {
    /** CPU only, no progress. */
    public static final Options CPU = new Options(0, List.of(), share -> { });

    /** Loaded as llama.cpp chooses. */
    public Options(int gpuLayers, List<Device> devices, DoubleConsumer progress) {
      this(gpuLayers, devices, progress, Loading.AUTO, List.of());
    }

    /** The same with the file brought into memory in another way. */
    public Options withLoading(Loading loading) {
      return new Options(gpuLayers, devices, progress, loading, split);
    }

    /** The same with the layers shared out so, one share a device. */
    public Options withSplit(List<Float> split) {
      return new Options(gpuLayers, devices, progress, loading, split);
    }

    public Options {
      devices = List.copyOf(devices);
      split = List.copyOf(split);
      if (!split.isEmpty() && (split.size() != devices.size()
          || split.stream().anyMatch(share -> !(share >= 0 && share < Float.POSITIVE_INFINITY))
          || split.stream().noneMatch(share -> share > 0))) {
        throw new IllegalArgumentException("split must have one share for each device, none"
            + " negative and not all 0: split=" + split + ", devices=" + devices.size());
      }
    }
  }

  /**
   * How a file comes into memory: as llama.cpp chooses, mapped, read, or locked there against
   * swapping (a system that refuses to lock says so in the log, and the model runs).
   */
  public enum Loading { AUTO, MAPPED, READ, LOCKED }

  private static int mode(Loading loading) {
    return switch (loading) {
      case AUTO -> Llama.LLAMA_LOAD_MODE_AUTO();
      case MAPPED -> Llama.LLAMA_LOAD_MODE_MMAP();
      case READ -> Llama.LLAMA_LOAD_MODE_NONE();
      case LOCKED -> Llama.LLAMA_LOAD_MODE_MMAP_MLOCK();
    };
  }

  private Model(Path file, MemorySegment handle) {
    this.file = file;
    this.handle = handle;
    this.vocabulary = new Vocabulary(this, Llama.llama_model_get_vocab(handle));
  }

  /**
   * Loads a GGUF file.
   *
   * @throws LlamaException if the file is missing, no GGUF, truncated, or of an architecture that
   *     llama.cpp cannot run as a decoder
   */
  public static Model open(Path file, Options options) {
    NativeLibrary.loaded("llama_model_load_from_file");
    requireFile(file);
    NativeLog.clear();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = Llama.llama_model_default_params(arena);
      llama_model_params.n_gpu_layers(params, options.gpuLayers());
      llama_model_params.load_mode(params, mode(options.loading()));
      if (!options.devices().isEmpty()) {
        llama_model_params.devices(params, deviceList(arena, options.devices()));
      }
      if (!options.split().isEmpty()) {
        llama_model_params.tensor_split(params, shares(arena, options.split()));
      }
      MemorySegment progress = llama_progress_callback.allocate(
          (share, userData) -> report(options.progress(), share), arena);
      llama_model_params.progress_callback(params, progress);
      MemorySegment handle = Llama.llama_model_load_from_file(
          arena.allocateFrom(file.toAbsolutePath().toString()), params);
      if (handle.equals(MemorySegment.NULL)) {
        throw new LlamaException("llama_model_load_from_file", 0, "cannot load " + file + ": "
            + NativeLog.lastError("llama.cpp gave no reason")
            + "; the file may be cut short or of an unsupported architecture, fetch it again");
      }
      Model model = new Model(file, handle);
      model.requireDecoder();
      return model;
    }
  }

  private void requireDecoder() {
    boolean decoder = Llama.llama_model_has_decoder(handle) && !Llama.llama_model_has_encoder(handle)
        && !Llama.llama_model_is_diffusion(handle);
    if (!decoder) {
      String description = description();
      close();
      throw new LlamaException("llama_model_has_decoder", 0, file + " holds " + description
          + ", which is no decoder-only language model; give one that generates text");
    }
  }

  private static boolean report(DoubleConsumer progress, float share) {
    try {
      progress.accept(share);
    } catch (Throwable t) {
      // An exception that leaves an upcall ends the JVM; progress is not worth that.
      assert t != null;
    }
    return true;
  }

  private static MemorySegment deviceList(Arena arena, List<Device> devices) {
    MemorySegment list = arena.allocate(ValueLayout.ADDRESS, devices.size() + 1L);
    for (int i = 0; i < devices.size(); i++) {
      list.setAtIndex(ValueLayout.ADDRESS, i, Llama.ggml_backend_dev_get(devices.get(i).index()));
    }
    return list;
  }

  /** llama.cpp reads as many floats as it has devices at most, whatever was given. */
  private static MemorySegment shares(Arena arena, List<Float> split) {
    long most = Math.max(Llama.llama_max_devices(), split.size());
    MemorySegment shares = arena.allocate(ValueLayout.JAVA_FLOAT, most);
    for (int i = 0; i < split.size(); i++) {
      shares.setAtIndex(ValueLayout.JAVA_FLOAT, i, split.get(i));
    }
    return shares;
  }

  /**
   * Makes sure that a file is there and begins as a GGUF file does.
   *
   * @throws LlamaException if not
   */
  public static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new LlamaException("llama_model_load_from_file", 0,
          "no model file at " + file + "; give a GGUF file or a known name");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer head = ByteBuffer.allocate(4).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      channel.read(head);
      if (head.position() < 4 || head.getInt(0) != GGUF_MAGIC) {
        throw new LlamaException("llama_model_load_from_file", 0,
            file + " is not a GGUF file (its first bytes are not \"GGUF\"); convert the model to"
                + " GGUF or give another file");
      }
    } catch (IOException e) {
      throw new LlamaException("llama_model_load_from_file", 0,
          "cannot read " + file + ": " + e.getMessage());
    }
  }

  /** The file that it was loaded from. */
  public Path file() {
    return file;
  }

  /** Its vocabulary; closed with the model. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** D: the width of one row of {@code llama_batch.embd}. */
  public int embeddingWidth() {
    return Llama.llama_model_n_embd_inp(handle());
  }

  /** Layers. */
  public int layers() {
    return Llama.llama_model_n_layer(handle());
  }

  /** Positions that it was trained for. */
  public int trainedContext() {
    return Llama.llama_model_n_ctx_train(handle());
  }

  /** Width of its sliding attention window, 0 where it has none. */
  public int slidingWindow() {
    return Llama.llama_model_n_swa(handle());
  }

  /** Whether its state cannot be cut at a position (recurrent or hybrid models). */
  public boolean recurrent() {
    return Llama.llama_model_is_recurrent(handle()) || Llama.llama_model_is_hybrid(handle());
  }

  /** Bytes of all its tensors. */
  public long sizeBytes() {
    return Llama.llama_model_size(handle());
  }

  /** Number of its parameters. */
  public long parameters() {
    return Llama.llama_model_n_params(handle());
  }

  /** llama.cpp's one-line description ("llama 135M Q4_1"). */
  public String description() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(256);
      Llama.llama_model_desc(handle(), buffer, buffer.byteSize());
      return buffer.getString(0, StandardCharsets.UTF_8);
    }
  }

  /** A metadata value of the GGUF as text ({@code general.architecture}). */
  public Optional<String> metadata(String key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(1 << 16);
      int length = Llama.llama_model_meta_val_str(
          handle(), arena.allocateFrom(key), buffer, buffer.byteSize());
      return length < 0 ? Optional.empty()
          : Optional.of(buffer.getString(0, StandardCharsets.UTF_8));
    }
  }

  /** The chat template that the file carries, if any. */
  public Optional<String> chatTemplate() {
    String text = CStrings.read(Llama.llama_model_chat_template(handle(), MemorySegment.NULL));
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  MemorySegment handle() {
    if (closed) {
      throw new IllegalStateException("model is closed: " + file);
    }
    return handle;
  }

  /** Frees the weights; contexts made from it must be closed before. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Llama.llama_model_free(handle);
    }
  }
}
