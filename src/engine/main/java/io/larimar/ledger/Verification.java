package io.larimar.ledger;

import java.util.List;

/**
 * What a verification found.
 *
 * @param rows rows of the audit that were checked
 * @param facts facts and tombstones that were checked
 * @param findings what is wrong, a line each; at most {@link #MAX_FINDINGS}
 */
public record Verification(long rows, long facts, List<String> findings) {
  /** The most findings that are listed. */
  public static final int MAX_FINDINGS = 100;

  public Verification {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is wrong. */
  public boolean whole() {
    return findings.isEmpty();
  }
}
