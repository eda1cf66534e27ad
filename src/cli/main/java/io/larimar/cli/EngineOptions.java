package io.larimar.cli;

import io.larimar.bindings.Context;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Model;
import io.larimar.bindings.NativeLibrary.Device;
import io.larimar.bindings.NativeLibrary;
import io.larimar.cli.fetch.DeviceTrial;
import io.larimar.cli.fetch.Environment;
import io.larimar.cli.fetch.FetchException;
import io.larimar.cli.fetch.Models;
import io.larimar.cli.fetch.Natives;
import io.larimar.cli.fetch.Progress;
import io.larimar.decoder.Decoder;
import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.LedgerOptions;
import io.larimar.scope.ScopeParameters;
import io.larimar.ledger.Principal;
import io.larimar.ledger.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options that every command with an engine has, and the engine they describe. */
final class EngineOptions {
  @Option(names = "--model", paramLabel = "NAME|FILE", defaultValue = "${env:LARIMAR_MODEL}",
      description = "GGUF file or known name (smollm2-135m, gemma-3-270m); default smollm2-135m,"
          + " or LARIMAR_MODEL")
  private Optional<String> model = Optional.empty();

  @Option(names = "--store", paramLabel = "DIR", defaultValue = "${env:LARIMAR_STORE}",
      description = "directory of the store; default in the user's data folder, or LARIMAR_STORE")
  private Optional<Path> store = Optional.empty();

  @Option(names = "--device", paramLabel = "NAME", split = ",",
      description = "device that runs the model, as `larimar doctor` lists them; several with commas"
          + " share its layers")
  private List<String> device = List.of();

  @Option(names = "--tensor-split", paramLabel = "SHARE", split = ",",
      description = "shares of the layers, one for each --device (3,1); default by free memory")
  private List<Float> split = List.of();

  @Option(names = "--numa", paramLabel = "HOW",
      description = "on a machine with several memory nodes: ${COMPLETION-CANDIDATES}")
  private Optional<NativeLibrary.Numa> numa = Optional.empty();

  @Option(names = "--gpu-layers", paramLabel = "N",
      description = "layers on the device; default all where --device is a GPU, else none")
  private Optional<Integer> gpuLayers = Optional.empty();

  @Option(names = "--threads", paramLabel = "N", description = "CPU threads")
  private Optional<Integer> threads = Optional.empty();

  @Option(names = "--kv-type", paramLabel = "TYPE", defaultValue = "F16",
      description = "how keys and values are stored: ${COMPLETION-CANDIDATES}; default"
          + " ${DEFAULT-VALUE}. A frame with keys and values of its own needs F16")
  private Context.CacheType cache;

