/** The server: the engine over HTTP, in shapes that clients already know, and a console. */
module io.larimar.server {
  requires transitive io.larimar.engine;
  requires java.sql;
  requires org.slf4j;
  requires io.helidon.common.configurable;
  requires io.helidon.common.pki;
  requires io.helidon.common.socket;
  requires io.helidon.common.tls;
  requires io.helidon.http;
  requires io.helidon.webserver;
  requires io.opentelemetry.api;
  requires io.opentelemetry.context;
  requires io.opentelemetry.exporter.otlp;
  requires io.opentelemetry.sdk.common;
  requires io.opentelemetry.sdk.trace;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires io.github.bucket4j.core;
  requires org.apache.commons.compress;
  requires org.dhatim.fastexcel.reader;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.csv;

  exports io.larimar.server;
}
