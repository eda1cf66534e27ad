package io.larimar.cli.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Finds the native libraries of llama.cpp on this machine, and brings them there once.
 *
 * <p>Each build lies in a folder of its own, with a list of its files; the file {@code selected}
 * names the one in use. {@code LARIMAR_NATIVES} overrides everything by a folder of the user's own.
 */
public final class Natives {
  private static final String FILE_LIST = "larimar-files.txt";
  private static final String SELECTED = "selected";
  /** What unpacking takes beside the archive; the packages unpack to at most 2.5 times theirs. */
  private static final long UNPACKED_RATIO = 3;

  private final Environment environment;
  private final Cache cache;
  private final Fetcher fetcher;
  private final BiFunction<String, Backend, Optional<Artifact>> catalogue;

  Natives(Environment environment, Cache cache, Duration pause,
      BiFunction<String, Backend, Optional<Artifact>> catalogue) {
    this.environment = environment;
    this.cache = cache;
    this.fetcher = new Fetcher(environment, cache, pause);
    this.catalogue = catalogue;
  }

  /** The natives of these surroundings. */
  public static Natives of(Environment environment) {
    return new Natives(
        environment, Cache.of(environment), Duration.ofSeconds(1), Catalogue::natives);
  }

  /**
   * The folder with the libraries of this process's surroundings, fetched if they are not there.
   *
   * @throws FetchException with one line that says what is missing
   */
  public static Path locate(Progress progress) throws FetchException {
    return of(Environment.ofProcess()).find(progress);
  }

  /** The folder with the libraries; fetches the default ones where none are there. */
  public Path find(Progress progress) throws FetchException {
    Optional<Path> present = installed();
    if (present.isPresent()) {
      return present.get();
    }
    return fetch(Catalogue.defaultBackend(environment.platform()), progress);
  }

  /** The folder in use, if it is there and whole; nothing is fetched. */
  public Optional<Path> installed() throws FetchException {
    Optional<Path> own = environment.variable("LARIMAR_NATIVES").map(Path::of);
    if (own.isPresent()) {
      return Optional.of(checkedOwn(own.get()));
    }
    Path selected = cache.natives().resolve(SELECTED);
    try {
      if (Files.isRegularFile(selected)) {
        Path folder = cache.natives().resolve(Files.readString(selected).strip());
        if (folder.getParent().equals(cache.natives()) && whole(folder)) {
          return Optional.of(folder);
        }
      }
      Path standard = folderOf(Catalogue.defaultBackend(environment.platform()), false);
      return whole(standard) ? Optional.of(standard) : Optional.empty();
    } catch (IOException failure) {
      throw Cache.explain("cannot look for the native libraries", failure);
    }
  }

  private static Path checkedOwn(Path folder) throws FetchException {
    try (Stream<Path> files = Files.list(folder)) {
      if (files.anyMatch(file -> file.getFileName().toString()
          .matches("(lib)?llama(?!-)[^/]*\\.(so|dylib|dll)"))) {
        return folder;
      }
    } catch (IOException unreadable) {
      throw new FetchException(
          "LARIMAR_NATIVES names a folder that cannot be read: " + folder, unreadable);
    }
    throw new FetchException("LARIMAR_NATIVES names a folder without a llama library: " + folder);
  }

  /** The folder of one back end's ready libraries, fetched if need be, and from now on in use. */
  public Path fetch(Backend backend, Progress progress) throws FetchException {
    Artifact artifact = catalogue.apply(environment.platform(), backend).orElseThrow(
        () -> new FetchException("there are no ready libraries for " + environment.platform()
            + " with " + backend.label() + ": build them with `larimar natives --build "
            + backend.label() + "`"));
    Path folder = folderOf(backend, false);
    try (Cache.Lock _ = cache.lock("natives", progress)) {
      if (!whole(folder)) {
        Path archive = fetcher.obtain(
            artifact, artifact.sizeBytes().orElse(0) * UNPACKED_RATIO, progress);
        install(folder, artifact.toString(), fresh -> Archives.unpackTarGz(archive, fresh,
            path -> Catalogue.LIBRARY.matcher(path.substring(path.lastIndexOf('/') + 1))
                .matches()));
        Fetcher.remove(archive);
        progress.note("native libraries ready: " + artifact);
      }
      select(folder);
    } catch (IOException failure) {
      throw explained("cannot install the native libraries", failure);
    }
    return folder;
  }

