package io.larimar.cli;

import io.larimar.cli.fetch.Models;
import io.larimar.cli.fetch.Progress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code model}: fetches a model. */
@Command(name = "model", mixinStandardHelpOptions = true,
    description = "Fetches a model by its known name and prints its file.")
final class ModelCommand implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", description = "smollm2-135m or gemma-3-270m")
  private String name;

  @Option(names = "--json", description = "JSON on standard output")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Path file = Models.locate(name, Progress.onStandardError());
    if (json) {
      Output.json(Map.of("name", name, "file", file.toString()));
    } else {
      System.out.println(file);
    }
    return ExitCode.DONE;
  }
}
