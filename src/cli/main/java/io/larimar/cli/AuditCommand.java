package io.larimar.cli;

import io.larimar.ledger.AuditRow;
import io.larimar.ledger.Ledger;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code audit}: who did what and when, as JSON lines. */
@Command(name = "audit", description = "Prints the hash-chained audit as JSON lines: who, what id,"
    + " when, never content. A tenant other than the store's own sees its own rows.")
final class AuditCommand extends StoreCommand implements Callable<Integer> {
  private static final int PAGE_ROWS = 1_000;

  @Option(names = "--after", paramLabel = "SEQUENCE", defaultValue = "0",
      description = "only rows after this one")
  private long after;

  @Option(names = "--out", paramLabel = "FILE",
      description = "write all rows to this new file, a journal for a restore")
  private Optional<Path> out = Optional.empty();

  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      if (out.isPresent()) {
        ledger.exportAudit(engine.principal(), out.get());
        return ExitCode.DONE;
      }
      for (List<AuditRow> page = ledger.audit(engine.principal(), after, PAGE_ROWS);
          !page.isEmpty(); page = ledger.audit(engine.principal(), after, PAGE_ROWS)) {
        page.forEach(row -> System.out.println(row.toJson()));
        after = page.getLast().sequence();
      }
    }
    return ExitCode.DONE;
  }
}