  /** Keeps libraries that were built on this machine, and puts them into use. */
  Path keepBuilt(Backend backend, List<Path> libraries, Progress progress) throws FetchException {
    Path folder = folderOf(backend, true);
    try (Cache.Lock _ = cache.lock("natives", progress)) {
      install(folder, "built from llama.cpp " + Catalogue.LLAMA_RELEASE, fresh -> {
        for (Path library : libraries) {
          Files.copy(library, fresh.resolve(library.getFileName()));
        }
        return libraries;
      });
      select(folder);
    } catch (IOException failure) {
      throw explained("cannot install the native libraries", failure);
    }
    return folder;
  }

  private static FetchException explained(String what, IOException failure) {
    return failure instanceof FetchException known ? known : Cache.explain(what, failure);
  }

  private Path folderOf(Backend backend, boolean built) {
    return cache.natives().resolve(environment.platform() + "-" + backend.label()
        + (built ? "-built" : "-" + Catalogue.PACKAGE_VERSION));
  }

  /** Puts the libraries into an empty folder; returns them. */
  private interface Filling {
    List<Path> into(Path folder) throws IOException;
  }

  /** Fills a folder under a passing name, lists its files, and gives it its place by a rename. */
  private void install(Path folder, String origin, Filling filling) throws IOException {
    cache.prepare(cache.natives(), 0);
    Path fresh = Files.createTempDirectory(cache.natives(), ".unpacking");
    try {
      if (filling.into(fresh).stream().noneMatch(
          file -> file.getFileName().toString().contains("llama"))) {
        throw new FetchException(origin + " holds no llama library");
      }
      StringBuilder list = new StringBuilder("# ").append(origin).append('\n');
      try (Stream<Path> files = Files.list(fresh)) {
        for (Path file : files.sorted().toList()) {
          list.append(Files.size(file)).append(' ').append(file.getFileName()).append('\n');
        }
      }
      Files.writeString(fresh.resolve(FILE_LIST), list);
      Cache.deleteTree(folder); // Only ever an incomplete or an older build of the same name.
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Cache.deleteTree(fresh);
    }
  }

  private void select(Path folder) throws IOException {
    Path passing = Files.createTempFile(cache.natives(), ".selected", "");
    Files.writeString(passing, folder.getFileName() + "\n");
    Files.move(passing, cache.natives().resolve(SELECTED),
        StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Whether every file that the folder's list names is there in its size. */
  private static boolean whole(Path folder) throws IOException {
    Path list = folder.resolve(FILE_LIST);
    if (!Files.isRegularFile(list)) {
      return false;
    }
    for (String line : Files.readAllLines(list)) {
      int space = line.indexOf(' ');
      if (!line.startsWith("#") && space > 0) {
        Path file = folder.resolve(line.substring(space + 1));
        if (!Files.isRegularFile(file)
            || Files.size(file) != Long.parseLong(line.substring(0, space))) {
          return false;
        }
      }
    }
    return true;
  }

  /** What a folder of this cache says about its origin; the folder itself for one of the user's. */
  public static String origin(Path folder) throws FetchException {
    Path list = folder.resolve(FILE_LIST);
    try {
      return Files.isRegularFile(list)
          ? Files.readAllLines(list).getFirst().replaceFirst("^# ", "") : folder.toString();
    } catch (IOException failure) {
      throw Cache.explain("cannot read " + list, failure);
    }
  }
}
