package io.larimar.cli;

import io.larimar.ledger.AuditRow;
import io.larimar.ledger.Ledger;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code history}: what became of a fact. */
@Command(name = "history",
    description = "What was done with a fact and its versions: who and when, never the content.")
final class HistoryCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "the fact's number")
  private long id;

  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      List<AuditRow> rows = ledger.history(engine.principal(), id);
      if (rows.isEmpty()) {
        throw new IllegalArgumentException("no fact " + id + "; see `larimar list`");
      }
      for (AuditRow row : rows) {
        System.out.println(json ? row.toJson()
            : Instant.ofEpochMilli(row.atMillis()) + "  " + row.operation() + "  "
                + row.principal() + "  " + row.detail());
      }
    }
    return ExitCode.DONE;
  }
}
