package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.passages.Found;
import io.larimar.passages.Strategy;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code search}: passages of documents that a question finds; nothing is generated. */
@Command(name = "search", description = {
    "Searches the documents that were read, and prints what it finds with its places, best first.",
    "Nothing is generated; `ask` answers."})
final class SearchCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "QUESTION")
  private String question;

  @Option(names = "--limit", defaultValue = "5", description = "most passages (${DEFAULT-VALUE})")
  private int limit;

  @Option(names = "--strategy", defaultValue = "pruned", description = {
      "pruned: the episodes whose summaries promise most; recursive: all of them; flat: every key;",
      "paper: Larimar's own recursion over blended read-outs (default: ${DEFAULT-VALUE})"})
  private Strategy strategy;

  @Override
  public Integer call() throws Exception {
    try (Larimar larimar = engine.open()) {
      List<Found> found = larimar.searchDocuments(question, strategy, limit);
      for (Found passage : found) {
        if (json) {
          Output.json(Places.toMap(passage));
        } else {
          System.out.printf(Locale.ROOT, "%3.0f %% %.2f  %s  [%s]%n", 100 * passage.coverage(),
              passage.cosine(), passage.text(), Places.words(passage.excerpt(), passage.span()));
        }
      }
      if (found.isEmpty()) {
        System.err.println("no passage has a word of it; `read FILE` reads a document");
      }
    }
    return ExitCode.DONE;
  }
}
