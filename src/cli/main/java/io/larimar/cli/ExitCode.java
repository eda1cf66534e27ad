package io.larimar.cli;

/** Exit codes that scripts may rely on. */
final class ExitCode {
  /** Done. */
  static final int DONE = 0;

  /** A check fell short. */
  static final int CHECK_FAILED = 1;

  /** Wrong usage. */
  static final int USAGE = 2;

  /** No JDK, native library, model, device, or a full disk. */
  static final int ENVIRONMENT = 3;

  private ExitCode() {}
}
