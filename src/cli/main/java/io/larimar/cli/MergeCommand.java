package io.larimar.cli;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Principal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code merge}: the facts of another store into this one. */
@Command(name = "merge", description = "Writes the live facts of another store into this one, all or"
    + " none; the other is left as it is.")
final class MergeCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "OTHER", description = "directory of the other store")
  private Path other;

  @Override
  public Integer call() throws Exception {
    if (!Files.isDirectory(other)) {
      throw new IllegalArgumentException("no store at " + other);
    }
    List<Fact> facts = new ArrayList<>();
    try (Ledger ledger = Ledger.open(other, LedgerOptions.defaults())) {
      ledger.forEachLive(Principal.OWNER, entry -> facts.add(entry.fact()));
    }
    if (!facts.isEmpty()) {
      try (Larimar larimar = engine.open()) {
        larimar.writeAll(facts);
      }
    }
    if (json) {
      Output.json(Map.of("merged", facts.size()));
    } else {
      System.out.println(facts.size() + " facts merged from " + other);
    }
    return ExitCode.DONE;
  }
}
