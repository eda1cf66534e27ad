package io.larimar.cli;

import io.larimar.ledger.Ledger;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hold}: puts a fact under legal hold, or releases it. */
@Command(name = "hold", description = "Puts a fact under legal hold: it cannot be forgotten, expired or"
    + " taken back until --release.")
final class HoldCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ID", description = "the fact's number")
  private long id;

  @Option(names = "--reason", required = true,
      description = "stands in the audit for good: no content of the fact")
  private String reason;

  @Option(names = "--release", description = "lift the hold")
  private boolean release;

  @Override
  public Integer call() {
    try (Ledger ledger = engine.openLedger()) {
      boolean done = release ? ledger.release(engine.principal(), id, reason)
          : ledger.hold(engine.principal(), id, reason);
      if (json) {
        Output.json(Map.of("id", id, "held", done != release, "changed", done));
      } else {
        System.out.println(!done ? "nothing to do: no such live fact, or it is so already"
            : "fact " + id + (release ? " released" : " held"));
      }
      return done ? ExitCode.DONE : ExitCode.CHECK_FAILED;
    }
  }
}
