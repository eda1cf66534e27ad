package io.larimar.cli;

import io.larimar.engine.Answer;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.ForgetReceipt;
import io.larimar.engine.Larimar;
import io.larimar.engine.Question;
import io.larimar.engine.WriteReceipt;
import io.larimar.ledger.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code demo}: the main job on a product FAQ, checked. */
@Command(name = "demo", description = {"The main job on a product FAQ of an invented maker: answers"
    + " before, facts taught, answers after in other words, other questions unchanged, facts"
    + " forgotten and proved gone.", "Exits 0 only if its checks hold."})
final class DemoCommand implements Callable<Integer> {
  /** Enough for a sentence; a character of Japanese takes two or three tokens of SmolLM2. */
  private static final int MAX_TOKENS = 24;
  private static final int MAX_TOKENS_JAPANESE = 40;
  private static final int PARALLEL = 16;
  private static final int BEFORE = 3;
  private static final int UNCHANGED = 4;
  private static final int FORGOTTEN = 5;
  private static final double LEAST_RECALL = 0.85;
  private static final double MOST_FALSE_ACCEPTS = 0.25;

  @Mixin
  private EngineOptions engine = new EngineOptions();

  @Option(names = "--all", description = "ask every fact, in both of its rephrasings")
  private boolean all;

