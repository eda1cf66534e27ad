package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.engine.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code about}: what memory holds on a topic. */
@Command(name = "about", description = {
    "Prints what memory holds on a topic: facts that were told, then passages of documents, with their",
    "places. All the content words of the topic stand in each."})
final class AboutCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TOPIC", description = "a name or a few words")
  private String topic;

  @Option(names = "--limit", defaultValue = "20", description = "most statements (${DEFAULT-VALUE})")
  private int limit;

  @Override
  public Integer call() throws Exception {
    try (Larimar larimar = engine.open()) {
      List<Statement> statements = larimar.about(topic, limit);
      for (Statement statement : statements) {
        if (json) {
          Output.json(Places.toMap(statement));
        } else {
          System.out.println(Places.line(statement));
        }
      }
      if (statements.isEmpty()) {
        System.err.println("memory holds nothing on \"" + topic + "\"");
      }
    }
    return ExitCode.DONE;
  }
}
