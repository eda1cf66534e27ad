package io.larimar.server;

import io.larimar.ledger.Principal;
import io.larimar.ledger.Role;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * One API key, without its secret, which nobody keeps.
 *
 * @param id by which it is revoked and found in logs
 * @param name who it is for; the principal's name in the audit
 * @param tenant whose facts it reaches
 * @param roles what it may do
 * @param createdAt when it was made
 * @param revokedAt when it was revoked
 */
public record ApiKey(String id, String name, String tenant, Set<Role> roles, Instant createdAt,
    Optional<Instant> revokedAt) {
  public ApiKey {
    roles = Set.copyOf(roles);
  }

  /** Who acts with it. */
  public Principal principal() {
    return new Principal(name, tenant, roles);
  }
}
