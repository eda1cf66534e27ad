package io.larimar.server;

import io.larimar.engine.Larimar;
import io.larimar.ledger.Principal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The engine for each principal; made when its first request comes. */
final class Tenants {
  private static final int MAX_PRINCIPALS = 10_000;

  private final Larimar larimar;
  private final Map<Principal, Larimar> engines = new ConcurrentHashMap<>();

  Tenants(Larimar larimar) {
    this.larimar = larimar;
  }

  Larimar of(Principal principal) {
    if (engines.size() >= MAX_PRINCIPALS) {
      engines.clear(); // They are views: the tenants' memories stay.
    }
    return engines.computeIfAbsent(principal, larimar::as);
  }
}
