package io.larimar.cli.fetch;

import java.nio.file.Path;

/**
 * Fetches what the tests need, and prints where it lies; the launcher runs it before them.
 *
 * <p>A main class of its own, so that the tests of a half-built command line can still start.
 */
public final class Prepare {
  /** CLI.md: the environment lacks something. */
  private static final int EXIT_ENVIRONMENT = 3;

  private Prepare() {}

  /** Prints two lines, the folder of the native libraries and the file of the model. */
  public static void main(String[] arguments) {
    Progress progress = Progress.onStandardError();
    try {
      Path natives = Natives.locate(progress);
      Path model = Models.locate(
          arguments.length > 0 ? arguments[0] : Models.DEFAULT_NAME, progress);
      System.out.println(natives);
      System.out.println(model);
    } catch (FetchException missing) {
      System.err.println("larimar: " + missing.getMessage());
      System.exit(EXIT_ENVIRONMENT);
    }
  }
}
