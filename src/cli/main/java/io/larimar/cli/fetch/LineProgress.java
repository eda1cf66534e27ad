package io.larimar.cli.fetch;

import java.io.PrintStream;
import java.util.Locale;

/** Progress for logs: a line at the start, at each quarter and at the end. */
final class LineProgress implements Progress {
  private static final int QUARTERS = 4;

  private final PrintStream out;

  LineProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public Step step(String label, long total, Unit unit) {
    out.println("larimar: " + label + (total > 0 ? " (" + amount(total, unit) + ")" : ""));
    return new LineStep(out, label, total, unit);
  }

  @Override
  public void note(String line) {
    out.println("larimar: " + line);
  }

  private static String amount(long count, Unit unit) {
    return unit == Unit.BYTES
        ? String.format(Locale.ROOT, "%.1f MB", count / 1e6) : Long.toString(count);
  }

  private static final class LineStep implements Step {
    private final PrintStream out;
    private final String label;
    private final long total;
    private final Unit unit;
    private long quartersSaid;

    LineStep(PrintStream out, String label, long total, Unit unit) {
      this.out = out;
      this.label = label;
      this.total = total;
      this.unit = unit;
    }

    @Override
    public void at(long done) {
      long quarters = total > 0 ? done * QUARTERS / total : 0;
      if (quarters > quartersSaid) {
        quartersSaid = quarters;
        out.println("larimar: " + label + ": " + amount(done, unit) + " of "
            + amount(total, unit));
      }
    }

    @Override
    public void close() {}
  }
}
