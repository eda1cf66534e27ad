package io.larimar.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A plain HTTP client of a server under test, with one key or none. */
final class Client {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();

  private final URI address;
  private final Optional<String> key;

  /** What came back. */
  record Reply(int status, String text, HttpResponse<byte[]> response) {
    JsonNode json() {
      return Json.tree(text);
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /** The same, if it is as it should be. */
    Reply expect(int wanted) {
      if (status != wanted) {
        throw new AssertionError("status " + status + " instead of " + wanted + ": " + text);
      }
      return this;
    }
  }

  Client(LarimarServer server, Optional<String> key) {
    this.address = server.address();
    this.key = key;
  }

  Reply get(String path, String... headers) {
    return send("GET", path, BodyPublishers.noBody(), headers);
  }

  Reply delete(String path, String... headers) {
    return send("DELETE", path, BodyPublishers.noBody(), headers);
  }

  Reply post(String path, String json, String... headers) {
    return send("POST", path, BodyPublishers.ofString(json), headers);
  }

  Reply put(String path, String json, String... headers) {
    return send("PUT", path, BodyPublishers.ofString(json), headers);
  }

  /** Sends what is JSON unless a header says otherwise. */
  Reply send(String method, String path, HttpRequest.BodyPublisher body, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path))
        .timeout(Duration.ofSeconds(60)).method(method, body)
        .setHeader("Content-Type", "application/json");
    key.ifPresent(secret -> request.setHeader("Authorization", "Bearer " + secret));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<byte[]> response = HTTP.send(request.build(), BodyHandlers.ofByteArray());
      return new Reply(response.statusCode(),
          new String(response.body(), StandardCharsets.UTF_8), response);
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
