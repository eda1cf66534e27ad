package io.larimar.ledger;

import java.util.Objects;

/** A demand that the ledger refuses by its rules; the refusal stands in the audit. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Which rule refuses. */
  public enum Reason {
    /** The principal lacks the role. */
    ROLE,
    /** A fact concerned stands under legal hold. */
    HOLD
  }

  private final Reason reason;

  RefusedException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /** Which rule refuses. */
  public Reason reason() {
    return reason;
  }
}
