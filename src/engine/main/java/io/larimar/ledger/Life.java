package io.larimar.ledger;

/**
 * The one place that says how an operation changes fact rows.
 *
 * <p>The ledger applies it to the store while it works; verification, restore and earlier states
 * apply it to the audit alone and must come to the same rows.
 */
final class Life {
  private Life() {}

  /**
   * Applies one row of the audit.
   *
   * @throws IllegalArgumentException where the row names a fact that does not exist or is erased
   */
  static void apply(AuditRow row, FactRows rows) {
    switch (row.operation()) {
      case WRITE -> {
        rows.add(FactRow.written(row));
        if (row.related() != 0) {
          rows.put(existing(rows, row, row.related()).superseded(row.fact()));
        }
      }
      case FORGET -> {
        FactRow fact = existing(rows, row, row.fact());
        rows.put(row.untilMillis() == 0 ? fact.erased(row) : fact.forgotten(row));
      }
      case ERASE, EXPIRE, LOST -> rows.put(existing(rows, row, row.fact()).erased(row));
      case UNDO_WRITE -> {
        FactRow fact = existing(rows, row, row.fact());
        rows.put(fact.erased(row));
        rows.find(fact.supersedes())
            .filter(older -> older.supersededBy() == fact.id())
            .filter(older -> older.state().hasPayload())
            .ifPresent(older -> rows.put(older.supersededNoMore()));
      }
      case UNDO_FORGET -> rows.put(existing(rows, row, row.fact()).forgottenNoMore());
      case HOLD -> rows.put(existing(rows, row, row.fact()).held(true));
      case RELEASE -> rows.put(existing(rows, row, row.fact()).held(false));
      case CREATE, READ, REFUSE, RECEIPT, RESTORE, TENANT_FORGET -> { }
    }
  }

  private static FactRow existing(FactRows rows, AuditRow row, long id) {
    return rows.find(id).filter(fact -> fact.state().hasPayload())
        .filter(fact -> fact.tenant().equals(row.tenant()))
        .orElseThrow(() -> new IllegalArgumentException("row " + row.sequence() + " of the audit ("
            + row.operation() + ") names fact " + id + ", which is not there"));
  }
}
