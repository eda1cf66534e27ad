package io.larimar.eval;

import io.larimar.eval.data.Zsre;
import java.util.Arrays;
import java.util.Locale;

/** Which of a zsRE record's answers is taught and tested. */
public enum ZsreTarget {
  /** The new answer, {@code alt}: the headline. */
  ALT,
  /** The first of the answers before the edit, {@code answers[0]}: mostly one that is true. */
  ANSWERS;

  /** The name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A record's answer of this kind. */
  String of(Zsre record) {
    return this == ALT ? record.target() : record.answers().getFirst();
  }

  /** The target of a name on the command line. */
  public static ZsreTarget of(String id) {
    return Arrays.stream(values()).filter(t -> t.id().equals(id)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("target must be alt or answers: " + id));
  }
}
