package io.larimar.cli;

import io.larimar.engine.ForgetReceipt;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Receipt;
import io.larimar.ledger.Tombstone;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code forget}: erases facts and prints a receipt. */
@Command(name = "forget",
    description = "Erases facts from ledger and memory for good, and prints a receipt.")
final class ForgetCommand extends StoreCommand implements Callable<Integer> {
  @Parameters(arity = "0..*", paramLabel = "ID", description = "the facts' numbers")
  private List<Long> ids = new ArrayList<>();

  @Option(names = "--subject", description = "every fact about this subject")
  private Optional<String> subject = Optional.empty();

  @Option(names = "--tag", description = "every fact with this label")
  private Optional<String> tag = Optional.empty();

  @Option(names = "--receipt", paramLabel = "FILE",
      description = "write the signed receipt to this file, for `verify --receipt`")
  private Optional<Path> file = Optional.empty();

  @Option(names = "--all", description = "every fact")
  private boolean all;

  @Option(names = "--destroy-tenant", description = "every fact of the tenant, whatever the undo"
      + " window, and the tenant's key")
  private boolean tenant;

  @Option(names = "--answer-unknown", description = "write a refusal in the place of each fact: asked"
      + " the same, the model answers \"unknown\"")
  private boolean unknown;

  @Override
  public Integer call() throws Exception {
    int ways = (ids.isEmpty() ? 0 : 1) + (subject.isPresent() ? 1 : 0) + (tag.isPresent() ? 1 : 0)
        + (all ? 1 : 0) + (tenant ? 1 : 0);
    if (ways != 1 || tenant && unknown) {
      throw new IllegalArgumentException("give one of: ID..., --subject S, --tag T, --all,"
          + " --destroy-tenant (this without --answer-unknown)");
    }
    try (Larimar larimar = engine.open()) {
      ForgetReceipt receipt = tenant ? larimar.forgetTenant() : forget(larimar, found(larimar));
      boolean complete = !receipt.tombstones().isEmpty()
          && receipt.tombstones().stream().allMatch(Tombstone::erased);
      Optional<Receipt> proof = complete ? Optional.of(larimar.prove(receipt)) : Optional.empty();
      if (proof.isPresent() && file.isPresent()) {
        Files.writeString(file.get(), proof.get().toJson() + "\n");
      }
      print(receipt, proof);
      return receipt.tombstones().isEmpty() ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }
  }

  private List<Long> found(Larimar larimar) {
    return all ? larimar.ids()
        : subject.isPresent() ? larimar.idsBySubject(subject.get())
        : tag.isPresent() ? larimar.idsByTag(tag.get())
        : ids;
  }

  private ForgetReceipt forget(Larimar larimar, List<Long> found) {
    return unknown ? larimar.forgetAnsweringUnknown(found) : larimar.forget(found);
  }

  private void print(ForgetReceipt receipt, Optional<Receipt> proof) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("forgotten", receipt.tombstones().stream().map(ShowCommand::toMap).toList());
    map.put("refusals", receipt.refusals());
    map.put("memoryBefore", HexFormat.of().formatHex(receipt.stateBefore()));
    map.put("memoryAfter", HexFormat.of().formatHex(receipt.stateAfter()));
    map.put("receipt", proof.map(p -> (Object) Output.mapper().readTree(p.toJson())).orElse(null));
    map.put("ledgerMillis", Output.millis(receipt.ledgerNanos()));
    map.put("memoryMillis", Output.millis(receipt.memoryNanos()));
    if (json) {
      Output.json(map);
      return;
    }
    if (receipt.tombstones().isEmpty()) {
      System.out.println("nothing to forget: no such live fact");
      return;
    }
    receipt.tombstones().forEach(t -> System.out.println("fact " + t.id() + " forgotten at "
        + t.forgottenAt() + (t.erased() ? ", key and payload destroyed"
            : ", to be erased at " + t.erasureDue().orElseThrow())));
    receipt.refusals().forEach(id -> System.out.println("fact " + id + " answers \"unknown\""));
    System.out.println("memory before " + map.get("memoryBefore"));
    System.out.println("memory after  " + map.get("memoryAfter"));
    proof.ifPresent(p -> System.out.println("receipt       " + (file.isPresent()
        ? file.get() + ", check it with `larimar verify --receipt " + file.get() + "`"
        : p.toJson())));
    System.out.println("in " + Output.time(receipt.ledgerNanos() + receipt.memoryNanos()));
  }
}
