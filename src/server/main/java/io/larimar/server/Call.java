package io.larimar.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.larimar.engine.Larimar;
import io.larimar.ledger.Principal;
import io.larimar.ledger.Pseudonyms;
import io.larimar.ledger.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** One request and its response, as handlers see them. */
final class Call {
  private static final String JSON = "application/json";

  private final ServerRequest request;
  private final ServerResponse response;
  private final Optional<Caller> caller;
  private final Function<Principal, Larimar> engines;
  private final Limits limits;

  Call(ServerRequest request, ServerResponse response, Optional<Caller> caller,
      Function<Principal, Larimar> engines, Limits limits) {
    this.request = request;
    this.response = response;
    this.caller = caller;
    this.engines = engines;
    this.limits = limits;
  }

  /** Who asks; only on routes that take a role. */
  Principal principal() {
    return caller.orElseThrow().principal();
  }

  /** The engine, acting for the caller. */
  Larimar larimar() {
    return engines.apply(principal());
  }

  /** Refuses all but the store's own people, for what concerns more than one tenant. */
  void requireOperator(Role role, String what) {
    if (!principal().ofStore() || !principal().may(role)) {
      throw Problem.of(403, "Role missing", "To " + what + " takes the role " + role
          + " in the tenant " + Principal.DEFAULT_TENANT + ".");
    }
  }

  Limits limits() {
    return limits;
  }

  // The request.

  /** A part of the path, by its name in the route. */
  String path(String name) {
    return request.path().pathParameters().get(name);
  }

  /** The names that the caller's tenant has for facts and rows of the audit. */
  Pseudonyms names() {
    return larimar().ledger().pseudonyms(principal());
  }

  /** The fact that the path names; 0, which no fact has, for a name that is nobody's. */
  long fact() {
    return names().factOf(path("id")).orElse(0);
  }

  /** What a failure is to the caller; the engine's messages have the store's numbers. */
  static Problem problemOf(Throwable failure) {
    Problem problem = Problem.of(failure);
    return failure instanceof Problem ? problem
        : problem.withDetail(Pseudonyms.withoutNumbers(problem.getMessage()));
  }

  Optional<String> query(String name) {
    return request.query().contains(name)
        ? Optional.of(request.query().get(name)).filter(value -> !value.isBlank())
        : Optional.empty();
  }

  int query(String name, int usual, int least, int most) {
    return (int) queryLong(name, least, most).orElse(usual);
  }

  OptionalLong queryLong(String name, long least, long most) {
    Optional<String> text = query(name);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= least && value <= most) {
        return OptionalLong.of(value);
      }
    } catch (NumberFormatException e) {
      // Told below, as a number out of range is.
    }
    throw Problem.field(name, "The query parameter \"" + name + "\" must be a whole number from "
        + least + " to " + most + ".");
  }

  boolean query(String name, boolean usual) {
    String text = query(name).orElse("" + usual);
    if (!text.equals("true") && !text.equals("false")) {
      throw Problem.field(name, "The query parameter \"" + name + "\" must be true or false.");
    }
    return text.equals("true");
  }

  Optional<String> header(HeaderName name) {
    return request.headers().first(name);
  }

  /** The body as one JSON object. */
  Fields json() {
    return Json.object(jsonBytes());
  }

  /** The body's bytes, which say that they are JSON: so no form of a web page can send them. */
  byte[] jsonBytes() {
    String type = mediaType();
    if (!type.equals(JSON)) {
      throw Problem.of(415, "Not JSON",
          "Send the body with \"Content-Type: application/json\"; it came as \"" + type + "\".");
    }
    return body(limits.bodyBytes());
  }

  /** The media type of the body, in lower case and without parameters. */
  String mediaType() {
    return header(HeaderNames.CONTENT_TYPE).orElse("").replaceFirst(";.*", "").strip()
        .toLowerCase(Locale.ROOT);
  }

  /**
   * The body, if it is no longer than {@code most} bytes.
   *
   * @throws Problem 413 for a longer one, of which no more than that is read
   */
  byte[] body(int most) {
    OptionalLong length = request.headers().contentLength();
    if (length.isPresent() && length.getAsLong() > most) {
      throw tooLong(most);
    }
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw tooLong(most);
      }
      return bytes;
    } catch (IOException e) {
      throw Problem.wrong("The body broke off: send it again.");
    }
  }

  private Problem tooLong(int most) {
    response.header(HeaderNames.CONNECTION, "close");
    return Problem.of(413, "Too large", "The body is larger than " + most
        + " bytes: send it in parts, or raise limit.body or limit.document.");
  }

  // The response.

  void header(HeaderName name, String value) {
    response.header(name, value);
  }

  void json(Object value) {
    json(200, value);
  }

  void json(int status, Object value) {
    send(status, JSON, Json.bytes(value));
  }

  void send(int status, String contentType, byte[] bytes) {
    response.status(Status.create(status));
    response.header(HeaderNames.CONTENT_TYPE, contentType);
    response.send(bytes);
  }

  void problem(Problem problem) {
    problem.retrySeconds().ifPresent(
        seconds -> response.header(HeaderNames.RETRY_AFTER, "" + seconds));
    if (problem.status() == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    send(problem.status(), Problem.MEDIA_TYPE, Json.bytes(problem.toMap()));
  }

  /** Begins a response that is written bit by bit. */
  OutputStream stream(String contentType) {
    response.header(HeaderNames.CONTENT_TYPE, contentType);
    return response.outputStream();
  }

  /** Begins a stream of server-sent events. */
  EventStream events() {
    response.header(HeaderNames.create("X-Accel-Buffering"), "no");
    return new EventStream(stream("text/event-stream; charset=utf-8"));
  }

  boolean begun() {
    return response.isSent() || response.bytesWritten() > 0;
  }

  int status() {
    return response.status().code();
  }

  /** Whether the caller asks for an entity that it has already. */
  boolean notModified(String etag) {
    header(HeaderNames.ETAG, etag);
    if (header(HeaderNames.IF_NONE_MATCH).filter(etag::equals).isEmpty()) {
      return false;
    }
    response.status(Status.NOT_MODIFIED_304);
    response.send();
    return true;
  }

  /** Refuses a change of what is not as the caller last saw it. */
  void requireMatch(String etag) {
    Optional<String> wanted = header(HeaderNames.IF_MATCH);
    if (wanted.isPresent() && !wanted.get().equals("*") && !wanted.get().equals(etag)) {
      throw Problem.of(412, "Changed meanwhile",
          "It is no longer as you last saw it (ETag " + etag + "): read it again.");
    }
  }

  /** A map that keeps its order. */
  static Map<String, Object> map() {
    return new LinkedHashMap<>();
  }
}
