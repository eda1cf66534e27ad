package io.larimar.cli.fetch;

import io.larimar.bindings.Batch;
import io.larimar.bindings.Context;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.Model;
import io.larimar.bindings.NativeLibrary;
import io.larimar.bindings.NativeLibrary.Device;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether libraries run on a GPU, tried with one token in a process of its own.
 *
 * <p>Where a library holds no code for a GPU, or the GPU's driver does not fit, llama.cpp lists the
 * device, loads the model and then aborts the process at the first decoding. A trial that passed is
 * remembered in the cache folder for these files and this device; one that failed is not, so that a
 * mended driver is noticed.
 */
public final class DeviceTrial {
  /** A large model may have to come from a slow disk. */
  private static final Duration LIMIT = Duration.ofMinutes(10);
  /** The output layer and one more: enough to meet each kind of kernel. */
  private static final int LAYERS = 2;
  private static final int POSITIONS = 32;
  private static final Digest ANY = Digest.sha256("0".repeat(64));

  private final Environment environment;
  private final Cache cache;
  private final List<String> command;

  /** A trial by this command, which gets libraries, model and device as further words. */
  DeviceTrial(Environment environment, List<String> command) {
    this.environment = environment;
    this.cache = Cache.of(environment);
    this.command = List.copyOf(command);
  }

  /** A trial by the Java run time and the classes of this process. */
  public static DeviceTrial of(Environment environment) {
    return new DeviceTrial(environment, List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:+SuppressFatalErrorMessage",
        "-cp", System.getProperty("java.class.path"), DeviceTrial.class.getName()));
  }

  /**
   * Sees that a model's token can be decoded on each of these devices.
   *
   * @param libraries the folder of the libraries
   * @param model a GGUF file
   * @param devices GPUs, as these libraries list them
   * @throws LlamaException if the trial fails: on which device, how, and what to do
   * @throws FetchException if it cannot be made
   */
  public void require(Path libraries, Path model, List<Device> devices) throws FetchException {
    for (Device device : devices) {
      Path passed = cache.root().resolve("trials").resolve(key(libraries, device));
      if (!Files.isRegularFile(passed)) {
        attempt(libraries, model, device);
        remember(passed, device);
      }
    }
  }

  private void attempt(Path libraries, Path model, Device device) throws FetchException {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of(libraries.toString(), model.toString(), device.name()));
    Command.Result result = Command.run(environment, LIMIT, words);
    if (result.exitCode() != 0) {
      throw new LlamaException("llama_decode", 0, "the libraries in " + libraries
          + " cannot decode on " + device.name() + " (" + device.description() + "): a trial in a"
          + " process of its own ended with exit code " + result.exitCode() + reason(result.err())
          + "; where they hold no code for this device, build them on this machine with `larimar"
          + " natives --build " + backend(device) + "`, or leave --device and --gpu-layers out");
    }
  }

  /** The line of standard error that says most; nothing where nothing was said. */
  private static String reason(String err) {
    List<String> lines = err.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    return lines.stream().filter(line -> line.toLowerCase(Locale.ROOT).contains("error")
            || line.contains("Exception")).findFirst()
        .or(() -> lines.reversed().stream().findFirst())
        .map(line -> " (" + line + ")").orElse("");
  }

  /** {@code CUDA0} belongs to the back end {@code cuda}. */
  private static String backend(Device device) {
    String name = device.name().toLowerCase(Locale.ROOT);
    return Arrays.stream(Backend.values()).filter(each -> each != Backend.CPU).map(Backend::label)
        .filter(name::startsWith).findFirst().orElse("cuda|vulkan|metal");
  }

  /** Another file, another time of one, another device: another trial. */
  private static String key(Path libraries, Device device) throws FetchException {
    MessageDigest digest = ANY.start();
    digest.update((device.name() + '\n' + device.description() + '\n' + libraries.toAbsolutePath()
        .normalize() + '\n').getBytes(StandardCharsets.UTF_8));
    try (Stream<Path> files = Files.list(libraries)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        digest.update((file.getFileName() + " " + Files.size(file) + ' '
            + Files.getLastModifiedTime(file).toMillis() + '\n').getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException failure) {
      throw Cache.explain("cannot look at the native libraries", failure);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private void remember(Path passed, Device device) {
    try {
      Files.createDirectories(passed.getParent());
      Files.writeString(passed, device.name() + ' ' + device.description() + '\n');
    } catch (IOException unwritable) {
      // The next start tries again: slower, and as safe.
    }
  }

  /** The trial itself: libraries, model, device; ends with 0 where a token was decoded. */
  public static void main(String[] words) {
    NativeLibrary library = NativeLibrary.load(Path.of(words[0]));
    decode(Path.of(words[1]), library.device(words[2]).orElseThrow(() -> new LlamaException(
        "ggml_backend_dev_by_name", 0, "no device " + words[2] + "; there are: "
            + library.devices().stream().map(Device::name).collect(Collectors.joining(", ")))));
    System.exit(0);
  }

  private static void decode(Path file, Device device) {
    Model.Options options = device.gpu()
        ? new Model.Options(LAYERS, List.of(device), share -> { }) : Model.Options.CPU;
    try (Model model = Model.open(file, options);
        Context context =
            Context.open(model, new Context.Options(POSITIONS, POSITIONS, 1, 1, 1));
        Batch batch = Batch.ofTokens(1)) {
      batch.add(1, 0, 0, true);
      context.decode(batch, () -> false);
      float logit = context.logits(0).get(ValueLayout.JAVA_FLOAT, 0);
      if (!Float.isFinite(logit)) {
        throw new LlamaException("llama_get_logits_ith", 0,
            "error: the first logit on " + device.name() + " is " + logit);
      }
    }
  }
}
