package io.larimar.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A ledger in a process of its own: held open, or worked on until it is killed. */
final class LedgerChild {
  private LedgerChild() {}

  /** Starts {@link #main} in a small JVM of its own. */
  static Process start(Path store, String task, long seed) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ProcessBuilder(List.of(java.toString(), "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m", "--enable-native-access=ALL-UNNAMED",
        "-cp", System.getProperty("java.class.path"), LedgerChild.class.getName(),
        store.toString(), task, Long.toString(seed)))
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Arguments: store, task, seed. */
  public static void main(String[] arguments) throws InterruptedException {
    try (Ledger ledger = Ledger.open(Path.of(arguments[0]), LedgerOptions.defaults())) {
      assert ledger.directory().isAbsolute();
      System.out.println("ready");
      Thread.sleep(60_000);
    }
  }
}