  @Option(names = "--flash-attention", paramLabel = "MODE", defaultValue = "AUTO",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
  private Context.FlashAttention flashAttention;

  @Option(names = "--pin-threads", description = "each CPU thread keeps to one processor")
  private boolean pinned;

  @Option(names = "--load", paramLabel = "HOW", defaultValue = "AUTO",
      description = "how the model comes into memory: ${COMPLETION-CANDIDATES}; default"
          + " ${DEFAULT-VALUE}")
  private Model.Loading loading;

  @Option(names = "--prefix-cache", paramLabel = "MIB",
      description = "most memory for the beginnings (facts, system prompts) that are kept decoded;"
          + " default 128, 0 keeps none")
  private Optional<Integer> prefixCache = Optional.empty();

  @Option(names = "--speculate", paramLabel = "N", defaultValue = "0",
      description = "tokens guessed ahead from what stood before, verified in one batch; pays where"
          + " the text repeats itself (default 0, most 16)")
  private int speculate;

  @Option(names = "--frame", paramLabel = "FILE",
      description = "learned frame of your own for this model (see train/)")
  private Optional<Path> frame = Optional.empty();

  @Option(names = "--scope", paramLabel = "FILE",
      description = "thresholds of the scope detector, as `larimar calibrate` writes them")
  private Optional<Path> scope = Optional.empty();

  @Option(names = "--undo-window", paramLabel = "DURATION",
      description = "how long a forget may be taken back, as PT10M; default not at all, as the"
          + " fact is then erased at once")
  private Optional<Duration> undoWindow = Optional.empty();

  @Option(names = "--tenant", paramLabel = "NAME", defaultValue = Principal.DEFAULT_TENANT,
      description = "whose facts; default ${DEFAULT-VALUE}, the store's own tenant")
  private String tenant;

  @Option(names = "--as", paramLabel = "NAME", defaultValue = "owner",
      description = "who acts, for the audit; default ${DEFAULT-VALUE}")
  private String name;

  @Option(names = "--roles", split = ",", paramLabel = "ROLE",
      description = "what may be done: read, write, forget, audit, admin; default all")
  private List<Role> roles = List.of(Role.values());

  /** Who acts. */
  Principal principal() {
    return new Principal(name, tenant, Set.copyOf(roles));
  }

  /** The store's directory. */
  Path store() {
    return store.orElseGet(() -> {
      String data = System.getenv("XDG_DATA_HOME");
      Path base = data == null || data.isBlank()
          ? Path.of(System.getProperty("user.home"), ".local", "share")
          : Path.of(data);
      return base.resolve("larimar").resolve("store");
    });
  }

  /** The model's known name or file. */
  String modelName() {
    return model.orElse(Models.DEFAULT_NAME);
  }

  /** The model's file, fetched if it has a known name and is not there. */
  Path modelFile() throws FetchException {
    return Models.locate(modelName(), Progress.onStandardError());
  }

  /** Options of the decoder; a GPU is tried first, by another process. */
  Decoder.Options decoder(Path natives) throws FetchException {
    Decoder.Options options = Decoder.Options.defaults()
        .withModel(weights(natives).withLoading(loading))
        .withTuning(new Context.Tuning(cache, flashAttention, pinned))
        .withSpeculate(speculate);
    if (prefixCache.isPresent()) {
      options = options.withPrefixCacheBytes((long) prefixCache.get() << 20);
    }
    if (threads.isPresent()) {
      options = options.withThreads(threads.get());
    }
    return frame.isPresent() ? options.withFrame(frame.get()) : options;
  }

  /** Where the weights go; never a silent CPU where a GPU was asked for. */
  private Model.Options weights(Path natives) throws FetchException {
    if (numa.isPresent()) {
      NativeLibrary.load(natives).numa(numa.get());
    }
    if (device.isEmpty() && gpuLayers.isEmpty() && split.isEmpty()) {
      return Model.Options.CPU;
    }
    NativeLibrary library = NativeLibrary.load(natives);
    String known = library.devices().stream().map(Device::name).collect(Collectors.joining(", "));
    List<Device> devices = device.isEmpty()
        ? library.devices().stream().filter(Device::gpu).toList()
        : device.stream().map(name -> library.device(name).orElseThrow(() -> new LlamaException(
            "ggml_backend_dev_by_name", 0, "no device " + name + "; there are: " + known))).toList();
    boolean gpu = devices.stream().anyMatch(Device::gpu);
    if (!gpu && gpuLayers.orElse(0) != 0) {
      throw new LlamaException("llama_model_load_from_file", 0, "--gpu-layers needs a GPU, and there"
          + " is none (devices: " + known + "); fetch or build natives for it with `larimar natives"
          + " --build cuda|vulkan|metal`");
    }
    if (gpu && !devices.stream().allMatch(Device::gpu)) {
      throw new IllegalArgumentException("--device takes GPUs or the CPU, not both: the CPU runs"
          + " what --gpu-layers leaves it");
    }
    if (!split.isEmpty() && (!gpu || split.size() != devices.size())) {
      throw new IllegalArgumentException("--tensor-split needs one share for each GPU: shares="
          + split.size() + ", GPUs=" + devices.stream().filter(Device::gpu).count());
    }
    if (!gpu) {
      return Model.Options.CPU;
    }
    DeviceTrial.of(Environment.ofProcess()).require(natives, modelFile(), devices);
    return new Model.Options(gpuLayers.orElse(-1), devices, share -> { }).withSplit(split);
  }

  /** Says where the model really runs, where that was asked for. */
  private void sayDevices(Decoder decoder) {
    if (!device.isEmpty() || gpuLayers.isPresent()) {
      int layers = decoder.options().model().gpuLayers();
      String rest = layers > 0 && layers <= decoder.model().layers()
          ? ", " + layers + " of " + decoder.model().layers() + " layers, the rest on the CPU" : "";
      System.err.println("larimar: the model runs on " + decoder.devices().stream()
          .map(each -> each.name() + " (" + each.description() + ")")
          .collect(Collectors.joining(", ")) + rest);
    }
  }

  /** Opens the engine on the store. */
  Larimar open() throws FetchException {
    return open(store());
  }

  /** Opens the engine on a store; one request at a time, so that answers can be repeated. */
  Larimar open(Path directory) throws FetchException {
    return open(directory, 1);
  }

  /** Opens the engine on a store for so many requests at once. */
  Larimar open(Path directory, int parallel) throws FetchException {
    Path natives = Natives.locate(Progress.onStandardError());
    LarimarOptions options = LarimarOptions.of(natives, modelFile(), directory);
    LedgerOptions ledger = ledgerOptions(options.ledger());
    Decoder.Options decoder = decoder(natives).withParallel(parallel);
    Larimar larimar = Larimar.open(options.withDecoder(decoder).withLedger(ledger)
        .withScope(scope()).withPrincipal(principal()), replayed -> { });
    sayDevices(larimar.decoder());
    return larimar;
  }

  /** Thresholds of the scope detector: the caller's file, or the shipped ones. */
  ScopeParameters scope() {
    return scope.map(ScopeParameters::read).orElseGet(ScopeParameters::shipped);
  }

  /** Opens the store alone, for what needs no model. */
  Ledger openLedger() {
    return Ledger.open(store(), ledgerOptions(LedgerOptions.defaults()));
  }

  /** The same, of a store that is there: none is made. */
  Ledger openExistingLedger() {
    if (!Ledger.isStore(store())) {
      throw new IllegalArgumentException("there is no store at " + store());
    }
    return openLedger();
  }

  private LedgerOptions ledgerOptions(LedgerOptions options) {
    return undoWindow.isPresent() ? options.withForgetUndoWindow(undoWindow.get()) : options;
  }
}
