package io.larimar.cli.fetch;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Builds the native libraries on this machine: the pinned source, CMake, one preset a back end.
 *
 * <p>The result lies beside the fetched ones in the cache folder and is in use from then on.
 */
public final class NativeBuild {
  private static final Duration GIT_LIMIT = Duration.ofMinutes(10);
  private static final Duration CONFIGURE_LIMIT = Duration.ofMinutes(10);
  private static final Duration BUILD_LIMIT = Duration.ofHours(6);
  /** What the source and a build folder take: 209 MB and about 300 MB for the CPU. */
  private static final long SOURCE_BYTES = 600_000_000;
  /** Ninja says {@code [12/73]}, make says {@code [ 16%]}. */
  private static final Pattern AT = Pattern.compile("^\\[ *(\\d+)(?:/(\\d+)|%)]");
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");
  private static final String LLAMA_BENCH = "llama-bench";
  private static final String PLACE = "CMAKE_HOME_DIRECTORY:INTERNAL=";
  private static final int CMAKE_MAJOR = 3;
  private static final int CMAKE_MINOR = 21;

  private final Environment environment;
  private final Cache cache;
  private final Fetcher fetcher;
  private final Natives natives;
  private final Path projectRoot;

  NativeBuild(
      Environment environment, Cache cache, Fetcher fetcher, Natives natives, Path projectRoot) {
    this.environment = environment;
    this.cache = cache;
    this.fetcher = fetcher;
    this.natives = natives;
    this.projectRoot = projectRoot;
  }

  /**
   * A build in these surroundings.
   *
   * @param projectRoot the folder with CMakePresets.json; the launcher names it in the system
   *     property {@code larimar.home}
   */
  public static NativeBuild of(Environment environment, Path projectRoot) {
    Cache cache = Cache.of(environment);
    return new NativeBuild(environment, cache,
        new Fetcher(environment, cache, Duration.ofSeconds(1)), Natives.of(environment),
        projectRoot);
  }

  /**
   * Builds, checks and installs the libraries of one back end.
   *
   * @return the folder that is in use from now on
   * @throws FetchException with one line that says which tool is missing or where the log is
   */
  public Path build(Backend backend, Progress progress) throws FetchException {
    requireTools(backend);
    Path source = source(progress);
    Path log = logFile(backend.label());
    progress.note("building llama.cpp " + Catalogue.LLAMA_RELEASE + " for " + backend.label()
        + " (log: " + log + ")");
    List<Path> libraries;
    try (BufferedWriter writer = Files.newBufferedWriter(log)) {
      Consumer<String> keep = line -> append(writer, line);
      configure(backend.label(), List.of("-DLARIMAR_LLAMA_SOURCE=" + source), keep, log);
      compile(backend.label(), keep, log, progress);
      libraries = built(backend);
    } catch (FetchException known) {
      throw known;
    } catch (IOException | UncheckedIOException failure) {
      throw new FetchException("cannot write " + log + ": " + failure.getMessage(), failure);
    }
    verify(backend, libraries);
    Path folder = natives.keepBuilt(backend, libraries, progress);
    progress.note("native libraries ready: " + folder);
    return folder;
  }

  /**
   * Builds llama.cpp's own {@code llama-bench} from the pinned source, linked to libraries that are
   * there; half a minute the first time, a second later.
   *
   * @param libraries the folder of the libraries in use
   * @return the program, to be run in that folder, as it looks for CPU variants where it is run
   * @throws FetchException with one line that says which tool is missing or where the log is
   */
  public Path llamaBench(Path libraries, Progress progress) throws FetchException {
    List<String> missing = new ArrayList<>();
    needBasics(missing);
    requireNone(missing);
    Path source = source(progress);
    Path log = logFile(LLAMA_BENCH);
    try (BufferedWriter writer = Files.newBufferedWriter(log)) {
      Consumer<String> keep = line -> append(writer, line);
      configure(LLAMA_BENCH, List.of("-DLARIMAR_LLAMA_SOURCE=" + source,
          "-DLARIMAR_BENCH_LIBRARIES=" + libraries.toAbsolutePath()), keep, log);
      compile(LLAMA_BENCH, keep, log, progress);
    } catch (FetchException known) {
      throw known;
    } catch (IOException | UncheckedIOException failure) {
      throw new FetchException("cannot write " + log + ": " + failure.getMessage(), failure);
    }
    return buildFolder(LLAMA_BENCH).resolve("bin").resolve(LLAMA_BENCH);
  }

  private void needBasics(List<String> missing) {
    need(missing, "git", "git", "git");
    need(missing, "CMake 3.21 or newer", "cmake", "cmake");
    need(missing, "a C++ compiler", "g++", "c++", "g++", "clang++", "cl");
    need(missing, "make or Ninja", "ninja-build", "ninja", "make", "nmake", "msbuild");
  }

