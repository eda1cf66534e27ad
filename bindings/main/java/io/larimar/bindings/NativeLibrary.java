package io.larimar.bindings;

import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.ggml_log_callback;
import io.larimar.bindings.llama.ggml_type_traits;
import io.larimar.bindings.llama.llama_context_params;
import io.larimar.bindings.llama.llama_model_params;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * llama.cpp's shared libraries, loaded once into this process and checked against the bindings.
 *
 * <p>A process can hold one build only, so this is the one place with static state: the first
 * {@link #load} wins, later calls return it. Back ends are registered from the same directory.
 */
public final class NativeLibrary {

  /** The release whose headers the bindings were generated from. */
  public static final String RELEASE = "0.5.0";

  private static final Logger LOG = LoggerFactory.getLogger("llama.cpp");
  private static final Object LOCK = new Object();
  private static NativeLibrary loaded;

  private final Path directory;
  private final List<Device> devices;

  /**
   * A compute device that llama.cpp registered.
   *
   * @param index position in llama.cpp's list
   * @param name short name, as {@code --device} takes it ("CPU", "CUDA0", "Vulkan0")
   * @param description the vendor's name of it
   * @param kind what it is
   * @param freeBytes free memory at load
   * @param totalBytes memory in all
   */
  public record Device(
      int index, String name, String description, Kind kind, long freeBytes, long totalBytes) {

    /** What a device is, in llama.cpp's terms. */
    public enum Kind { CPU, GPU, INTEGRATED_GPU, ACCELERATOR, OTHER }

    /** Whether layers can be offloaded to it. */
    public boolean gpu() {
      return kind == Kind.GPU || kind == Kind.INTEGRATED_GPU;
    }
  }

  private NativeLibrary(Path directory, List<Device> devices) {
    this.directory = directory;
    this.devices = devices;
  }

  /**
   * Loads the libraries of a directory: ggml-base, ggml, llama, then every back end beside them.
   *
   * @param directory where {@code libllama} and {@code libggml*} lie
   * @return the loaded library; the one loaded earlier if this process has one already
   * @throws LlamaException if a library is missing, of another release, laid out differently from
   *     the bindings, or registers no device
   */
  public static NativeLibrary load(Path directory) {
    synchronized (LOCK) {
      if (loaded == null) {
        Path absolute = directory.toAbsolutePath().normalize();
        try {
          loaded = loadAll(absolute);
        } catch (ExceptionInInitializerError | NoClassDefFoundError missing) {
          Throwable cause = missing;
          while (cause.getCause() != null) {
            cause = cause.getCause();
          }
          throw new LlamaException("dlsym", 0, "the libraries in " + absolute + " lack a function that"
              + " llama.cpp " + RELEASE + " has (" + cause.getMessage() + "); fetch them again with"
              + " `larimar natives`");
        }
      }
      return loaded;
    }
  }

  private static NativeLibrary loadAll(Path absolute) {
    loadLibrary(absolute, "ggml-base");
    // A build of one's own links its back ends; the fetched one loads them at run time.
    linkedBackEnds(absolute).forEach(NativeLibrary::loadFile);
    loadLibrary(absolute, "ggml");
    loadLibrary(absolute, "llama");
    checkRelease();
    redirectLog();
    checkLayout();
    if (Llama.ggml_backend_dev_count() == 0) {
      try (Arena arena = Arena.ofConfined()) {
        Llama.ggml_backend_load_all_from_path(arena.allocateFrom(absolute.toString()));
      }
    }
    Llama.llama_backend_init();
    List<Device> devices = listDevices();
    if (devices.isEmpty()) {
      throw new LlamaException("ggml_backend_load_all_from_path", 0,
          "no compute device was registered from " + absolute
              + "; fetch the libraries again with `larimar natives`");
    }
    return new NativeLibrary(absolute, devices);
  }

  /** How memory and threads are laid over the nodes of a machine with several (NUMA). */
  public enum Numa { DISTRIBUTE, ISOLATE, NUMACTL }

  /**
   * Chooses the layout for the whole process; call it once, before a model is loaded. A machine with
   * one node stays as it is.
   *
   * @throws LlamaException if this build of llama.cpp knows no such choice
   */
  public void numa(Numa strategy) {
    String name = "llama_numa_init";
    MemorySegment function = SymbolLookup.loaderLookup().find(name).orElseThrow(
        () -> new LlamaException(name, 0, "this build knows no NUMA; leave the option out"));
    try {
      // ggml_numa_strategy: 0 is none, then in the order of the enum.
      Linker.nativeLinker().downcallHandle(function,
          FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT)).invokeExact(strategy.ordinal() + 1);
    } catch (Throwable t) {
      throw new LlamaException(name, 0, "it cannot be called: " + t.getMessage());
    }
  }

  /** The directory that the process's libraries came from. */
  public Path directory() {
    return directory;
  }

  /** The devices, in llama.cpp's order. */
  public List<Device> devices() {
    return devices;
  }

  /** The device of this name, in any case of letters. */
  public Optional<Device> device(String name) {
    return devices.stream().filter(d -> d.name().equalsIgnoreCase(name)).findFirst();
  }

  /** llama.cpp's own line on the CPU features and options in use. */
  public String systemInfo() {
    return CStrings.read(Llama.llama_print_system_info());
  }

  /** Release and commit of the loaded libraries. */
  public String version() {
    return CStrings.read(Llama.llama_version()) + " (ggml "
        + CStrings.read(Llama.ggml_version()) + ", " + CStrings.read(Llama.ggml_commit()) + ")";
  }

  /** The process's library; a clear error where {@code function} is called before the load. */
  static NativeLibrary loaded(String function) {
    synchronized (LOCK) {
      if (loaded == null) {
        throw new LlamaException(function, 0,
            "the native libraries are not loaded: call NativeLibrary.load(directory) first");
      }
      return loaded;
    }
  }

  private static void loadLibrary(Path directory, String stem) {
    Path file = find(directory, stem).orElseThrow(() -> new LlamaException("dlopen", 0,
        "no library " + System.mapLibraryName(stem) + " in " + directory
            + "; fetch it with `larimar natives`"));
    loadFile(file);
  }

  /** {@code libggml-cpu.so} and its like: there by their plain names only where they are linked. */
  private static List<Path> linkedBackEnds(Path directory) {
    return Stream.of("ggml-cpu", "ggml-cuda", "ggml-vulkan", "ggml-metal", "ggml-blas")
        .map(stem -> directory.resolve(System.mapLibraryName(stem)))
        .filter(Files::isRegularFile)
        .filter(file -> Files.isRegularFile(directory.resolve(System.mapLibraryName("ggml-cpu"))))
        .toList();
  }

  private static void loadFile(Path file) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      throw new LlamaException("dlopen", 0, "cannot load " + file + ": " + e.getMessage()
          + "; the file may be for another platform, fetch again with `larimar natives`");
    }
  }

  /**
   * Finds {@code libSTEM.so}, {@code libSTEM.v0.5.0.so}, {@code libSTEM.0.5.0.dylib}, {@code
   * STEM.dll}.
   */
  private static Optional<Path> find(Path directory, String stem) {
    String mapped = System.mapLibraryName(stem);
    int dot = mapped.lastIndexOf('.');
    String prefix = mapped.substring(0, dot) + ".";
    String suffix = mapped.substring(dot);
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(prefix))
          .filter(f -> f.getFileName().toString().endsWith(suffix))
          .sorted()
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void checkRelease() {
    String release = CStrings.read(Llama.llama_version());
    String plain = release.startsWith("v") ? release.substring(1) : release;
    // A build outside llama.cpp's own release job calls itself "0.5.0-dev".
    if (!plain.equals(RELEASE) && !plain.equals(RELEASE + "-dev")) {
      throw new LlamaException("llama_version", 0, "the libraries are release " + release
          + ", the bindings are for " + RELEASE + "; fetch that with `larimar natives`");
    }
  }

  /**
   * Compares the structs' layout with the bindings': fields at the far end of each must hold the
   * values that this release documents as defaults, and a type's traits must describe that type.
   */
  private static void checkLayout() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment context = Llama.llama_context_default_params(arena);
      MemorySegment model = Llama.llama_model_default_params(arena);
      boolean contextAgrees = llama_context_params.n_batch(context) == 2048
          && llama_context_params.n_ubatch(context) == 512
          && llama_context_params.type_k(context) == Llama.GGML_TYPE_F16()
          && llama_context_params.type_v(context) == Llama.GGML_TYPE_F16()
          && llama_context_params.yarn_ext_factor(context) == -1.0f
          && llama_context_params.n_samplers(context) == 0
          && llama_context_params.ctx_other(context).equals(MemorySegment.NULL);
      boolean modelAgrees = llama_model_params.n_gpu_layers(model) <= 0
          && llama_model_params.use_extra_bufts(model)
          && !llama_model_params.vocab_only(model)
          && llama_model_params.kv_overrides(model).equals(MemorySegment.NULL);
      MemorySegment f16 = ggml_type_traits.reinterpret(
          Llama.ggml_get_type_traits(Llama.GGML_TYPE_F16()), Arena.global(), s -> { });
      boolean traitsAgree = ggml_type_traits.type_size(f16) == 2
          && ggml_type_traits.blck_size(f16) == 1
          && "f16".equals(CStrings.read(ggml_type_traits.type_name(f16)));
      if (!contextAgrees || !modelAgrees || !traitsAgree) {
        throw new LlamaException("llama_context_default_params", 0,
            "the libraries' structs are laid out differently from the bindings (context="
                + contextAgrees + ", model=" + modelAgrees + ", traits=" + traitsAgree
                + "); use llama.cpp " + RELEASE + " as fetched by `larimar natives`");
      }
    }
  }

  private static List<Device> listDevices() {
    List<Device> devices = new ArrayList<>();
    long count = Llama.ggml_backend_dev_count();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment free = arena.allocate(Long.BYTES, Long.BYTES);
      MemorySegment total = arena.allocate(Long.BYTES, Long.BYTES);
      for (int i = 0; i < count; i++) {
        MemorySegment device = Llama.ggml_backend_dev_get(i);
        Llama.ggml_backend_dev_memory(device, free, total);
        devices.add(new Device(i, CStrings.read(Llama.ggml_backend_dev_name(device)),
            CStrings.read(Llama.ggml_backend_dev_description(device)),
            kind(Llama.ggml_backend_dev_type(device)),
            free.get(ValueLayout.JAVA_LONG, 0),
            total.get(ValueLayout.JAVA_LONG, 0)));
      }
    }
    return List.copyOf(devices);
  }

  private static Device.Kind kind(int type) {
    if (type == Llama.GGML_BACKEND_DEVICE_TYPE_CPU()) {
      return Device.Kind.CPU;
    }
    if (type == Llama.GGML_BACKEND_DEVICE_TYPE_GPU()) {
      return Device.Kind.GPU;
    }
    if (type == Llama.GGML_BACKEND_DEVICE_TYPE_IGPU()) {
      return Device.Kind.INTEGRATED_GPU;
    }
    return type == Llama.GGML_BACKEND_DEVICE_TYPE_ACCEL()
        ? Device.Kind.ACCELERATOR
        : Device.Kind.OTHER;
  }

  private static void redirectLog() {
    MemorySegment stub = ggml_log_callback.allocate(NativeLog::accept, Arena.global());
    Llama.llama_log_set(stub, MemorySegment.NULL);
    Llama.ggml_log_set(stub, MemorySegment.NULL);
  }

  /** Routes llama.cpp's log to SLF4J and keeps the last errors of the calling thread. */
  static final class NativeLog {
    private static final ThreadLocal<StringBuilder> LAST_ERROR =
        ThreadLocal.withInitial(StringBuilder::new);

    private NativeLog() {}

    /** The upcall; nothing may escape from it, or the JVM dies. */
    static void accept(int level, MemorySegment text, MemorySegment userData) {
      try {
        boolean told = level == Llama.GGML_LOG_LEVEL_ERROR() || LOG.isDebugEnabled()
            || level == Llama.GGML_LOG_LEVEL_WARN() && LOG.isInfoEnabled();
        String line = told ? CStrings.read(text).stripTrailing() : "";
        if (line.isEmpty()) {
          return;
        }
        if (level == Llama.GGML_LOG_LEVEL_ERROR()) {
          StringBuilder last = LAST_ERROR.get();
          if (last.length() < 2_000) {
            last.append(last.isEmpty() ? "" : "; ").append(line);
          }
          LOG.warn(line);
        } else if (level == Llama.GGML_LOG_LEVEL_WARN()) {
          LOG.info(line);
        } else {
          LOG.debug(line);
        }
      } catch (Throwable t) {
        // An exception that leaves an upcall ends the JVM: losing a log line is the lesser harm.
        assert t != null;
      }
    }

    /** Forgets earlier errors of this thread, before a call whose failure is to be explained. */
    static void clear() {
      LAST_ERROR.get().setLength(0);
    }

    /** What llama.cpp said about the failure, or a fallback where it said nothing. */
    static String lastError(String fallback) {
      String said = LAST_ERROR.get().toString();
      return said.isEmpty() ? fallback : said;
    }
  }
}
