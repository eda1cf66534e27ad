package io.larimar.cli;

import io.larimar.ledger.Ledger;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code export}: the live facts as JSON lines. */
@Command(name = "export",
    description = "Prints the live facts as JSON lines, as `import` and `write --file` take them.")
final class ExportCommand extends StoreCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      ledger.forEachLive(engine.principal(), entry -> Output.json(Facts.toMap(entry)));
    }
    return ExitCode.DONE;
  }
}
