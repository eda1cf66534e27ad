package io.larimar.cli.fetch;

import java.util.regex.Pattern;

/** What npm and pip say when there is no network, in their several ways. */
final class Network {
  private static final Pattern DOWN = Pattern.compile(
      "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|FETCH_ERROR"
          + "|NewConnectionError|ConnectTimeoutError|NameResolutionError|ReadTimeoutError"
          + "|ProxyError|Network is unreachable|Temporary failure in name resolution"
          + "|Connection refused|Name or service not known|nodename nor servname");
  private static final int REASON_LENGTH = 200;

  private Network() {}

  static boolean down(String text) {
    return DOWN.matcher(text).find();
  }

  static FetchException unreachable(String client, Artifact artifact) {
    return new FetchException(client + " cannot reach its registry and " + artifact
        + " has to be fetched once: connect to the network, or set up " + client
        + "'s proxy or mirror; afterwards everything works offline");
  }

  /** The first line that says something, without the client's prefix, cut to a line's length. */
  static String firstLine(String text, String prefix) {
    String line = text.lines().filter(each -> each.startsWith(prefix))
        .map(each -> each.substring(prefix.length()).strip()).filter(each -> !each.isEmpty())
        .findFirst().or(() -> text.lines().filter(each -> !each.isBlank()).findFirst())
        .orElse("it gives no reason");
    return line.length() <= REASON_LENGTH ? line : line.substring(0, REASON_LENGTH) + "...";
  }
}
