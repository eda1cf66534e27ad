package io.larimar.eval;

import java.util.Locale;

/** Whose answers a column of figures shows. */
public enum Column {
  /** The model alone. */
  BASE,
  /** The fact as plain text before every prompt; no gate. */
  PROMPT,
  /** The fact that a sentence embedding finds nearest, as plain text before the prompt; no gate. */
  RETRIEVAL,
  /** The memory behind its scope detector. */
  LARIMAR;

  /** The name in reports. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
