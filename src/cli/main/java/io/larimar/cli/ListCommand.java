package io.larimar.cli;

import io.larimar.ledger.Ledger;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code list}: the live facts. */
@Command(name = "list", description = "Lists the live facts, oldest first.")
final class ListCommand extends StoreCommand implements Callable<Integer> {
  @Option(names = "--tag", description = "only facts with this label", defaultValue = "")
  private String tag;

  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      ledger.forEachLive(engine.principal(), entry -> {
        if (!tag.isEmpty() && !entry.fact().tags().contains(tag)) {
          return;
        }
        if (json) {
          Output.json(Facts.toMap(entry));
        } else {
          System.out.println(entry.id() + "  " + entry.fact().text());
        }
      });
    }
    return ExitCode.DONE;
  }
}
