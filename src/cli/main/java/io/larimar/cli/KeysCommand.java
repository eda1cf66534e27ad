package io.larimar.cli;

import io.larimar.server.ApiKey;
import io.larimar.server.ApiKeys;
import io.larimar.server.ServerOptions;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keys}: the API keys of the server; they count at once, also while it runs. */
@Command(name = "keys", description = {"Makes, lists and revokes the server's API keys.",
    "A key acts in the tenant that --tenant names, with the roles of --roles; its secret is shown once"
        + " and kept as a hash alone."})
final class KeysCommand extends StoreCommand implements Callable<Integer> {
  private enum Deed { CREATE, LIST, REVOKE }

  @Parameters(index = "0", paramLabel = "create|list|revoke", description = "what to do")
  private Deed deed;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME",
      description = "who the key is for; to revoke, its name or id")
  private Optional<String> name = Optional.empty();

  @Option(names = "--keys", paramLabel = "FILE",
      description = "file of the keys, as the server's setting keys; default beside the store")
  private Optional<Path> file = Optional.empty();

  @Override
  public Integer call() {
    if (name.isPresent() == (deed == Deed.LIST)) {
      throw new IllegalArgumentException(
          "give one of: create NAME, list, revoke NAME (or its id)");
    }
    try (ApiKeys keys =
        ApiKeys.open(file.orElseGet(() -> ServerOptions.keysBeside(engine.store())))) {
      return switch (deed) {
        case CREATE -> create(keys);
        case LIST -> list(keys);
        case REVOKE -> revoke(keys);
      };
    }
  }

  private int create(ApiKeys keys) {
    ApiKeys.Created created = keys.create(name.orElseThrow(), engine.principal().tenant(),
        EnumSet.copyOf(engine.principal().roles()));
    if (json) {
      Map<String, Object> map = toMap(created.key());
      map.put("secret", created.secret());
      Output.json(map);
    } else {
      System.out.println(created.secret());
      System.err.println("larimar: " + describe(created.key())
          + "; the secret above is not shown again");
    }
    return ExitCode.DONE;
  }

  private int list(ApiKeys keys) {
    List<ApiKey> all = keys.list();
    all.forEach(key -> {
      if (json) {
        Output.json(toMap(key));
      } else {
        System.out.println(describe(key));
      }
    });
    return ExitCode.DONE;
  }

  private int revoke(ApiKeys keys) {
    boolean revoked = keys.revoke(name.orElseThrow());
    if (json) {
      Output.json(Map.of("revoked", revoked));
    } else {
      System.out.println(revoked ? name.get() + " is revoked"
          : "there is no such key, or it is revoked already");
    }
    return revoked ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  private static String roles(ApiKey key) {
    return key.roles().stream().sorted().map(role -> role.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(","));
  }

  private static String describe(ApiKey key) {
    return key.id() + "  " + key.name() + "  tenant " + key.tenant() + "  " + roles(key) + "  made "
        + key.createdAt() + key.revokedAt().map(at -> "  revoked " + at).orElse("");
  }

  private static Map<String, Object> toMap(ApiKey key) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", key.id());
    map.put("name", key.name());
    map.put("tenant", key.tenant());
    map.put("roles", List.of(roles(key).split(",")));
    map.put("createdAt", key.createdAt().toString());
    key.revokedAt().ifPresent(at -> map.put("revokedAt", at.toString()));
    return map;
  }
}
