package io.larimar.cli;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Entry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code split}: moves facts to another store. */
@Command(name = "split", description = "Moves the facts of a subject or tag to another store: written"
    + " there first, then erased here.")
final class SplitCommand extends StoreCommand implements Callable<Integer> {
  @Option(names = "--to", paramLabel = "DIR", required = true, description = "the other store")
  private Path target;

  @Option(names = "--subject", description = "facts about this subject")
  private Optional<String> subject = Optional.empty();

  @Option(names = "--tag", description = "facts with this label")
  private Optional<String> tag = Optional.empty();

  @Override
  public Integer call() throws Exception {
    if (subject.isPresent() == tag.isPresent()) {
      throw new IllegalArgumentException("give one of: --subject S, --tag T");
    }
    if (target.toAbsolutePath().normalize().equals(engine.store().toAbsolutePath().normalize())) {
      throw new IllegalArgumentException("--to must be another store than " + target);
    }
    List<Entry> moved;
    try (Larimar source = engine.open()) {
      moved = source.list().stream().filter(this::chosen).toList();
      if (!moved.isEmpty()) {
        try (Larimar other = engine.open(target)) {
          other.writeAll(moved.stream().map(Entry::fact).toList());
        }
        source.forget(moved.stream().map(Entry::id).toList());
      }
    }
    if (json) {
      Output.json(Map.of("moved", moved.size(), "to", target.toString()));
    } else {
      System.out.println(moved.size() + " facts moved to " + target);
    }
    return moved.isEmpty() ? ExitCode.CHECK_FAILED : ExitCode.DONE;
  }

  private boolean chosen(Entry entry) {
    return tag.isPresent()
        ? entry.fact().tags().contains(tag.get())
        : entry.fact().subject().filter(subject.get()::equalsIgnoreCase).isPresent();
  }
}
