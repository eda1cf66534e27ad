package io.larimar.cli;

import io.larimar.ledger.Ledger;
import io.larimar.ledger.LedgerOptions;
import io.larimar.ledger.Restored;
import io.larimar.ledger.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code restore}: a store of a backup, in which what was forgotten since is erased again. */
@Command(name = "restore", description = {
    "Makes a store of a backup, in a directory that is missing or empty, and checks it. The backup"
        + " is left as it is.",
    "What was forgotten since the backup is erased again, by the audit of --store or by --journal;"
        + " what was written since is lost."})
final class RestoreCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "BACKUP", description = "what `larimar backup` or POST /backups made")
  private Path backup;

  @Option(names = "--to", paramLabel = "DIR", required = true, description = "the new store")
  private Path target;

  @Option(names = "--journal", paramLabel = "FILE",
      description = "the audit until now, as `larimar audit --out FILE` writes it")
  private Optional<Path> journal = Optional.empty();

  @Option(names = "--no-journal",
      description = "where no audit is left: what was forgotten since lives again")
  private boolean noJournal;

  @Override
  public Integer call() throws IOException {
    if (noJournal && journal.isPresent()) {
      throw new IllegalArgumentException("give one of: --journal FILE, --no-journal");
    }
    if (journal.isPresent() && !Files.isRegularFile(journal.get())) {
      throw new IllegalArgumentException("no such journal: " + journal.get());
    }
    Restored restored = noJournal || journal.isPresent() ? restore(journal) : restoreByStore();
    Verification checked;
    try (Ledger ledger = Ledger.open(target, LedgerOptions.defaults())) {
      checked = ledger.verify(engine.principal());
    }
    print(restored, checked);
    return checked.whole() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private Restored restore(Optional<Path> audit) {
    return Ledger.restore(engine.principal(), backup, audit, target, LedgerOptions.defaults());
  }

  /** With the audit of the store that is there, which is left as it is. */
  private Restored restoreByStore() throws IOException {
    if (!Ledger.isStore(engine.store())) {
      throw new IllegalArgumentException("there is no store at " + engine.store() + " whose audit"
          + " says what was forgotten since the backup: give --store DIR, --journal FILE (as"
          + " `larimar audit --out` writes it) or --no-journal");
    }
    Path folder = Files.createTempDirectory("larimar-restore");
    Path audit = folder.resolve("journal.jsonl");
    try {
      try (Ledger ledger = engine.openLedger()) {
        ledger.exportAudit(engine.principal(), audit);
      }
      return restore(Optional.of(audit));
    } finally {
      Files.deleteIfExists(audit);
      Files.delete(folder);
    }
  }

  private void print(Restored restored, Verification checked) {
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("store", target.toString());
      map.put("replayedRows", restored.replayedRows());
      map.put("erasedAgain", restored.erasedAgain());
      map.put("lost", restored.lost());
      map.put("verified", checked.whole());
      map.put("faults", checked.findings());
      Output.json(map);
      return;
    }
    System.out.println("restored to " + target + ": " + restored.replayedRows()
        + " rows of the audit replayed, " + restored.erasedAgain().size()
        + " facts erased again, " + restored.lost().size() + " lost");
    checked.findings().forEach(finding -> System.out.println("FAULT  " + finding));
    System.out.println(checked.whole() ? "ok     " + checked.rows() + " rows and " + checked.facts()
        + " facts checked" : "The backup is damaged: take another one.");
  }
}
