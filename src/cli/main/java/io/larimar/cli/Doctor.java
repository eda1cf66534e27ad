package io.larimar.cli;

import io.larimar.cli.fetch.Cache;
import io.larimar.cli.fetch.Environment;
import io.larimar.cli.fetch.FetchException;
import io.larimar.cli.fetch.Models;
import io.larimar.cli.fetch.Natives;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Looks at what the engine needs from this machine; needs no engine itself and changes nothing. */
public final class Doctor {
  private static final int LEAST_JDK = 25;
  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  /** Below this width the kernels run, but slower than plain loops would on most machines. */
  private static final int LEAST_VECTOR_BITS = 128;
  /** What a first run writes: libraries, the default model and their archives, 230 MB. */
  private static final long FIRST_RUN_BYTES = 250_000_000;
  /** What later runs may write: the store. */
  private static final long LATER_RUN_BYTES = 20_000_000;

  private final Environment environment;
  private final Cache cache;

  /** A look at these surroundings. */
  public Doctor(Environment environment) {
    this.environment = environment;
    this.cache = Cache.of(environment);
  }

  /**
   * One line of the report.
   *
   * @param name what was looked at
   * @param good whether it is as it must be
   * @param found what was found
   * @param remedy what to do; empty where nothing has to be done
   */
  public record Check(String name, boolean good, String found, Optional<String> remedy) {

    /** A check that is as it must be. */
    public static Check good(String name, String found) {
      return new Check(name, true, found, Optional.empty());
    }

    /** A check that is not; @param remedy what to do about it. */
    public static Check bad(String name, String found, String remedy) {
      return new Check(name, false, found, Optional.of(remedy));
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%-4s %-9s %s%s", good ? "ok" : "BAD", name, found,
          remedy.map(text -> "; " + text).orElse(""));
    }
  }

  /**
   * Every check that needs neither libraries nor model.
   *
   * @param vectorBits the width of the kernels' vectors
   * @param model a known name or a path
   * @param store the folder of the store; it need not exist yet
   */
  public List<Check> checks(int vectorBits, String model, Path store) {
    return List.of(jdk(Runtime.version()), vector(vectorBits), natives(), model(model), disk(model),
        store(store));
  }

  Check jdk(Runtime.Version version) {
    String found = version + ", " + System.getProperty("java.vm.name") + ", "
        + System.getProperty("java.home");
    return version.feature() >= LEAST_JDK ? Check.good("jdk", found)
        : Check.bad("jdk", found, "install JDK " + LEAST_JDK + " or set LARIMAR_JAVA_HOME to one");
  }

  Check vector(int vectorBits) {
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      return Check.bad("vector", VECTOR_MODULE + " is not loaded: the kernels run without SIMD",
          "start by ./larimar, or add --add-modules " + VECTOR_MODULE);
    }
    String found = vectorBits + " bits, " + vectorBits / Float.SIZE + " floats";
    return vectorBits >= LEAST_VECTOR_BITS ? Check.good("vector", found)
        : Check.bad("vector", found, "this processor or JVM has no SIMD: expect slow kernels");
  }

  Check natives() {
    try {
      return Natives.of(environment).installed()
          .map(folder -> Check.good("natives", origin(folder) + " in " + folder))
          .orElseGet(() -> Check.bad(
              "natives", "not fetched yet", "run `larimar natives`; any other command does so too"));
    } catch (FetchException failure) {
      return Check.bad("natives", failure.getMessage(), "run `larimar natives`");
    }
  }

  private static String origin(Path folder) {
    try {
      return Natives.origin(folder);
    } catch (FetchException unreadable) {
      return unreadable.getMessage();
    }
  }

  Check model(String model) {
    try {
      return Models.of(environment).installed(model)
          .map(file -> Check.good("model", model + " in " + file))
          .orElseGet(() -> Models.of(environment).names().contains(model)
              ? Check.bad("model", model + " is not fetched yet", "run `larimar model " + model
                  + "`; the first question does so too")
              : Check.bad("model", "there is no file " + model, "give a GGUF file, or one of "
                  + String.join(", ", Models.of(environment).names())));
    } catch (FetchException failure) {
      return Check.bad("model", failure.getMessage(), "look at the file's access rights");
    }
  }

  Check disk(String model) {
    long free = cache.freeBytes();
    boolean first = !natives().good() || !model(model).good();
    long needed = first ? FIRST_RUN_BYTES : LATER_RUN_BYTES;
    String found = String.format(Locale.ROOT, "%,d MB free for %s", free / 1_000_000, cache.root());
    return free >= needed ? Check.good("disk", found)
        : Check.bad("disk", found, "free some space (" + needed / 1_000_000
            + " MB are needed), or set LARIMAR_CACHE to a folder on another disk");
  }

  Check store(Path store) {
    Path existing = store.toAbsolutePath();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing)) {
      return Check.bad("store", existing + " is a file where a folder is needed",
          "choose another --store");
    }
    if (!Files.isWritable(existing)) {
      return Check.bad("store", existing + " is not writable",
          "give this user write access, or choose another --store");
    }
    return Check.good("store", Files.isDirectory(store)
        ? store.toString() : store + " (made by the first write)");
  }
}
