package io.larimar.cli.fetch;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress for people: a bar with speed and time left. */
final class BarProgress implements Progress {
  private static final int WIDTH_COLUMNS = 100;
  private static final int UPDATE_MILLIS = 200;
  private static final long MEGABYTE_BYTES = 1_000_000;

  private final PrintStream out;

  BarProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public Step step(String label, long total, Unit unit) {
    ProgressBarBuilder builder = new ProgressBarBuilder()
        .setTaskName(label)
        .setInitialMax(total > 0 ? total : -1)
        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH_COLUMNS));
    if (unit == Unit.BYTES) {
      builder.setUnit(" MB", MEGABYTE_BYTES).showSpeed();
    }
    ProgressBar bar = builder.build();
    return new Step() {
      @Override
      public void at(long done) {
        bar.stepTo(done);
      }

      @Override
      public void close() {
        bar.close();
      }
    };
  }

  @Override
  public void note(String line) {
    out.println("larimar: " + line);
  }
}
