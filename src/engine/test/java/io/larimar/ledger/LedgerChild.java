package io.larimar.ledger;

import static io.larimar.ledger.Samples.OWNER;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A ledger in a process of its own: held open, or worked on until it is killed. */
final class LedgerChild {
  /** How many stores a child works on at once: one kill hits each at another point. */
  static final int STORES = 8;

  private LedgerChild() {}

  /** Starts {@link #main} in a small JVM of its own. */
  static Process start(Path store, String task, long seed) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ProcessBuilder(List.of(java.toString(), "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m", "--enable-native-access=ALL-UNNAMED",
        // A killed process leaves its copy of SQLite's library: it goes with the test's directory.
        "-Dorg.sqlite.tmpdir=" + (task.equals("work") ? store : store.getParent()),
        "-cp", System.getProperty("java.class.path"), LedgerChild.class.getName(),
        store.toString(), task, Long.toString(seed)))
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Arguments: store (for "work" the directory of several), task, seed. */
  public static void main(String[] arguments) throws InterruptedException {
    Path store = Path.of(arguments[0]);
    long seed = Long.parseLong(arguments[2]);
    switch (arguments[1]) {
      case "hold" -> hold(store);
      case "canary" -> forgetCanary(store, seed);
      default -> {
        for (int i = 0; i < STORES; i++) {
          int number = i;
          Thread.ofPlatform().start(() -> work(store, number, new Random(seed + number)));
        }
      }
    }
  }

  private static void hold(Path store) throws InterruptedException {
    try (Ledger ledger = Ledger.open(store, LedgerOptions.defaults())) {
      assert ledger.directory().isAbsolute();
      say("ready");
      Thread.sleep(60_000);
    }
  }

  private static void forgetCanary(Path store, long seed) throws InterruptedException {
    try (Ledger ledger = Ledger.open(store, LedgerOptions.defaults())) {
      long kept = ledger.append(OWNER, canary(seed)).id();
      long gone = ledger.append(OWNER, canary(seed + 1)).id();
      ledger.idsBySubject(OWNER, "warm");
      ledger.entry(OWNER, gone);
      ledger.forget(OWNER, List.of(gone));
      Entry held = ledger.entry(OWNER, kept).orElseThrow();
      say("forgotten");
      Thread.sleep(60_000);
      say(held.fact().text());
    }
  }

  /** Writes and forgets until it is killed, and says each deed before and after it is durable. */
  private static void work(Path directory, int number, Random random) {
    try (Ledger ledger =
        Ledger.open(directory.resolve("store" + number), LedgerOptions.defaults())) {
      List<Long> live = new ArrayList<>(ledger.ids(OWNER));
      while (true) {
        int choice = random.nextInt(100);
        if (choice < 55 || live.size() < 8) {
          List<Long> numbers = random.longs(1 + random.nextInt(4)).boxed().toList();
          List<Written> written =
              ledger.appendAll(OWNER, numbers.stream().map(LedgerChild::draft).toList());
          for (int i = 0; i < numbers.size(); i++) {
            live.add(written.get(i).id());
            say(number + " written " + written.get(i).id() + " " + numbers.get(i));
          }
        } else if (choice < 98) {
          List<Long> gone = new ArrayList<>();
          for (int i = random.nextInt(3); i >= 0; i--) {
            gone.add(live.remove(random.nextInt(live.size())));
          }
          gone.forEach(id -> say(number + " forgetting " + id));
          ledger.forget(OWNER, gone);
          gone.forEach(id -> say(number + " forgotten " + id));
        } else {
          say(number + " compacting");
          ledger.compact(OWNER);
        }
      }
    }
  }

  /** A fact of words that stand nowhere in the program: they are computed. */
  static Draft canary(long seed) {
    String subject = canaryWord(seed);
    return draft(subject, subject + " is", canaryWord(seed + 1000));
  }

  private static Draft draft(String subject, String prompt, String target) {
    return new Draft(Samples.draft(subject, prompt, target).fact().withTags(List.of(subject)),
        List.of(target.getBytes(StandardCharsets.UTF_8)));
  }

  static String canaryWord(long seed) {
    return new Random(seed).ints(24, 'a', 'z' + 1)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** A fact that is known by one number. */
  static Draft draft(long number) {
    byte[] derived = new byte[(int) (number & 0x1FFF)];
    new Random(number).nextBytes(derived);
    return Draft.of(Samples.draft("s" + number, "The s" + number + " is", "t" + number).fact(),
        derived);
  }

  /** One write of a whole line, so that lines of several threads do not mix. */
  private static synchronized void say(String line) {
    System.out.print(line + "\n");
    System.out.flush();
  }
}
