package io.larimar.server;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.larimar.ledger.Principal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Who may come in, and how often.
 *
 * <p>A key names principal, tenant and roles. As long as no key was ever made, this machine alone is
 * served, as the store's owner: the peer must be loopback, no proxy may have passed the request on,
 * and neither the Host nor the Origin may be another site's, as any web page can make a browser send
 * requests to 127.0.0.1.
 */
final class Access {
  static final HeaderName TENANT = HeaderNames.create("Larimar-Tenant");
  private static final HeaderName API_KEY = HeaderNames.create("X-Api-Key");
  private static final HeaderName FORWARDED = HeaderNames.create("Forwarded");
  private static final HeaderName X_FORWARDED_FOR = HeaderNames.create("X-Forwarded-For");
  private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final String BEARER = "bearer ";
  private static final int MAX_BUCKETS = 10_000;

  private final ApiKeys keys;
  private final int requestsPerSecond;
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  Access(ApiKeys keys, int requestsPerSecond) {
    this.keys = keys;
    this.requestsPerSecond = requestsPerSecond;
  }

  /**
   * The caller of a request.
   *
   * @throws Problem 401 without a valid key, 403 from elsewhere where no keys are made, 429 too often
   */
  Caller admit(ServerRequest request) {
    Caller caller = keys.none() ? local(request) : holder(request);
    limit(caller.label());
    return caller;
  }

  private Caller holder(ServerRequest request) {
    String secret = secret(request).orElseThrow(() -> Problem.of(401, "Key missing",
        "Send your API key as \"Authorization: Bearer lk-...\"; an administrator makes one with"
            + " `larimar keys create`."));
    ApiKey key = keys.find(secret).orElseThrow(() -> Problem.of(401, "Key unknown",
        "This API key is unknown or revoked; ask an administrator for another."));
    Optional<String> tenant = request.headers().first(TENANT);
    if (tenant.isPresent() && !tenant.get().equals(key.tenant())) {
      throw foreignTenant();
    }
    return new Caller(key.principal(), key.id());
  }

  static Problem foreignTenant() {
    return Problem.of(403, "Another tenant",
        "This key reaches its own tenant alone; leave the tenant out or use a key of that one.");
  }

  private static Optional<String> secret(ServerRequest request) {
    Optional<String> bearer = request.headers().first(HeaderNames.AUTHORIZATION)
        .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(BEARER))
        .map(value -> value.substring(BEARER.length()).strip());
    return bearer.or(() -> request.headers().first(API_KEY));
  }

  private static Caller local(ServerRequest request) {
    boolean proxied = request.headers().contains(FORWARDED)
        || request.headers().contains(X_FORWARDED_FOR);
    if (!loopback(request) || proxied) {
      throw Problem.of(403, "Keys wanted", "This server has no keys yet, so it answers programs on"
          + " its own machine alone. Make a key there: `larimar keys create NAME`.");
    }
    String host = request.authority().replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
    Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
    boolean ownSite = origin.isEmpty() || origin.get().equalsIgnoreCase(
        (request.isSecure() ? "https://" : "http://") + request.authority());
    if (!LOOPBACK_NAMES.contains(host) || !ownSite) {
      throw Problem.of(403, "Another site", "Without keys the server answers its own console and"
          + " programs that call it as localhost, not pages of other sites.");
    }
    String tenant = request.headers().first(TENANT).orElse(Principal.DEFAULT_TENANT);
    Principal owner = new Principal(
        Principal.OWNER.name(), tenant, EnumSet.copyOf(Principal.OWNER.roles()));
    return new Caller(owner, "local");
  }

  private static boolean loopback(ServerRequest request) {
    return request.remotePeer().address() instanceof InetSocketAddress address
        && Optional.ofNullable(address.getAddress()).map(InetAddress::isLoopbackAddress)
            .orElse(false);
  }

  private void limit(String label) {
    if (buckets.size() > MAX_BUCKETS) {
      buckets.clear();
    }
    Bucket bucket = buckets.computeIfAbsent(label, any -> Bucket.builder()
        .addLimit(Bandwidth.builder().capacity(requestsPerSecond)
            .refillGreedy(requestsPerSecond, Duration.ofSeconds(1)).build())
        .build());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      int seconds = (int) TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill()) + 1;
      throw Problem.later(429, "Too many requests", "More than " + requestsPerSecond
          + " requests a second with this key; slow down or raise limit.rate.", seconds);
    }
  }

  /** Whether everyone on this machine is let in. */
  boolean openToLoopback() {
    return keys.none();
  }

}
