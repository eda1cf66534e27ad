package io.larimar.cli.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A server on this machine that serves one file, and misbehaves as told. */
final class FileServer implements AutoCloseable {

  /** How one request is answered. */
  enum Answer { WHOLE_OR_RANGE, BREAK_HALFWAY, IGNORE_RANGE, FORBIDDEN, UNAVAILABLE, TOO_LONG }

  private final HttpServer server;
  private final byte[] content;
  private final Queue<Answer> answers = new ArrayDeque<>();
  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());

  FileServer(byte[] content) throws IOException {
    this.content = content;
    this.server = HttpServer.create(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  /** The next requests are answered so, and all later ones well. */
  FileServer then(Answer... next) {
    answers.addAll(Arrays.asList(next));
    return this;
  }

  URI address() {
    return URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
        + server.getAddress().getPort() + "/file.bin");
  }

  /** The Range header of each request so far; "-" where there was none. */
  List<String> ranges() {
    return List.copyOf(ranges);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(range == null ? "-" : range);
    Answer answer = answers.isEmpty() ? Answer.WHOLE_OR_RANGE : answers.remove();
    switch (answer) {
      case FORBIDDEN -> exchange.sendResponseHeaders(403, -1);
      case UNAVAILABLE -> exchange.sendResponseHeaders(503, -1);
      default -> sendContent(exchange, answer, range);
    }
    exchange.close();
  }

  private void sendContent(HttpExchange exchange, Answer answer, String range)
      throws IOException {
    int begin = range == null || answer == Answer.IGNORE_RANGE ? 0
        : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    if (begin > content.length) {
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    byte[] body = Arrays.copyOfRange(content, begin, content.length);
    if (answer == Answer.TOO_LONG) {
      body = Arrays.copyOf(body, body.length + 1);
    }
    boolean partial = range != null && answer != Answer.IGNORE_RANGE;
    if (partial) {
      exchange.getResponseHeaders().set(
          "Content-Range", "bytes " + begin + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(partial ? 206 : 200, body.length);
    OutputStream out = exchange.getResponseBody();
    out.write(body, 0, answer == Answer.BREAK_HALFWAY ? body.length / 2 : body.length);
    out.flush();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
