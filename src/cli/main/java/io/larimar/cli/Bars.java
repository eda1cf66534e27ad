package io.larimar.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress bars of long work, on standard error: one that moves in a terminal, else some lines. */
final class Bars {
  private static final int COLUMNS = 100;
  private static final int TERMINAL_MILLIS = 250;
  private static final int LOG_MILLIS = 30_000;

  private Bars() {}

  /** A bar; the launcher tells in {@code larimar.terminal} what standard error is. */
  static ProgressBar bar(String task, long total) {
    return bar(task, total, System.err, Boolean.getBoolean("larimar.terminal"));
  }

  static ProgressBar bar(String task, long total, PrintStream out, boolean terminal) {
    ProgressBarBuilder builder = new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(total)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(terminal ? TERMINAL_MILLIS : LOG_MILLIS)
        .setMaxRenderedLength(COLUMNS)
        .continuousUpdate();
    if (!terminal) {
      builder.setConsumer(new DelegatingProgressBarConsumer(out::println, COLUMNS));
    }
    return builder.build();
  }
}
