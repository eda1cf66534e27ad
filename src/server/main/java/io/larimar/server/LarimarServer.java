package io.larimar.server;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.larimar.engine.Larimar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine over HTTP: memories, OpenAI's shapes, operation and a console, on virtual threads.
 *
 * <p>It borrows the engine and owns the keys. Closing it lets running answers end for the time of
 * {@link ServerOptions#grace}, cancels those that are left, and gives the port free.
 */
public final class LarimarServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LarimarServer.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofMinutes(2);

  private final ServerOptions options;
  private final ApiKeys keys;
  private final Access access;
  private final Metrics metrics;
  private final Traces traces;
  private final Idempotency idempotency;
  private final Tenants tenants;
  private final Generations generations;
  private final List<Route> routes = new ArrayList<>();
  private final WebServer web;

  private LarimarServer(Larimar larimar, ServerOptions options, ApiKeys keys) {
    this.options = options;
    this.keys = keys;
    this.access = new Access(keys, options.limits().requestsPerSecond());
    this.tenants = new Tenants(larimar);
    this.traces = Traces.open(options.traces());
    this.idempotency = Idempotency.open(options.keys());
    int parallel = larimar.decoder().options().parallel();
    this.generations = new Generations(parallel, options.limits().generationQueue());
    this.metrics = new Metrics(options.model(), generations.gate());
    Gate searches = new Gate("searches", Runtime.getRuntime().availableProcessors(),
        options.limits().searchQueue(), PATIENCE);
    routes.addAll(new Health(generations, metrics, options).routes());
    routes.addAll(new Console().routes());
    routes.addAll(new OpenAi(generations, searches, metrics, traces, options.model()).routes());
    routes.addAll(new Memories(searches, metrics, traces, idempotency).routes());
    routes.addAll(new Documents(metrics).routes());
    routes.addAll(new Store(metrics).routes());
    routes.addAll(new KeyRing(keys).routes());
    routes.addAll(new Backups(options.backups()).routes());
    this.web = configure().build();
  }

  /**
   * Starts a server.
   *
   * @param larimar the engine, as the store's owner; borrowed
   * @throws IllegalArgumentException where an option cannot be followed, saying what to do
   */
  public static LarimarServer open(Larimar larimar, ServerOptions options) {
    ApiKeys keys = ApiKeys.open(options.keys());
    try {
      LarimarServer server = new LarimarServer(larimar, options, keys);
      server.start();
      return server;
    } catch (RuntimeException e) {
      keys.close();
      throw e;
    }
  }

  private void start() {
    web.start();
    if (!web.isRunning()) { // Helidon logs why, and throws nothing.
      throw new IllegalArgumentException("cannot listen on " + options.host() + ":" + options.port()
          + ": another program may have the port (choose one with --port), or the host is no address"
          + " of this machine");
    }
  }

  private WebServerConfig.Builder configure() {
    WebServerConfig.Builder builder = WebServer.builder()
        .address(address(options.host()))
        .port(options.port())
        .shutdownHook(false)
        .featuresDiscoverServices(false)
        .maxPayloadSize(Math.max(options.limits().documentBytes(), options.limits().bodyBytes()) + 1L)
        .maxTcpConnections(options.limits().connections())
        .idleConnectionTimeout(IDLE)
        .shutdownGracePeriod(Duration.ofSeconds(1))
        .directHandlers(directHandlers())
        .routing(this::route);
    options.certificate().ifPresent(
        file -> builder.tls(tls(file, options.privateKey().orElseThrow())));
    return builder;
  }

  private static InetAddress address(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host names no address: host=" + host, e);
    }
  }

  private static Tls tls(Path certificate, Path privateKey) {
    for (Path file : List.of(certificate, privateKey)) {
      if (!Files.isReadable(file)) {
        throw new IllegalArgumentException(
            "for TLS, " + file + " cannot be read: name a PEM file that this user may read");
      }
    }
    try {
      Keys pair = Keys.builder().pem(pem -> pem.key(Resource.create(privateKey))
          .certChain(Resource.create(certificate))).build();
      return Tls.builder().privateKey(pair).privateKeyCertChain(pair).build();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("tls.certificate and tls.key must be PEM files of a"
          + " certificate chain and its key: " + e.getMessage(), e);
    }
  }

  /** What Helidon refuses before any route sees it, in the form of every other error. */
  private static DirectHandlers directHandlers() {
    DirectHandler handler = (request, event, status, headers, message) -> {
      Problem problem = Problem.of(status.code(), status.reasonPhrase(), status.code() == 413
          ? "The body is larger than the server takes: raise limit.document, or send it in parts."
          : "The request is not as HTTP has it, or is refused: mend and repeat it.");
      return DirectHandler.TransportResponse.builder().status(status).headers(headers)
          .header(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
          .entity(Json.bytes(problem.toMap())).build();
    };
    DirectHandlers.Builder builder = DirectHandlers.builder();
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      builder.addHandler(event, handler);
    }
    return builder.build();
  }

  private void route(HttpRouting.Builder routing) {
    for (Route route : routes) {
      routing.route(Method.create(route.method()), route.path(),
          (request, response) -> answer(route, request, response));
    }
    routing.any((request, response) -> answer(unknown(request), request, response));
  }

  /** What answers where no route does: 405 where the path has other methods, else 404. */
  private Route unknown(ServerRequest request) {
    String path = request.path().path();
    String allowed = routes.stream().filter(route -> route.path().equals(path))
        .map(Route::method).sorted().collect(Collectors.joining(", "));
    return Route.open(request.prologue().method().text(), "unknown", call -> {
      if (allowed.isEmpty()) {
        throw Problem.notFound("There is nothing under this path; /openapi.json lists what there is.");
      }
      call.header(HeaderNames.ALLOW, allowed);
      throw Problem.of(405, "Method not allowed", "This path takes " + allowed + ".");
    });
  }

  private void answer(Route route, ServerRequest request, ServerResponse response) {
    try (Traces.Open span = traces.request(route, request)) {
      int status = handle(route, request, response);
      span.set("http.response.status_code", status);
      if (status >= 500) {
        span.fail();
      }
    }
  }

  private int handle(Route route, ServerRequest request, ServerResponse response) {
    long start = System.nanoTime();
    String id = UUID.randomUUID().toString();
    response.header("X-Request-Id", id);
    response.header("X-Content-Type-Options", "nosniff");
    response.header("Cache-Control", "no-store");
    Call call = new Call(request, response, Optional.empty(), tenants::of, options.limits());
    String who = "-";
    int status;
    try {
      if (route.role().isPresent()) {
        Caller caller = access.admit(request);
        who = caller.label();
        call = new Call(request, response, Optional.of(caller), tenants::of, options.limits());
        require(route, caller);
      }
      route.handler().handle(call);
      status = call.status();
    } catch (IOException | UncheckedIOException | SocketWriterException
        | CloseConnectionException e) {
      status = 499; // As nginx has it: the client has gone, nobody reads an answer.
    } catch (RuntimeException | Error e) {
      status = fail(call, id, e);
    }
    long nanos = System.nanoTime() - start;
    metrics.request(route.method(), route.path(), status, nanos);
    LOG.atInfo().addKeyValue("id", id).addKeyValue("key", who)
        .addKeyValue("method", route.method()).addKeyValue("route", route.path())
        .addKeyValue("status", status).addKeyValue("micros", nanos / 1_000).log("request");
    return status;
  }

  private static void require(Route route, Caller caller) {
    if (!caller.principal().may(route.role().orElseThrow())) {
      throw Problem.of(403, "Role missing", "This takes the role " + route.role().get()
          + ", which the key does not have; an administrator can make one that has it.");
    }
  }

  /** Tells the caller; what was not foreseen goes to the log by its place, never with its words. */
  private static int fail(Call call, String id, Throwable failure) {
    Problem problem = Call.problemOf(failure);
    if (problem.status() >= 500 && !(failure instanceof Problem)) {
      LOG.atError().addKeyValue("id", id).addKeyValue("failure", failure.getClass().getName())
          .addKeyValue("at", List.of(failure.getStackTrace()).toString()).log("request failed");
    }
    if (!call.begun()) {
      call.problem(problem);
    }
    return problem.status();
  }

  /** Where it listens, as {@code http://127.0.0.1:8420}. */
  public URI address() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return URI.create((web.hasTls() ? "https://" : "http://") + host + ":" + web.port());
  }

  /** Whether no key was made yet, so that programs on this machine are served without one. */
  public boolean openToLoopback() {
    return access.openToLoopback();
  }

  /** The keys. */
  public ApiKeys keys() {
    return keys;
  }

  /** Every operation, for the test that compares them with the OpenAPI file. */
  List<Route> routes() {
    return List.copyOf(routes);
  }

  @Override
  public void close() {
    generations.drain(options.grace());
    web.stop();
    metrics.close();
    traces.close();
    idempotency.close();
    keys.close();
  }
}
