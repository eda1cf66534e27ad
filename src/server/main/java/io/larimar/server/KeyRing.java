package io.larimar.server;

import io.larimar.ledger.Principal;
import io.larimar.ledger.Role;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The keys over HTTP, for an administrator of the store: nobody else learns names and tenants. */
final class KeyRing {
  private static final int MAX_ROLES = 8;

  private final ApiKeys keys;

  KeyRing(ApiKeys keys) {
    this.keys = keys;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/keys", Role.ADMIN, this::list),
        Route.of("POST", "/keys", Role.ADMIN, this::create),
        Route.of("DELETE", "/keys/{id}", Role.ADMIN, this::revoke),
        Route.of("GET", "/tenants", Role.ADMIN, KeyRing::tenants));
  }

  private void list(Call call) {
    call.requireOperator(Role.ADMIN, "see the keys");
    call.json(Map.of("results", keys.list().stream().map(KeyRing::toMap).toList()));
  }

  private void create(Call call) {
    call.requireOperator(Role.ADMIN, "make a key");
    Fields fields = call.json();
    fields.requireOnly(Set.of("name", "tenant", "roles"));
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String name : fields.texts("roles", MAX_ROLES)) {
      try {
        roles.add(Role.valueOf(name.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw fields.wrong("roles", "a list of read, write, forget, audit and admin");
      }
    }
    ApiKeys.Created created = keys.create(fields.requiredText("name"),
        fields.text("tenant").orElse(Principal.DEFAULT_TENANT), roles);
    Map<String, Object> map = toMap(created.key());
    map.put("secret", created.secret());
    call.json(201, map);
  }

  private void revoke(Call call) {
    call.requireOperator(Role.ADMIN, "revoke a key");
    if (!keys.revoke(call.path("id"))) {
      throw Problem.notFound("There is no such key that is not revoked.");
    }
    call.json(Map.of("revoked", true));
  }

  private static void tenants(Call call) {
    call.requireOperator(Role.ADMIN, "see the tenants");
    call.json(Map.of("results", call.larimar().ledger().tenants(call.principal())));
  }

  private static Map<String, Object> toMap(ApiKey key) {
    Map<String, Object> map = Call.map();
    map.put("id", key.id());
    map.put("name", key.name());
    map.put("tenant", key.tenant());
    map.put("roles", key.roles().stream().sorted().map(role -> role.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.toList()));
    map.put("created_at", key.createdAt().toString());
    key.revokedAt().ifPresent(at -> map.put("revoked_at", at.toString()));
    return map;
  }
}
