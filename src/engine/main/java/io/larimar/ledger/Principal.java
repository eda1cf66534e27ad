package io.larimar.ledger;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who asks: a name for the audit, the one tenant whose facts are in reach, and the roles held.
 *
 * <p>The ledger believes what it is given: to authenticate is the caller's work.
 *
 * @param name 1 to 128 characters, no control characters; stands in the audit for good
 * @param tenant 1 to 64 of {@code A-Z a-z 0-9 . _ -}
 * @param roles what may be done
 */
public record Principal(String name, String tenant, Set<Role> roles) {
  private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int MAX_NAME_LENGTH = 128;

  /** The tenant of a store that has one owner; the store's own, whose operators run it. */
  public static final String DEFAULT_TENANT = "default";

  /** The owner of a store: every role in the default tenant. */
  public static final Principal OWNER =
      new Principal("owner", DEFAULT_TENANT, EnumSet.allOf(Role.class));

  public Principal {
    AuditRow.requirePlain("principal name", name, MAX_NAME_LENGTH);
    if (name.isBlank()) {
      throw new IllegalArgumentException("principal name must not be blank");
    }
    if (!TENANT.matcher(Objects.requireNonNull(tenant, "tenant")).matches()) {
      throw new IllegalArgumentException(
          "tenant must be 1 to 64 of A-Z a-z 0-9 . _ -: \"" + tenant + "\"");
    }
    roles = Set.copyOf(roles);
  }

  /** Whether the principal belongs to the store's own tenant, where roles reach the whole store. */
  public boolean ofStore() {
    return tenant.equals(DEFAULT_TENANT);
  }

  /** Whether the role is held. */
  public boolean may(Role role) {
    return roles.contains(role);
  }
}
