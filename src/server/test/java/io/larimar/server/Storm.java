package io.larimar.server;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Clients that search as often as they are let, in a process of their own, so that a server's time
 * is not measured together with theirs: each has one connection and waits a second after a refusal,
 * as Retry-After says. Prints {@code STATUS NANOS} a request.
 */
final class Storm {
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int TIMEOUT_MILLIS = 60_000;

  /** One answered request. */
  record Sample(int status, long nanos) {
    static Sample read(String line) {
      String[] parts = line.split(" ");
      return new Sample(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
    }
  }

  /** One connection, which costs its caller little. */
  static final class Connection implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream());
    }

    Sample search(String query) throws IOException {
      byte[] body =
          ("{\"query\": \"" + query + "\", \"limit\": 1}").getBytes(StandardCharsets.UTF_8);
      long start = System.nanoTime();
      socket.getOutputStream().write(("POST /memories/search HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n"
          + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
      int status = Integer.parseInt(line().split(" ")[1]);
      int length = 0;
      for (String header = line(); !header.isEmpty(); header = line()) {
        if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
        }
      }
      in.readNBytes(length);
      return new Sample(status, System.nanoTime() - start);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("the server ended the connection");
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Storm() {}

  /** Arguments: port, connections, seconds, facts. A client that fails prints status 0. */
  public static void main(String[] arguments) throws InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    int connections = Integer.parseInt(arguments[1]);
    long end = System.nanoTime() + Duration.ofSeconds(Long.parseLong(arguments[2])).toNanos();
    int facts = Integer.parseInt(arguments[3]);
    ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int c = 0; c < connections; c++) {
      int first = c * 7;
      threads.add(Thread.ofVirtual().start(() -> {
        try (Connection connection = new Connection(port)) {
          for (int i = first; System.nanoTime() < end; i++) {
            Sample sample = connection.search("flow rate of pump number " + i % facts);
            samples.add(sample);
            if (sample.status() != 200) {
              Thread.sleep(PAUSE);
            }
          }
        } catch (IOException | InterruptedException e) {
          System.err.println(e);
          samples.add(new Sample(0, 0));
        }
      }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    try (PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8)) {
      samples.forEach(sample -> out.println(sample.status() + " " + sample.nanos()));
    }
  }
}
