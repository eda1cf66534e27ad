package io.larimar.server;

import io.larimar.ledger.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What operators ask: is it alive, is it ready, what does it count, what can it do. */
final class Health {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final Generations generations;
  private final Metrics metrics;
  private final ServerOptions options;

  Health(Generations generations, Metrics metrics, ServerOptions options) {
    this.generations = generations;
    this.metrics = metrics;
    this.options = options;
  }

  List<Route> routes() {
    return List.of(
        Route.open("GET", "/health/live", call -> call.json(Map.of("status", "UP"))),
        Route.open("GET", "/health/ready", this::ready),
        Route.open("GET", "/openapi.json", Health::openApi),
        Route.of("GET", "/metrics", Role.AUDIT, this::metrics));
  }

  private void ready(Call call) {
    boolean ready = !generations.draining();
    call.json(ready ? 200 : 503,
        Map.of("status", ready ? "UP" : "STOPPING", "model", options.model()));
  }

  private static void openApi(Call call) throws IOException {
    try (InputStream in = Health.class.getResourceAsStream("openapi.json")) {
      call.send(200, "application/json", in.readAllBytes());
    }
  }

  private void metrics(Call call) {
    call.requireOperator(Role.AUDIT, "read the metrics");
    call.send(200, PROMETHEUS, metrics.scrape().getBytes(StandardCharsets.UTF_8));
  }
}
