package io.larimar.cli;

import io.larimar.engine.Fact;
import io.larimar.engine.Larimar;
import io.larimar.engine.WriteReceipt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code write}: teaches one fact, or a file of them. */
@Command(name = "write", description = {"Teaches facts; durable on return.",
    "A file's facts are written all or none: if a line is wrong, every wrong line is named and"
        + " nothing is written."})
final class WriteCommand extends StoreCommand implements Callable<Integer> {
  private static final int BATCH = 512;

  @Parameters(arity = "0..1", paramLabel = "TEXT", description = "one fact as a statement")
  private Optional<String> text = Optional.empty();

  @Option(names = "--subject", description = "what the fact is about")
  private Optional<String> subject = Optional.empty();

  @Option(names = "--prompt",
      description = "the statement up to the target; {} stands for the subject")
  private Optional<String> prompt = Optional.empty();

  @Option(names = "--target", description = "the part that is new")
  private Optional<String> target = Optional.empty();

  @Option(names = "--ttl", paramLabel = "DURATION",
      description = "erase the fact after this time, as PT30M or P7D")
  private Optional<String> timeToLive = Optional.empty();

  @Option(names = "--tag", description = "a label; may be given again")
  private List<String> tags = new ArrayList<>();

  @Option(names = "--file", paramLabel = "FACTS.jsonl",
      description = "facts, one JSON object a line: text, or subject, prompt and target; ttl, tags")
  private Optional<Path> file = Optional.empty();

  @Override
  public Integer call() throws Exception {
    List<Fact> facts = file.isPresent() ? Facts.read(file.get()) : List.of(single());
    try (Larimar larimar = engine.open()) {
      long start = System.nanoTime();
      List<WriteReceipt> receipts = new ArrayList<>();
      if (facts.size() <= BATCH) {
        receipts.addAll(larimar.writeAll(facts));
      } else {
        // One transaction holds them all: all or none.
        try (ProgressBar bar = Bars.bar("facts", facts.size())) {
          receipts.addAll(larimar.writeAll(facts));
          bar.stepTo(facts.size());
        }
      }
      print(facts, receipts, System.nanoTime() - start);
    }
    return ExitCode.DONE;
  }

  private Fact single() {
    boolean inParts = subject.isPresent() && prompt.isPresent() && target.isPresent();
    if (text.isPresent() == inParts) {
      throw new IllegalArgumentException("give one of: TEXT; --subject, --prompt and --target;"
          + " --file FACTS.jsonl");
    }
    Fact fact = inParts
        ? Fact.of(subject.get(), prompt.get(), target.get())
        : Fact.of(text.get());
    if (!inParts && subject.isPresent()) {
      fact = new Fact(fact.text(), subject, fact.prompt(), fact.target(), tags, Optional.empty());
    }
    fact = fact.withTags(tags);
    Optional<Duration> ttl = timeToLive.map(Facts::duration);
    return ttl.isPresent() ? fact.withTimeToLive(ttl.get()) : fact;
  }

  private void print(List<Fact> facts, List<WriteReceipt> receipts, long nanos) {
    for (int i = 0; i < receipts.size(); i++) {
      WriteReceipt receipt = receipts.get(i);
      if (json) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", receipt.id());
        map.put("at", receipt.at().toString());
        receipt.superseded().ifPresent(old -> map.put("supersedes", old));
        map.put("encodeMillis", Output.millis(receipt.encodeNanos()));
        map.put("ledgerMillis", Output.millis(receipt.ledgerNanos()));
        map.put("memoryMillis", Output.millis(receipt.memoryNanos()));
        Output.json(map);
      } else if (receipts.size() <= 20) {
        System.out.println("fact " + receipt.id() + ": " + facts.get(i).text()
            + (receipt.superseded().isPresent()
                ? " (replaces " + receipt.superseded().getAsLong() + ")" : ""));
      }
    }
    if (!json) {
      System.out.printf("%d %s taught in %s (%s each)%n", receipts.size(),
          receipts.size() == 1 ? "fact" : "facts", Output.time(nanos),
          Output.time(nanos / receipts.size()));
    }
  }
}
