package io.larimar.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Server-sent events, each on the wire when its method returns; they fail once the client is gone. */
final class EventStream implements AutoCloseable {
  private final OutputStream out;

  EventStream(OutputStream out) {
    this.out = out;
  }

  /** Sends one JSON value. */
  void send(Object value) throws IOException {
    raw(Json.text(value));
  }

  /** Sends a text of one line as it stands. */
  void raw(String text) throws IOException {
    out.write(("data: " + text + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
