package io.larimar.eval;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Whose answers a column of figures shows. */
public enum Column {
  /** The model alone. */
  BASE,
  /** The fact as plain text before every prompt; no gate. */
  PROMPT,
  /** The fact that a sentence embedding finds nearest, as plain text before the prompt; no gate. */
  RETRIEVAL,
  /** The statements that the answer rests on, and no others, as plain text before the prompt. */
  ORACLE,
  /** The memory behind its scope detector. */
  LARIMAR;

  /** The name in reports. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The column of a name in reports. */
  public static Column of(String id) {
    return Arrays.stream(values()).filter(c -> c.id().equals(id)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("column must be one of "
            + Arrays.stream(values()).map(Column::id).collect(Collectors.joining(", "))
            + ": " + id));
  }
}
