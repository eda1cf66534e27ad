package io.larimar.cli;

import io.larimar.cli.fetch.Backend;
import io.larimar.cli.fetch.Environment;
import io.larimar.cli.fetch.FetchException;
import io.larimar.cli.fetch.NativeBuild;
import io.larimar.cli.fetch.Natives;
import io.larimar.cli.fetch.Progress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code natives}: fetches or builds llama.cpp's libraries. */
@Command(name = "natives", mixinStandardHelpOptions = true,
    description = "Fetches llama.cpp's libraries (or builds them) and prints their folder.")
final class NativesCommand implements Callable<Integer> {
  @Option(names = "--build", paramLabel = "BACKEND",
      description = "build from the pinned source: cpu, vulkan, cuda or metal")
  private Optional<String> build = Optional.empty();

  @Option(names = "--fetch", paramLabel = "BACKEND",
      description = "fetch ready libraries: cpu, vulkan, cuda or metal")
  private Optional<String> fetch = Optional.empty();

  @Option(names = "--json", description = "JSON on standard output")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Progress progress = Progress.onStandardError();
    Natives natives = Natives.of(Environment.ofProcess());
    Path folder = build.isPresent() ? build(Backend.of(build.get()), progress)
        : fetch.isPresent() ? natives.fetch(Backend.of(fetch.get()), progress)
        : natives.find(progress);
    if (json) {
      Output.json(Map.of("folder", folder.toString(), "origin", Natives.origin(folder)));
    } else {
      System.out.println(folder);
    }
    return ExitCode.DONE;
  }

  private static Path build(Backend backend, Progress progress) throws FetchException {
    String home = System.getProperty("larimar.home", "");
    if (home.isEmpty()) {
      throw new FetchException("--build needs the project's folder: use the launcher ./larimar");
    }
    return NativeBuild.of(Environment.ofProcess(), Path.of(home)).build(backend, progress);
  }
}
