package io.larimar.server;

import io.larimar.decoder.Completion;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the server counts: OpenTelemetry's {@code gen_ai.*}, the names of llama.cpp's own server, the
 * requests, the JVM. No label holds a tenant, a key or content.
 */
final class Metrics implements AutoCloseable {
  private static final String MODEL = "gen_ai.request.model";
  private static final String OPERATION = "gen_ai.operation.name";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final String model;
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder predictedTokens = new LongAdder();
  private final LongAdder promptNanos = new LongAdder();
  private final LongAdder predictedNanos = new LongAdder();
  private final JvmGcMetrics collections = new JvmGcMetrics();

  Metrics(String model, Gate generations) {
    this.model = model;
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
    total("llamacpp:prompt_tokens", promptTokens, 1);
    total("llamacpp:prompt_seconds", promptNanos, 1e9);
    total("llamacpp:tokens_predicted", predictedTokens, 1);
    total("llamacpp:tokens_predicted_seconds", predictedNanos, 1e9);
    rate("llamacpp:prompt_tokens_seconds", promptTokens, promptNanos);
    rate("llamacpp:predicted_tokens_seconds", predictedTokens, predictedNanos);
    Gauge.builder("llamacpp:requests_processing", generations, Gate::running).register(registry);
    Gauge.builder("llamacpp:requests_deferred", generations, Gate::waiting).register(registry);
  }

  private void total(String name, LongAdder sum, double unit) {
    FunctionCounter.builder(name, sum, value -> value.sum() / unit).register(registry);
  }

  private void rate(String name, LongAdder tokens, LongAdder nanos) {
    Gauge.builder(name, tokens, count -> nanos.sum() == 0 ? 0 : count.sum() * 1e9 / nanos.sum())
        .register(registry);
  }

  /** One request; {@code route} is its pattern, never its path. */
  void request(String method, String route, int status, long nanos) {
    Timer.builder("http.server.requests").tag("method", method).tag("uri", route)
        .tag("status", "" + status).publishPercentileHistogram().register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** One generation. */
  void generation(String operation, Completion completion) {
    int prompt = completion.promptTokens() + completion.prefixPositions();
    long decoding = completion.totalNanos() - completion.firstTokenNanos();
    int predicted = completion.tokens().length;
    promptTokens.add(prompt);
    promptNanos.add(completion.firstTokenNanos());
    predictedTokens.add(predicted);
    predictedNanos.add(decoding);
    tokens(operation, "input", prompt);
    tokens(operation, "output", predicted);
    time("gen_ai.server.request.duration", operation, completion.totalNanos());
    time("gen_ai.server.time_to_first_token", operation, completion.firstTokenNanos());
    if (predicted > 1) {
      time("gen_ai.server.time_per_output_token", operation, decoding / (predicted - 1));
    }
    Counter.builder("larimar.generations").tag("finish",
        completion.finish().name().toLowerCase(Locale.ROOT)).register(registry).increment();
  }

  private void tokens(String operation, String type, int count) {
    DistributionSummary.builder("gen_ai.client.token.usage").tag(MODEL, model)
        .tag(OPERATION, operation).tag("gen_ai.token.type", type).register(registry).record(count);
  }

  private void time(String name, String operation, long nanos) {
    Timer.builder(name).tag(MODEL, model).tag(OPERATION, operation).publishPercentileHistogram()
        .register(registry).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Whether a question drew on memory. */
  void recall(boolean inScope) {
    Counter.builder("larimar.recalls").tag("scope", inScope ? "in" : "out").register(registry)
        .increment();
  }

  /** Facts that were written or forgotten. */
  void facts(String deed, int count) {
    Counter.builder("larimar.facts").tag("deed", deed).register(registry).increment(count);
  }


  /** All of it in Prometheus's text format. */
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
