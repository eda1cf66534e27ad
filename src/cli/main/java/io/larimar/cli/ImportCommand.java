package io.larimar.cli;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code import}: facts from JSON lines. */
@Command(name = "import",
    description = "Writes facts from JSON lines, all or none; they get numbers of this store.")
final class ImportCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "JSON lines, as `export` prints them")
  private Path file;

  @Override
  public Integer call() throws Exception {
    List<Fact> facts = Facts.read(file);
    try (Larimar larimar = engine.open()) {
      larimar.writeAll(facts);
    }
    if (json) {
      Output.json(Map.of("imported", facts.size()));
    } else {
      System.out.println(facts.size() + " facts imported from " + file);
    }
    return ExitCode.DONE;
  }
}
