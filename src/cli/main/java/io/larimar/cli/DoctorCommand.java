package io.larimar.cli;

import io.larimar.bindings.LlamaException;
import io.larimar.bindings.NativeLibrary;
import io.larimar.cli.Doctor.Check;
import io.larimar.cli.fetch.Environment;
import io.larimar.cli.fetch.FetchException;
import io.larimar.cli.fetch.Natives;
import io.larimar.linalg.VectorKernels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code doctor}: whether everything that is needed is there. */
@Command(name = "doctor", description = "Checks JDK, vector width, natives, devices, model, disk and"
    + " store: a line each, with what to do where one is wrong.")
final class DoctorCommand extends StoreCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    Environment environment = Environment.ofProcess();
    List<Check> checks = new ArrayList<>(new Doctor(environment)
        .checks(VectorKernels.vectorBits(), engine.modelName(), engine.store()));
    library(environment).ifPresent(checks::addAll);
    for (Check check : checks) {
      if (json) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("check", check.name());
        map.put("ok", check.good());
        map.put("found", check.found());
        map.put("remedy", Output.orNull(check.remedy()));
        Output.json(map);
      } else {
        System.out.println(check);
      }
    }
    return checks.stream().allMatch(Check::good) ? ExitCode.DONE : ExitCode.ENVIRONMENT;
  }

  /** What only the loaded library can tell: its release and its devices. */
  private static Optional<List<Check>> library(Environment environment) {
    Optional<Path> folder;
    try {
      folder = Natives.of(environment).installed();
    } catch (FetchException e) {
      return Optional.empty(); // The natives' own line says so already.
    }
    return folder.map(path -> {
      try {
        NativeLibrary library = NativeLibrary.load(path);
        return List.of(Check.good("release", "llama.cpp " + library.version()),
            Check.good("devices", library.devices().stream()
                .map(d -> d.name() + " (" + d.description() + ")")
                .collect(Collectors.joining(", "))));
      } catch (LlamaException e) {
        return List.of(Check.bad("release", e.getMessage(), "fetch with `larimar natives`"));
      }
    });
  }
}
