package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.engine.Statement;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code about}: what memory holds on a topic. */
@Command(name = "about", description = {
    "Prints what memory holds on a topic: facts that were told, then passages of documents, with their",
    "places. All the content words of the topic stand in each."})
final class AboutCommand extends TopicCommand {
  @Option(names = "--limit", defaultValue = "20", description = "most statements (${DEFAULT-VALUE})")
  private int limit;

  @Override
  List<Statement> statements(Larimar larimar, String topic) {
    return larimar.about(topic, limit);
  }
}
