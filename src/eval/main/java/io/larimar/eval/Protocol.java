package io.larimar.eval;

import java.util.Arrays;
import java.util.Locale;

/** What the scope detector is shown. */
public enum Protocol {
  /** The prompt alone, with its distracting sentence; the headline. */
  STRICT,
  /** Prompt and candidate answer, distracting sentences cut, as the paper's script does. */
  PAPER;

  /** The name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The protocol of a name on the command line. */
  public static Protocol of(String id) {
    return Arrays.stream(values()).filter(p -> p.id().equals(id)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "protocol must be strict or paper: " + id));
  }
}
