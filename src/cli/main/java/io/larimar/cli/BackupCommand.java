package io.larimar.cli;

import io.larimar.ledger.Ledger;
import io.larimar.ledger.StoreException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code backup}: a copy of the store. */
@Command(name = "backup", description = {
    "Copies the store, its keys included, into a directory that is missing or empty.",
    "Guard the copy like the store. It keeps what is forgotten later; `larimar restore` erases that"
        + " again. A store that is served is copied by POST /backups."})
final class BackupCommand extends StoreCommand implements Callable<Integer> {
  @Option(names = "--to", paramLabel = "DIR", required = true, description = "where the copy goes")
  private Path target;

  @Override
  public Integer call() {
    long start = System.nanoTime();
    try (Ledger ledger = engine.openExistingLedger()) {
      ledger.backup(engine.principal(), target);
      long nanos = System.nanoTime() - start;
      long live = ledger.stats(engine.principal()).live();
      if (json) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("backup", target.toString());
        map.put("live", live);
        map.put("millis", Output.millis(nanos));
        Output.json(map);
      } else {
        System.out.println(live + " live facts copied to " + target + " in " + Output.time(nanos));
      }
    } catch (StoreException e) {
      if (e.reason() == StoreException.Reason.ALREADY_OPEN) {
        System.err.println("larimar: where a server has the store, POST /backups copies it");
      }
      throw e;
    }
    return ExitCode.DONE;
  }
}
