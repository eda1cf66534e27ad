package io.larimar.server;

import io.larimar.bindings.LlamaException;
import io.larimar.ledger.RefusedException;
import io.larimar.ledger.StoreException;
import io.larimar.text.TextException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An error as its caller sees it: RFC 9457 problem details, whose detail says what to do.
 *
 * <p>The member {@code error} repeats it in OpenAI's shape, which their clients look for.
 */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final String MEDIA_TYPE = "application/problem+json";

  private final int status;
  private final String title;
  private final transient Optional<String> field;
  private final transient OptionalInt retrySeconds;

  private Problem(int status, String title, String detail, Optional<String> field,
      OptionalInt retrySeconds) {
    super(detail, null, false, false); // No trace: it is an answer, and refusals must be cheap.
    this.status = status;
    this.title = title;
    this.field = field;
    this.retrySeconds = retrySeconds;
  }

  static Problem of(int status, String title, String detail) {
    return new Problem(status, title, detail, Optional.empty(), OptionalInt.empty());
  }

  /** A request that is wrong in one field. */
  static Problem field(String field, String detail) {
    return new Problem(400, "Wrong request", detail, Optional.of(field), OptionalInt.empty());
  }

  static Problem wrong(String detail) {
    return of(400, "Wrong request", detail);
  }

  static Problem notFound(String what) {
    return of(404, "Not found", what);
  }

  /** Refused for now; {@code seconds} is when to try again. */
  static Problem later(int status, String title, String detail, int seconds) {
    return new Problem(status, title, detail, Optional.empty(), OptionalInt.of(seconds));
  }

  /** What any failure is to the caller; what was not foreseen tells nothing but that it was not. */
  static Problem of(Throwable failure) {
    return switch (failure) {
      case Problem problem -> problem;
      case RefusedException e when e.reason() == RefusedException.Reason.HOLD ->
          of(409, "Under legal hold", e.getMessage());
      case RefusedException e -> of(403, "Role missing", e.getMessage());
      case TextException e -> of(422, "Unreadable text", e.getMessage());
      case StoreException e when e.reason() == StoreException.Reason.DISK_FULL ->
          of(507, "Disk full", "The store's disk is full; nothing of this request was written."
              + " Free space on the server and repeat it.");
      case StoreException e -> of(503, "Store unavailable",
          "The store cannot be used; the server's log says why.");
      case LlamaException e when e.function().equals("llama_sampler_init_grammar") ->
          field("response_format", "The schema leads back to itself before anything is said: let a"
              + " property, an item or a value stand between.");
      case IllegalArgumentException e -> wrong(String.valueOf(e.getMessage()));
      case IllegalStateException e when String.valueOf(e.getMessage()).contains("queue is full") ->
          later(503, "Busy", "The model's queue is full; try again later.", 1);
      default -> of(500, "Internal error",
          "The server failed where it should not; its log has the place.");
    };
  }

  /** The same in other words. */
  Problem withDetail(String detail) {
    return new Problem(status, title, detail, field, retrySeconds);
  }

  int status() {
    return status;
  }

  OptionalInt retrySeconds() {
    return retrySeconds;
  }

  /** The problem as a JSON object. */
  Map<String, Object> toMap() {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("message", getMessage());
    error.put("type", status == 401 ? "authentication_error" : status == 403 ? "permission_error"
        : status == 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error"
        : "server_error");
    error.put("param", field.map(Object.class::cast).orElse(null));
    error.put("code", title.toLowerCase(Locale.ROOT).replace(' ', '_'));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("type", "about:blank");
    map.put("title", title);
    map.put("status", status);
    map.put("detail", getMessage());
    field.ifPresent(name -> map.put("field", name));
    map.put("error", error);
    return map;
  }
}
