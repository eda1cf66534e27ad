package io.larimar.server;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a server listens.
 *
 * @param host the address that it binds
 * @param port its port; 0 takes a free one
 * @param certificate PEM file of the certificate and its chain, for TLS; with {@code privateKey}
 * @param privateKey PEM file of the certificate's key
 * @param keys the file of the API keys; made if it is missing
 * @param model the model's name in answers
 * @param grace how long running answers may go on once the server is told to stop
 * @param limits what it allows
 * @param backups the directory of the store's copies; made when it is needed
 * @param traces where an OpenTelemetry collector takes OTLP over HTTP, if one does
 */
public record ServerOptions(String host, int port, Optional<Path> certificate,
    Optional<Path> privateKey, Path keys, String model, Duration grace, Limits limits, Path backups,
    Optional<URI> traces) {

  /** Loopback alone: nobody else on the network reaches it. */
  public static final String DEFAULT_HOST = "127.0.0.1";

  public static final int DEFAULT_PORT = 8420;

  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

  public ServerOptions {
    Objects.requireNonNull(keys, "keys");
    if (host.isBlank()) {
      throw new IllegalArgumentException("host must not be blank: give 127.0.0.1 or 0.0.0.0");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be in [0, 65535]: port=" + port);
    }
    if (certificate.isPresent() != privateKey.isPresent()) {
      throw new IllegalArgumentException("tls.certificate and tls.key belong together: give both"
          + " PEM files, or none");
    }
    if (traces.isPresent() && !List.of("http", "https").contains(
        String.valueOf(traces.get().getScheme()))) {
      throw new IllegalArgumentException("traces must be the address of a collector, as"
          + " http://127.0.0.1:4318: traces=" + traces.get());
    }
    if (grace.isNegative()) {
      throw new IllegalArgumentException("stop.grace must not be negative: " + grace);
    }
  }

  /** Loopback, the default port, the default limits. */
  public static ServerOptions of(Path keys, String model) {
    return new ServerOptions(DEFAULT_HOST, DEFAULT_PORT, Optional.empty(), Optional.empty(), keys,
        model, DEFAULT_GRACE, Limits.DEFAULT, backupsBeside(keys), Optional.empty());
  }

  /** The same on another port. */
  public ServerOptions withPort(int port) {
    return new ServerOptions(host, port, certificate, privateKey, keys, model, grace, limits,
        backups, traces);
  }

  /** The same with other limits. */
  public ServerOptions withLimits(Limits limits) {
    return new ServerOptions(host, port, certificate, privateKey, keys, model, grace, limits,
        backups, traces);
  }

  /** The same with TLS, from PEM files. */
  public ServerOptions withTls(Path certificate, Path privateKey) {
    return new ServerOptions(host, port, Optional.of(certificate), Optional.of(privateKey), keys,
        model, grace, limits, backups, traces);
  }

  /** The same with traces. */
  public ServerOptions withTraces(URI collector) {
    return new ServerOptions(host, port, certificate, privateKey, keys, model, grace, limits,
        backups, Optional.of(collector));
  }

  /** Where the keys of a store's server lie: beside the store, so that no copy of it holds them. */
  public static Path keysBeside(Path store) {
    Path directory = store.toAbsolutePath().normalize();
    return directory.resolveSibling(directory.getFileName() + ".keys.db");
  }

  /** Where copies of the store lie if nothing says so: beside its keys. */
  static Path backupsBeside(Path keys) {
    Path file = keys.toAbsolutePath().normalize();
    return file.resolveSibling(
        file.getFileName().toString().replaceFirst("(\\.keys)?\\.db$", "") + ".backups");
  }
}