  /** Names every missing tool at once. */
  private void requireTools(Backend backend) throws FetchException {
    List<String> missing = new ArrayList<>();
    needBasics(missing);
    switch (backend) {
      case VULKAN -> need(missing, "the Vulkan SDK with glslc",
          "libvulkan-dev glslc spirv-headers", "glslc");
      case CUDA -> need(missing, "the CUDA toolkit with nvcc", "nvidia-cuda-toolkit", "nvcc");
      case METAL -> {
        if (!environment.mac()) {
          throw new FetchException(
              "the metal back end is for macOS only: build cpu, vulkan or cuda");
        }
      }
      case CPU -> { }
    }
    requireNone(missing);
  }

  private void requireNone(List<String> missing) throws FetchException {
    if (!missing.isEmpty()) {
      throw new FetchException(
          "the build needs what is not on PATH: " + String.join(", ", missing));
    }
    String version = Command.run(
        environment, GIT_LIMIT, List.of(program("cmake"), "--version")).out();
    Matcher found = VERSION.matcher(version);
    if (!found.find() || Integer.parseInt(found.group(1)) < CMAKE_MAJOR
        || Integer.parseInt(found.group(1)) == CMAKE_MAJOR
            && Integer.parseInt(found.group(2)) < CMAKE_MINOR) {
      throw new FetchException("the build needs CMake 3.21 or newer, and PATH leads to "
          + Network.firstLine(version, ""));
    }
  }

  private void need(List<String> missing, String what, String packages, String... programs) {
    if (environment.executable(programs).isEmpty()) {
      missing.add(what + " (Debian, Ubuntu: apt install " + packages + ")");
    }
  }

  private String program(String name) {
    return environment.executable(name).map(Path::toString).orElse(name);
  }

