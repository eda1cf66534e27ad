package io.larimar.cli;

import io.larimar.ledger.Ledger;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code compact}: gives the space of erased facts back. */
@Command(name = "compact", description = "Rebuilds the store's file without the space of erased facts.")
final class CompactCommand extends StoreCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      long before = ledger.stats(engine.principal()).bytes();
      ledger.compact(engine.principal());
      long after = ledger.stats(engine.principal()).bytes();
      if (json) {
        Output.json(Map.of("bytesBefore", before, "bytesAfter", after));
      } else {
        System.out.println(before + " bytes before, " + after + " after");
      }
    }
    return ExitCode.DONE;
  }
}
