package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.engine.Statement;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code summary}: a short summary of what memory holds on a topic. */
@Command(name = "summary", description = {
    "Prints a short summary of what memory holds on a topic, in its own words: the statements that are",
    "nearest to the topic and repeat each other least, with their places."})
final class SummaryCommand extends TopicCommand {
  @Option(names = "--sentences", defaultValue = "3", description = "how many (${DEFAULT-VALUE})")
  private int sentences;

  @Override
  List<Statement> statements(Larimar larimar, String topic) {
    return larimar.summary(topic, sentences);
  }
}
