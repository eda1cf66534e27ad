package io.larimar.cli;

import io.larimar.ledger.EarlierState;
import io.larimar.ledger.Ledger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code as-of}: the facts of an earlier time. */
@Command(name = "as-of", description = "Lists the facts that were live at an earlier time, as far as"
    + " they have not been erased since.")
final class AsOfCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TIME", description = "as 2026-11-23T12:00:00Z")
  private String time;

  @Override
  public Integer call() {
    Instant at;
    try {
      at = Instant.parse(time);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "TIME is no instant: " + time + "; give one as 2026-11-23T12:00:00Z");
    }
    try (Ledger ledger = engine.openLedger()) {
      EarlierState state = ledger.asOf(engine.principal(), at);
      if (json) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("at", at.toString());
        map.put("facts", state.entries().stream().map(Facts::toMap).toList());
        map.put("erasedSince", state.erasedSince());
        Output.json(map);
      } else {
        state.entries().forEach(e -> System.out.println(e.id() + "  " + e.fact().text()));
        state.erasedSince().forEach(id -> System.out.println(id + "  (erased since)"));
      }
    }
    return ExitCode.DONE;
  }
}
