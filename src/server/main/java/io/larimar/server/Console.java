package io.larimar.server;

import io.helidon.http.HeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The console's files: part of the jar, so that they need no build, no network and no other site. */
final class Console {
  /** Every file there is, with its type: what is asked for is looked up here and nowhere else. */
  private static final Map<String, String> FILES = Map.of(
      "index.html", "text/html; charset=utf-8",
      "app.js", "text/javascript; charset=utf-8",
      "words.js", "text/javascript; charset=utf-8",
      "style.css", "text/css; charset=utf-8",
      "icon.svg", "image/svg+xml");

  private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
      + " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
      + " frame-ancestors 'none'";

  List<Route> routes() {
    return List.of(
        Route.open("GET", "/", call -> send(call, "index.html")),
        Route.open("GET", "/console/{file}", call -> send(call, call.path("file"))));
  }

  private static void send(Call call, String name) throws IOException {
    String type = Optional.ofNullable(FILES.get(name)).orElseThrow(() ->
        Problem.notFound("The console has no such file; it is at /."));
    call.header(HeaderNames.create("Content-Security-Policy"), POLICY);
    call.header(HeaderNames.create("Referrer-Policy"), "no-referrer");
    try (InputStream in = Console.class.getResourceAsStream("console/" + name)) {
      call.send(200, type, in.readAllBytes());
    }
  }
}
