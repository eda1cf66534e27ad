package io.larimar.server;

import io.larimar.engine.ForgetReceipt;
import io.larimar.ledger.Pseudonyms;
import io.larimar.ledger.Tombstone;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** What a forget gives back: what is gone, and the signed proof. */
final class Forgetting {
  private Forgetting() {}

  /**
   * The response to a forget.
   *
   * @param proof whether the receipt is signed at once, which costs one pass over the facts
   */
  static Map<String, Object> toMap(Call call, ForgetReceipt forgotten, boolean proof) {
    Pseudonyms names = call.names();
    List<Tombstone> gone = forgotten.tombstones();
    boolean complete = !gone.isEmpty() && gone.stream().allMatch(Tombstone::erased);
    Map<String, Object> map = Call.map();
    map.put("forgotten", gone.stream().map(fact -> names.fact(fact.id())).toList());
    map.put("erased", complete);
    map.put("refusals", forgotten.refusals().stream().map(names::fact).toList());
    map.put("memory_before", names.sealed(HexFormat.of().formatHex(forgotten.stateBefore())));
    map.put("memory_after", names.sealed(HexFormat.of().formatHex(forgotten.stateAfter())));
    map.put("millis", millis(forgotten.ledgerNanos() + forgotten.memoryNanos()));
    map.put("receipt",
        complete && proof ? Json.tree(call.larimar().proveNamed(forgotten).toJson()) : null);
    return map;
  }

  static double millis(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }
}
