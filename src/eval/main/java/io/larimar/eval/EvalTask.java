package io.larimar.eval;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code larimar eval} can measure. */
public enum EvalTask {
  /** Single facts against their truth: edit, paraphrase, neighbourhood. */
  COUNTERFACT,
  /** Questions with a new answer: edit, rephrase, locality, and what many edits leave. */
  ZSRE,
  /** The scope detector alone. */
  SCOPE,
  /** The speed of durable edits, and of opening a store. */
  EDIT,
  /** What is left of forgotten facts, and of the others. */
  FORGETTING,
  /** Whether sampling brings a forgotten fact back. */
  LEAKAGE,
  /** The text that people read: answers to questions, continued texts. */
  TEXT,
  /** What each part of the conditioning brings, and what it costs. */
  ABLATION,
  /** A sentence hidden in long text. */
  NEEDLE,
  /** Dated facts in filler text. */
  FASTFACTS,
  /** bAbI questions hidden in long text. */
  BABI;

  /** The name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it asks about long texts, so that it may leave out any column. */
  boolean asksOfLongText() {
    return this == NEEDLE || this == FASTFACTS || this == BABI;
  }

  /** The columns that it can compute. */
  public Set<Column> columns() {
    return switch (this) {
      case NEEDLE, FASTFACTS -> EnumSet.of(Column.BASE, Column.RETRIEVAL, Column.LARIMAR);
      case BABI -> EnumSet.of(Column.BASE, Column.RETRIEVAL, Column.ORACLE, Column.LARIMAR);
      default -> EnumSet.complementOf(EnumSet.of(Column.ORACLE));
    };
  }

  /** The task of a name on the command line. */
  public static EvalTask of(String id) {
    return Arrays.stream(values()).filter(t -> t.id().equals(id)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("task must be one of "
            + Arrays.stream(values()).map(EvalTask::id).collect(Collectors.joining(", "))
            + ": " + id));
  }
}
