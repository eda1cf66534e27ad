package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.engine.Verification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code verify}: checks the store against itself, and a receipt against the store. */
@Command(name = "verify", description = "Checks the audit chain, every payload and the memory's"
    + " replay; with --receipt the proof of one deletion.")
final class VerifyCommand extends StoreCommand implements Callable<Integer> {
  @Option(names = "--receipt", paramLabel = "FILE", description = "a receipt that forget gave")
  private Optional<Path> receipt = Optional.empty();

  @Override
  public Integer call() throws Exception {
    Optional<String> given = Optional.empty();
    if (receipt.isPresent()) {
      if (!Files.isRegularFile(receipt.get())) {
        throw new IllegalArgumentException("no such receipt: " + receipt.get());
      }
      given = Optional.of(Files.readString(receipt.get()).strip());
    }
    try (Larimar larimar = engine.open()) {
      Verification verification = given.isPresent()
          ? larimar.verify(larimar.ledger().receipt(given.get())) : larimar.verify();
      if (json) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("verified", verification.holds());
        map.put("checks", verification.checks());
        map.put("faults", verification.faults());
        Output.json(map);
      } else {
        verification.checks().forEach(check -> System.out.println("ok     " + check));
        verification.faults().forEach(fault -> System.out.println("FAULT  " + fault));
      }
      return verification.holds() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
    }
  }
}
