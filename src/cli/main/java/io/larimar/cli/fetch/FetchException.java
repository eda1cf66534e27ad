package io.larimar.cli.fetch;

import java.io.IOException;

/**
 * The environment lacks something that was to be fetched, found or built.
 *
 * <p>The message is one line, names what is missing and says how to get it; commands print it as it
 * is and end with exit code 3.
 */
public final class FetchException extends IOException {
  private static final long serialVersionUID = 1L;

  /** An environment failure that began here. */
  public FetchException(String message) {
    super(message);
  }

  /** An environment failure that another one caused. */
  public FetchException(String message, Throwable cause) {
    super(message, cause);
  }
}
