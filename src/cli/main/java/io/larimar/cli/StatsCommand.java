package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Stats;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code stats}: counts and sizes. */
@Command(name = "stats", description = "Counts and sizes of the ledger and the memory.")
final class StatsCommand extends StoreCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    try (Larimar larimar = engine.open()) {
      Stats stats = larimar.stats();
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("store", engine.store().toString());
      map.put("model", larimar.decoder().model().description());
      map.put("learnedFrame", larimar.decoder().frame().learned());
      map.put("live", stats.live());
      map.put("superseded", stats.superseded());
      map.put("forgotten", stats.forgotten());
      map.put("erased", stats.erased());
      map.put("held", stats.held());
      map.put("auditRows", stats.auditRows());
      map.put("storeBytes", stats.bytes());
      map.put("memoryFacts", larimar.memory().size());
      map.put("memoryBlocks", larimar.memory().blocks());
      map.put("memoryBytes", larimar.memory().sizeBytes());
      map.put("memoryHash", HexFormat.of().formatHex(larimar.stateHash()));
      if (json) {
        Output.json(map);
      } else {
        map.forEach((name, value) -> System.out.printf("%-13s %s%n", name, value));
      }
    }
    return ExitCode.DONE;
  }
}