  /** The pinned source, unpacked once: npm's package carries it as a git bundle. */
  private Path source(Progress progress) throws FetchException {
    Path source = cache.sources().resolve("llama.cpp-" + Catalogue.LLAMA_RELEASE);
    try (Cache.Lock _ = cache.lock("source", progress)) {
      if (Files.isDirectory(source)) {
        return source;
      }
      Path archive = fetcher.obtain(Catalogue.SOURCE, SOURCE_BYTES, progress);
      cache.prepare(cache.sources(), 0);
      Path fresh = Files.createTempDirectory(cache.sources(), ".unpacking");
      try {
        List<Path> bundle =
            Archives.unpackTarGz(archive, fresh, Catalogue.SOURCE_BUNDLE::equals);
        if (bundle.size() != 1) {
          throw new FetchException(Catalogue.SOURCE + " does not hold the source of llama.cpp");
        }
        Path tree = fresh.resolve("source");
        Command.Result clone = Command.run(environment, GIT_LIMIT, List.of(program("git"),
            "-c", "advice.detachedHead=false", "clone", "--quiet", bundle.getFirst().toString(),
            tree.toString()));
        if (clone.exitCode() != 0) {
          throw new FetchException("git cannot unpack the source of llama.cpp: "
              + Network.firstLine(clone.err(), "fatal:"));
        }
        Files.move(tree, source, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Cache.deleteTree(fresh);
      }
      Fetcher.remove(archive);
      return source;
    } catch (FetchException known) {
      throw known;
    } catch (IOException failure) {
      throw Cache.explain("cannot unpack the source of llama.cpp", failure);
    }
  }

  private Path logFile(String preset) throws FetchException {
    Path log = projectRoot.resolve("target/native").resolve(preset + ".log");
    try {
      Files.createDirectories(log.getParent());
      return log;
    } catch (IOException failure) {
      throw Cache.explain("cannot make the build folder", failure);
    }
  }

  private void configure(String preset, List<String> settings, Consumer<String> keep, Path log)
      throws FetchException {
    dropBuildOfAnotherPlace(buildFolder(preset), projectRoot);
    List<String> words = new ArrayList<>(List.of(program("cmake"), "--preset", preset));
    words.addAll(settings);
    if (environment.executable("ninja").isPresent()
        && !Files.exists(buildFolder(preset).resolve("CMakeCache.txt"))) {
      words.addAll(List.of("-G", "Ninja"));
    }
    Command.Result result =
        Command.follow(environment, CONFIGURE_LIMIT, words, projectRoot, keep);
    result.err().lines().forEach(keep);
    if (result.exitCode() != 0) {
      throw new FetchException("CMake cannot set up the " + preset + " build: "
          + cause(result.err()) + " (log: " + log + ")");
    }
  }

  /** CMake refuses a build folder that was moved or copied with its project; it is made anew. */
  static void dropBuildOfAnotherPlace(Path build, Path project) throws FetchException {
    Path cache = build.resolve("CMakeCache.txt");
    try {
      if (Files.isRegularFile(cache) && Files.readAllLines(cache).stream()
          .filter(line -> line.startsWith(PLACE))
          .map(line -> Path.of(line.substring(PLACE.length())))
          .anyMatch(place -> !place.equals(project.toAbsolutePath().normalize()))) {
        Cache.deleteTree(build);
      }
    } catch (IOException failure) {
      throw Cache.explain("cannot clear the build folder " + build, failure);
    }
  }

  private void compile(String preset, Consumer<String> keep, Path log, Progress progress)
      throws FetchException {
    int jobs = Runtime.getRuntime().availableProcessors();
    List<String> words = List.of(program("cmake"), "--build", "--preset", preset,
        "--parallel", Integer.toString(jobs));
    StringBuilder firstError = new StringBuilder();
    try (Counter counter = new Counter(progress, "compiling llama.cpp")) {
      Command.Result result = Command.follow(environment, BUILD_LIMIT, words, projectRoot, line -> {
        keep.accept(line);
        counter.read(line);
        if (firstError.isEmpty() && line.contains("error:")) {
          firstError.append(line);
        }
      });
      result.err().lines().forEach(keep);
      if (result.exitCode() != 0) {
        throw new FetchException("the " + preset + " build failed: "
            + (firstError.isEmpty() ? cause(result.err()) : firstError) + " (log: " + log + ")");
      }
    }
  }

  /** CMake prints {@code CMake Error at FILE:LINE (message):}, then the reason, indented. */
  private static String cause(String err) {
    Optional<String> indented = err.lines().dropWhile(line -> !line.startsWith("CMake Error"))
        .skip(1).filter(line -> !line.isBlank()).map(String::strip).findFirst();
    return indented.orElseGet(() -> Network.firstLine(err, "CMake Error"));
  }

  private Path buildFolder(String preset) {
    return projectRoot.resolve("target/native").resolve(preset);
  }

  private List<Path> built(Backend backend) throws IOException {
    try (Stream<Path> files = Files.walk(buildFolder(backend.label()).resolve("bin"))) {
      return files.filter(Files::isRegularFile)
          .filter(file -> Catalogue.LIBRARY.matcher(file.getFileName().toString()).matches())
          .sorted().toList();
    }
  }

  /** The back end's own library is there, and the main one loads and has its first function. */
  private void verify(Backend backend, List<Path> libraries) throws FetchException {
    String wanted = "ggml-" + backend.label();
    if (libraries.stream().noneMatch(file -> file.getFileName().toString().contains(wanted))) {
      throw new FetchException("the build brought no " + wanted + " library: " + libraries.stream()
          .map(file -> file.getFileName().toString()).toList());
    }
    Path main = libraries.stream()
        .filter(file -> file.getFileName().toString().matches("(lib)?llama\\..*"))
        .findFirst().orElseThrow(() -> new FetchException("the build brought no llama library"));
    try (Arena arena = Arena.ofConfined()) {
      if (SymbolLookup.libraryLookup(main, arena).find("llama_backend_init").isEmpty()) {
        throw new FetchException("the built library lacks llama_backend_init: " + main);
      }
    } catch (IllegalArgumentException unloadable) {
      throw new FetchException("the built library cannot be loaded: " + main, unloadable);
    }
    if (environment.platform().startsWith("linux")) {
      requireSharedRuntime(main);
    }
  }

  /**
   * Sees that a library names the C++ run time it shares with the others: where a compiler has put
   * a copy into each, one frees what another has allocated, and the process ends as a model is
   * loaded.
   */
  static void requireSharedRuntime(Path library) throws FetchException {
    String bytes;
    try {
      bytes = Files.readString(library, StandardCharsets.ISO_8859_1);
    } catch (IOException failure) {
      throw Cache.explain("cannot read the built library", failure);
    }
    if (!bytes.contains("libstdc++.so") && !bytes.contains("libc++.so")) {
      throw new FetchException("the compiler put a copy of the C++ run time into " + library
          + " instead of linking the shared one, and such libraries end the process when a model is"
          + " loaded: install the compiler's shared libstdc++ (Debian, Ubuntu: apt install"
          + " libstdc++-14-dev, or of the compiler's own release), and build again");
    }
  }

  private static void append(BufferedWriter writer, String line) {
    try {
      writer.write(line);
      writer.newLine();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Turns the build tool's own counting into a step. */
  private static final class Counter implements AutoCloseable {
    private static final int PERCENT = 100;

    private final Progress progress;
    private final String label;
    private Optional<Progress.Step> step = Optional.empty();

    Counter(Progress progress, String label) {
      this.progress = progress;
      this.label = label;
    }

    void read(String line) {
      Matcher at = AT.matcher(line);
      if (at.find()) {
        long total = at.group(2) == null ? PERCENT : Long.parseLong(at.group(2));
        if (step.isEmpty()) {
          step = Optional.of(progress.step(label, total, Progress.Unit.ITEMS));
        }
        step.get().at(Long.parseLong(at.group(1)));
      }
    }

    @Override
    public void close() {
      step.ifPresent(Progress.Step::close);
    }
  }
}
