package io.larimar.engine;

import java.util.List;

/**
 * What a verification found.
 *
 * @param checks what was checked and holds, a sentence each
 * @param faults what does not hold
 */
public record Verification(List<String> checks, List<String> faults) {
  public Verification {
    checks = List.copyOf(checks);
    faults = List.copyOf(faults);
  }

  /** Whether everything holds. */
  public boolean holds() {
    return faults.isEmpty();
  }
}
