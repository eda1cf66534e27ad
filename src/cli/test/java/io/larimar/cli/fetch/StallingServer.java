package io.larimar.cli.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** A server whose first answer stops in the middle and keeps the connection open. */
final class StallingServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean first = new AtomicBoolean(true);
  private final byte[] content;

  StallingServer(byte[] content) throws IOException {
    this.content = content;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(handlers);
    server.createContext("/", this::handle);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (first.getAndSet(false)) {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, content.length / 3);
      exchange.getResponseBody().flush();
      awaitClose();
      exchange.close();
      return;
    }
    int begin = Integer.parseInt(
        exchange.getRequestHeaders().getFirst("Range").replaceAll("\\D", ""));
    exchange.getResponseHeaders().set("Content-Range",
        "bytes " + begin + "-" + (content.length - 1) + "/" + content.length);
    exchange.sendResponseHeaders(206, content.length - begin);
    exchange.getResponseBody().write(Arrays.copyOfRange(content, begin, content.length));
    exchange.close();
  }

  private void awaitClose() throws IOException {
    try {
      closed.await();
    } catch (InterruptedException interrupt) {
      throw new IOException(interrupt);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    handlers.close();
  }
}
