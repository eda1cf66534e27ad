package io.larimar.server;

import io.larimar.ledger.Role;
import java.io.IOException;
import java.util.Optional;

/**
 * One operation: what is asked, who may, what answers.
 *
 * @param method GET, POST, PUT or DELETE
 * @param path with names in braces, as in the OpenAPI file
 * @param role what the caller must hold; none for what is open to everyone
 * @param handler what answers
 */
record Route(String method, String path, Optional<Role> role, Handler handler) {
  /** Answers one request. */
  @FunctionalInterface
  interface Handler {
    void handle(Call call) throws IOException;
  }

  /** For those who hold a role. */
  static Route of(String method, String path, Role role, Handler handler) {
    return new Route(method, path, Optional.of(role), handler);
  }

  /** For everyone. */
  static Route open(String method, String path, Handler handler) {
    return new Route(method, path, Optional.empty(), handler);
  }
}
