package io.larimar.server;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Spans of requests and of what they do, sent to an OpenTelemetry collector where one is named. A
 * span has routes, counts and times: no content, key or tenant.
 */
final class Traces implements AutoCloseable {
  private static final String NAME = "larimar";
  private static final int FLUSH_SECONDS = 3;
  private static final TextMapGetter<ServerRequest> HEADERS = new TextMapGetter<>() {
    @Override
    public String get(ServerRequest request, String name) {
      return request.headers().first(HeaderNames.create(name)).orElse(""); // which is no valid one
    }
  };

  private final Optional<SdkTracerProvider> provider;
  private final Tracer tracer;

  /** A span that runs; what is opened before it is closed stands below it. */
  static final class Open implements AutoCloseable {
    private final Span span;
    private final Scope scope;

    private Open(Span span) {
      this.span = span;
      this.scope = span.makeCurrent();
    }

    Open set(String name, long value) {
      span.setAttribute(AttributeKey.longKey(name), value);
      return this;
    }

    Open set(String name, String value) {
      span.setAttribute(AttributeKey.stringKey(name), value);
      return this;
    }

    /** Says that the server failed. */
    void fail() {
      span.setStatus(StatusCode.ERROR);
    }

    @Override
    public void close() {
      scope.close();
      span.end();
    }
  }

  private Traces(Optional<SdkTracerProvider> provider) {
    this.provider = provider;
    this.tracer =
        provider.<TracerProvider>map(sdk -> sdk).orElseGet(TracerProvider::noop).get(NAME);
  }

  /**
   * Traces that go nowhere, or to a collector.
   *
   * @param collector where it takes OTLP over HTTP, as {@code http://127.0.0.1:4318}
   */
  static Traces open(Optional<URI> collector) {
    return new Traces(collector.map(address -> SdkTracerProvider.builder()
        .setResource(Resource.getDefault().toBuilder().put("service.name", NAME).build())
        .addSpanProcessor(BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
            .setEndpoint(address.toString().replaceFirst("/+$", "") + "/v1/traces").build())
            .build())
        .build()));
  }

  /** A request's span, below the caller's own where it sends one. */
  Open request(Route route, ServerRequest request) {
    Context parent =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), request, HEADERS);
    return new Open(tracer.spanBuilder(route.method() + " " + route.path()).setParent(parent)
        .setSpanKind(SpanKind.SERVER).startSpan())
        .set("http.request.method", route.method()).set("http.route", route.path());
  }

  /** Something that a request does. */
  Open step(String name) {
    return new Open(tracer.spanBuilder(name).startSpan());
  }

  @Override
  public void close() {
    provider.ifPresent(sdk -> sdk.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS));
  }
}
