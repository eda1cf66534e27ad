package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.engine.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Parameters;

/** A command that prints what memory holds on a topic, a statement a line, with its place. */
abstract class TopicCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TOPIC", description = "a name or a few words")
  private String topic;

  abstract List<Statement> statements(Larimar larimar, String topic);

  @Override
  public Integer call() throws Exception {
    try (Larimar larimar = engine.open()) {
      List<Statement> statements = statements(larimar, topic);
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
