package io.larimar.cli;

import io.larimar.ledger.Entry;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.Tombstone;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code show}: one fact, or what is left of it. */
@Command(name = "show", description = "Shows one fact, or the tombstone of a forgotten one.")
final class ShowCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "the fact's number")
  private long id;

  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      Optional<Entry> entry = ledger.entry(engine.principal(), id);
      Map<String, Object> map = entry.isPresent()
          ? Facts.toMap(entry.get())
          : ledger.tombstone(engine.principal(), id).map(ShowCommand::toMap).orElseThrow(
              () -> new IllegalArgumentException("no fact " + id + "; see `larimar list`"));
      if (json) {
        Output.json(map);
      } else {
        map.forEach((name, value) -> System.out.println(name + ": " + value));
      }
    }
    return ExitCode.DONE;
  }

  static Map<String, Object> toMap(Tombstone tombstone) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", tombstone.id());
    map.put("forgotten", true);
    map.put("writtenAt", tombstone.writtenAt().toString());
    map.put("forgottenAt", tombstone.forgottenAt().toString());
    map.put("erased", tombstone.erased());
    tombstone.erasureDue().ifPresent(at -> map.put("erasureDue", at.toString()));
    map.put("commitment", tombstone.commitment());
    map.put("auditSequence", tombstone.sequence());
    return map;
  }
}
