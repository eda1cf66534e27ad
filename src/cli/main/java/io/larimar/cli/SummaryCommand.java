package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.engine.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code summary}: a short summary of what memory holds on a topic. */
@Command(name = "summary", description = {
    "Prints a short summary of what memory holds on a topic, in its own words: the statements that are",
    "nearest to the topic and repeat each other least, with their places."})
final class SummaryCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TOPIC", description = "a name or a few words")
  private String topic;

  @Option(names = "--sentences", defaultValue = "3", description = "how many (${DEFAULT-VALUE})")
  private int sentences;

  @Override
  public Integer call() throws Exception {
    try (Larimar larimar = engine.open()) {
      List<Statement> statements = larimar.summary(topic, sentences);
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
