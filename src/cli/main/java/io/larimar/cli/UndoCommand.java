package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Undone;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code undo}: takes back the last change. */
@Command(name = "undo", description = "Takes back the last write or forget that may be taken back;"
    + " a forget only inside its --undo-window.")
final class UndoCommand extends StoreCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    try (Larimar larimar = engine.open()) {
      Optional<Undone> undone = larimar.undo();
      if (undone.isEmpty()) {
        System.err.println("larimar: nothing is left that may be taken back");
        return ExitCode.CHECK_FAILED;
      }
      Undone done = undone.get();
      if (json) {
        Output.json(Map.of("operation", done.operation().name(), "erased", done.erased(),
            "revived", done.revived()));
      } else {
        System.out.println(done.operation() + ": erased " + done.erased() + ", live again "
            + done.revived());
      }
    }
    return ExitCode.DONE;
  }
}
