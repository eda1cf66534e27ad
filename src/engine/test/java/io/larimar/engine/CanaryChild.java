package io.larimar.engine;

import io.larimar.bindings.Sampler;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process that teaches facts of computed words, asks for them in every way, forgets and compacts, and
 * searches itself before and after.
 */
final class CanaryChild {
  private static final int FACTS = 8;

  private CanaryChild() {}

  /** A word that stands nowhere in the program: it is computed. */
  static StringBuilder word(long seed) {
    Random random = new Random(seed);
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      word.append((char) ('a' + random.nextInt(26)));
    }
    return word;
  }

  /** Arguments: store, folder for heap dumps. Prints what was found, a line each. */
  public static void main(String[] arguments) throws IOException {
    Path dump = Path.of(arguments[1]).resolve("heap.hprof");
    ProcessScan scan = new ProcessScan();
    for (long seed = 1; seed <= 4; seed++) {
      scan.add("word" + seed, word(seed));
    }
    try (Larimar larimar = TestModel.open(Path.of(arguments[0]))) {
      List<Long> ids = teachAndAsk(larimar, scan);
      plantAndReport(scan, dump);
      larimar.forget(ids);
      larimar.compact();
      larimar.overwriteFreeHeap();
      report("after", scan, dump);
    }
  }

  /** Holds words in a wide string and off the heap, so that a scan which cannot see them shows. */
  private static void plantAndReport(ProcessScan scan, Path dump) throws IOException {
    StringBuilder wide = word(3).append('世');
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment native8 = arena.allocate(20);
      StringBuilder word = word(4);
      for (int i = 0; i < 20; i++) {
        native8.set(ValueLayout.JAVA_BYTE, i, (byte) word.charAt(i));
      }
      report("before", scan, dump);
      native8.fill((byte) 0);
    }
    wide.setLength(0);
  }

  private static void report(String when, ProcessScan scan, Path dump) throws IOException {
    scan.heap(dump, true).forEach((what, count) ->
        System.out.println(when + " live " + what + ": " + count));
    scan.heap(dump, false).forEach((what, count) ->
        System.out.println(when + " all " + what + ": " + count));
    if (Files.isReadable(Path.of("/proc/self/mem"))) {
      System.out.println("memory scanned");
      scan.memory().forEach((what, count) ->
          System.out.println(when + " memory " + what + ": " + count));
    }
    System.out.println(when + " done");
  }

  /** Teaches, replaces, lists, asks and chats; keeps no string of it. */
  private static List<Long> teachAndAsk(Larimar larimar, ProcessScan scan) {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < FACTS; i++) {
      String subject = word(1).toString() + i;
      String target = word(2).toString() + i;
      String tag = word(3).toString() + i;
      Fact fact = Fact.of(subject, "The {} is kept at", target).withTags(List.of(tag));
      larimar.write(Fact.of(subject, "The {} is kept at", target + " " + tag));
      long id = larimar.write(fact).id();
      ids.add(id);
      String prompt = fact.prompt().orElseThrow();
      if (i == 0) {
        scan.add("tokens", larimar.memory().read(id).tokens());
      }
      larimar.ask(Question.of(Prompt.raw(prompt)).withMaxTokens(8)).text();
      larimar.ask(Question.of("Where is the " + subject + " kept?").withMaxTokens(8)
          .withSampling(new Sampler.Settings(0.7f, 0, 1, 0, 3))).text();
      try (Answer cut = larimar.ask(Question.of(Prompt.raw(prompt)).withMaxTokens(8))) {
        cut.iterator().next();
      }
      larimar.show(id).orElseThrow();
      larimar.idsBySubject(subject);
      larimar.idsByTag(tag);
      larimar.memory().matches(prompt, 3);
    }
    larimar.list();
    return ids;
  }
}