  @Option(names = "--json", description = "one JSON object with the figures at the end")
  private boolean json;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "this help")
  private boolean help;

  private final List<String> faults = new ArrayList<>();
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /** One entry of the FAQ. */
  private record Item(Fact fact, List<String> rephrasings, List<String> neighbours, String other,
      List<String> accept) {}

  @Override
  public Integer call() throws Exception {
    long start = System.nanoTime();
    List<Item> items = load();
    Path store = Files.createTempDirectory("larimar-demo");
    List<Item> gone = new ArrayList<>();
    try {
      try (Larimar larimar = engine.open(store, PARALLEL)) {
        say("Model: " + larimar.decoder().model().description() + ", loaded in "
            + Output.time(System.nanoTime() - start));
        before(larimar, items);
        List<Long> ids = teach(larimar, items);
        after(larimar, items);
        unchanged(larimar, items);
        gone.addAll(forget(larimar, items, ids));
      }
      // Only now that no one holds it open: reading SQLite's file beside it would drop its lock.
      check(found(store, gone) == 0,
          "a byte search of the store's files finds nothing of the forgotten facts");
    } finally {
      delete(store);
    }
    figures.put("seconds", Math.round((System.nanoTime() - start) / 1e8) / 10.0);
    return conclude(System.nanoTime() - start);
  }

  private static List<Item> load() {
    try (InputStream in = DemoCommand.class.getResourceAsStream("demo-faq.json")) {
      List<Item> items = new ArrayList<>();
      for (JsonNode node : Output.mapper().readTree(in).get("facts")) {
        items.add(new Item(
            Fact.of(node.get("subject").asString(), node.get("prompt").asString(),
                node.get("target").asString()),
            texts(node.get("rephrasings")), texts(node.get("neighbours")),
            node.get("other").asString(), texts(node.get("accept"))));
      }
      return items;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(node -> texts.add(node.asString()));
    return texts;
  }

  private void before(Larimar larimar, List<Item> items) {
    say("\n1. Before: the model does not know the products");
    for (int i = 0; i < BEFORE; i++) {
      Item item = items.get(i * items.size() / BEFORE);
      show(item.rephrasings().getFirst(), answer(larimar, item.rephrasings().getFirst(), true));
    }
  }

  private List<Long> teach(Larimar larimar, List<Item> items) {
    say("\n2. Teach " + items.size() + " facts, one by one");
    List<Long> ids = new ArrayList<>();
    long[] nanos = new long[items.size()];
    for (int i = 0; i < items.size(); i++) {
      WriteReceipt receipt = larimar.write(items.get(i).fact());
      nanos[i] = receipt.encodeNanos() + receipt.ledgerNanos() + receipt.memoryNanos();
      ids.add(receipt.id());
      say(String.format("   %8s  %s", Output.time(nanos[i]), items.get(i).fact().text()));
    }
    long total = Arrays.stream(nanos).sum();
    Arrays.sort(nanos);
    say("   " + items.size() + " facts in " + Output.time(total) + ", median "
        + Output.time(nanos[nanos.length / 2]) + ", durable each");
    figures.put("facts", items.size());
    figures.put("writeMedianMillis", Output.millis(nanos[nanos.length / 2]));
    return ids;
  }

  private void after(Larimar larimar, List<Item> items) {
    say("\n3. After: asked in other words");
    List<Item> asked = new ArrayList<>();
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      List<String> rephrasings = items.get(i).rephrasings();
      // Two facts of three, by one of their rephrasings in turn: half a minute in all.
      List<String> chosen = all ? rephrasings
          : i % 3 == 2 ? List.of() : List.of(rephrasings.get(i % rephrasings.size()));
      for (String prompt : chosen) {
        asked.add(items.get(i));
        prompts.add(prompt);
      }
    }
    List<Answer> answers = prompts.stream().map(p -> larimar.ask(question(p))).toList();
    int right = 0;
    for (int i = 0; i < answers.size(); i++) {
      String text = oneLine(answers.get(i).text());
      boolean accepted = says(text, asked.get(i).accept());
      right += accepted ? 1 : 0;
      say("   " + (accepted ? "+ " : "- ") + prompts.get(i));
      say("     " + text + (accepted ? "" : "   [expected: "
          + asked.get(i).fact().target().orElseThrow() + "; "
          + answers.get(i).recall().scope().reason() + "]"));
    }
    double recall = (double) right / answers.size();
    figures.put("rephrasings", answers.size());
    figures.put("answeredRight", right);
    check(recall >= LEAST_RECALL, right + " of " + answers.size()
        + " rephrasings answered right (at least 85 % wanted)");
  }

  private void unchanged(Larimar larimar, List<Item> items) {
    say("\n4. Neighbours and other questions: untouched");
    List<String> outside = new ArrayList<>();
    List<String> neighbours = items.stream().flatMap(item -> item.neighbours().stream()).toList();
    List<String> others = items.stream().map(Item::other).toList();
    int neighboursFired = fired(larimar, neighbours, outside);
    int othersFired = fired(larimar, others, outside);
    int same = 0;
    for (int i = 0; i < UNCHANGED; i++) {
      String prompt = outside.get(i * outside.size() / UNCHANGED);
      // One after the other: requests in one batch may differ in the last bits of a logit.
      int[] with = larimar.ask(question(prompt)).completion().tokens();
      int[] without = larimar.ask(question(prompt).withoutMemory()).completion().tokens();
      same += Arrays.equals(with, without) ? 1 : 0;
      show(prompt, oneLine(larimar.decoder().vocabulary().detokenize(with)));
    }
    figures.put("neighbours", neighbours.size());
    figures.put("neighboursFired", neighboursFired);
    figures.put("otherQuestions", others.size());
    figures.put("otherQuestionsFired", othersFired);
    check(neighboursFired == 0,
        neighboursFired + " of " + neighbours.size() + " neighbours drew on memory");
    check(othersFired <= MOST_FALSE_ACCEPTS * others.size(), othersFired + " of " + others.size()
        + " other questions about a taught product drew on memory (at most 25 % wanted)");
    check(same == UNCHANGED, same + " of " + UNCHANGED
        + " answers out of scope equal the base model's, token for token");
  }

  /** How many prompts draw on memory; the others are added to {@code outside}. */
  private int fired(Larimar larimar, List<String> prompts, List<String> outside) {
    int fired = 0;
    for (String prompt : prompts) {
      FactMemory.Recall recall = larimar.read(prompt);
      if (recall.scope().inScope()) {
        fired++;
        say("   - memory spoke up for: " + prompt + " (" + recall.scope().reason() + ")");
      } else {
        outside.add(prompt);
      }
    }
    return fired;
  }

  private List<Item> forget(Larimar larimar, List<Item> items, List<Long> ids) {
    say("\n5. Forget " + FORGOTTEN + " facts");
    List<Long> chosen = new ArrayList<>();
    List<Item> gone = new ArrayList<>();
    for (int i = 0; i < FORGOTTEN; i++) {
      int at = i * items.size() / FORGOTTEN + 1;
      chosen.add(ids.get(at));
      gone.add(items.get(at));
    }
    ForgetReceipt receipt = larimar.forget(chosen);
    say("   in " + Output.time(receipt.ledgerNanos() + receipt.memoryNanos()));
    int silent = 0;
    for (Item item : gone) {
      String prompt = item.rephrasings().getFirst();
      FactMemory.Recall recall = larimar.read(prompt);
      String text = answer(larimar, prompt, true);
      show(prompt, text);
      boolean own = recall.readOuts().stream().anyMatch(r -> chosen.contains(r.id()));
      silent += !own && !says(text, List.of(item.fact().target().orElseThrow())) ? 1 : 0;
    }
    check(silent == FORGOTTEN, silent + " of " + FORGOTTEN + " forgotten facts are not said again");
    check(Arrays.equals(receipt.stateAfter(), neverKnew(larimar)),
        "the memory equals, byte for byte, one that never held the forgotten facts");
    check(receipt.tombstones().stream().allMatch(t -> t.erased()),
        "their keys and payloads are destroyed");
    return gone;
  }

  /** The state of a memory that was taught only what is left. */
  private byte[] neverKnew(Larimar larimar) {
    try (FactMemory fresh = larimar.emptyMemory()) {
      List<Entry> left = larimar.list();
      List<Fact> facts = left.stream().map(Entry::fact).toList();
      fresh.writeAll(left.stream().map(Entry::id).toList(), facts, fresh.derive(facts));
      return fresh.stateHash();
    }
  }

  private static int found(Path store, List<Item> gone) throws IOException {
    int found = 0;
    try (Stream<Path> files = Files.walk(store)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        for (Item item : gone) {
          String text = new String(
              item.fact().text().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
          found += bytes.contains(text) ? 1 : 0;
        }
      }
    }
    return found;
  }

  private int conclude(long nanos) {
    say("");
    if (json) {
      figures.put("faults", faults);
      Output.json(figures);
    }
    say(faults.isEmpty()
        ? "All checks hold, in " + Output.time(nanos) + "."
        : faults.size() + " checks fell short:\n   " + String.join("\n   ", faults));
    return faults.isEmpty() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private static Question question(String prompt) {
    boolean japanese = prompt.codePoints().anyMatch(c -> c >= 0x3040 && c <= 0x30FF);
    return Question.of(prompt).withMaxTokens(japanese ? MAX_TOKENS_JAPANESE : MAX_TOKENS)
        .withStops(List.of("\n", "。", ". "));
  }

  private static String answer(Larimar larimar, String prompt, boolean memory) {
    Question question = question(prompt);
    return oneLine(larimar.ask(memory ? question : question.withoutMemory()).text());
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  /** Whether an answer holds one of the texts, not as a part of a longer number or word. */
  private static boolean says(String said, List<String> accepted) {
    String answer = said.toLowerCase(Locale.ROOT);
    return accepted.stream().map(text -> text.toLowerCase(Locale.ROOT)).anyMatch(text -> {
      for (int at = answer.indexOf(text); at >= 0; at = answer.indexOf(text, at + 1)) {
        int end = at + text.length();
        boolean starts = at == 0 || !joins(answer.charAt(at - 1), text.charAt(0));
        boolean ends = end == answer.length()
            || !joins(text.charAt(text.length() - 1), answer.charAt(end));
        if (starts && ends) {
          return true;
        }
      }
      return false;
    });
  }

  /** Whether two characters side by side belong to one number or one Latin word. */
  private static boolean joins(char left, char right) {
    boolean digits = Character.isDigit(left) && Character.isDigit(right);
    boolean letters = left < 0x250 && right < 0x250
        && Character.isLetter(left) && Character.isLetter(right);
    return digits || letters;
  }

  private void show(String prompt, String answer) {
    say("   > " + prompt);
    say("     " + answer);
  }

  private void check(boolean holds, String what) {
    say("   " + (holds ? "OK    " : "SHORT ") + what);
    if (!holds) {
      faults.add(what);
    }
  }

  private void say(String line) {
    (json ? System.err : System.out).println(line);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
