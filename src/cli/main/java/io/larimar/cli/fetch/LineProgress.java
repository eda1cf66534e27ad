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
  public Step step(String label, long totalBytes) {
    String size = totalBytes > 0 ? " (" + megabytes(totalBytes) + ")" : "";
    out.println("larimar: " + label + size);
    return new LineStep(out, label, totalBytes);
  }

  @Override
  public void note(String line) {
    out.println("larimar: " + line);
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  private static final class LineStep implements Step {
    private final PrintStream out;
    private final String label;
    private final long totalBytes;
    private long quartersSaid;

    LineStep(PrintStream out, String label, long totalBytes) {
      this.out = out;
      this.label = label;
      this.totalBytes = totalBytes;
    }

    @Override
    public void at(long bytes) {
      long quarters = totalBytes > 0 ? bytes * QUARTERS / totalBytes : 0;
      if (quarters > quartersSaid) {
        quartersSaid = quarters;
        out.println("larimar: " + label + ": " + megabytes(bytes) + " of "
            + megabytes(totalBytes));
      }
    }

    @Override
    public void close() {}
  }
}
