package io.larimar.cli.fetch;

import java.io.PrintStream;

/** Says on standard error how a long step is getting on. */
public interface Progress {

  /** What a step is counted in. */
  enum Unit { BYTES, ITEMS }

  /** Begins a step of so many bytes or items; 0 where the number is not known. */
  Step step(String label, long total, Unit unit);

  /** Begins a step of so many bytes; 0 where the size is not known. */
  default Step step(String label, long totalBytes) {
    return step(label, totalBytes, Unit.BYTES);
  }

  /** Says one line. */
  void note(String line);

  /** One running step. */
  interface Step extends AutoCloseable {
    /** So many bytes or items are done, counted from the step's beginning. */
    void at(long done);

    /** Ends the step, whether or not it got through. */
    @Override
    void close();
  }

  /** Says nothing. */
  static Progress silent() {
    return new SilentProgress();
  }

  /**
   * A bar where standard error is a terminal, plain lines where it is a file or a pipe. The
   * launcher tells which by the system property {@code larimar.terminal}: Java itself can only ask
   * about standard input and output.
   */
  static Progress onStandardError() {
    return on(System.err, Boolean.getBoolean("larimar.terminal"));
  }

  /** The same on any stream. */
  static Progress on(PrintStream out, boolean terminal) {
    return terminal ? new BarProgress(out) : new LineProgress(out);
  }
}
