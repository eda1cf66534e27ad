package io.larimar.server;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Does what a request with an Idempotency-Key asks for once, however often it is sent.
 *
 * <p>It keeps results (ids and times) and an HMAC of the request under a key that is drawn at start:
 * never content, which a forget could not reach here. The last requests are remembered until the
 * server stops; a write that is repeated later replaces itself, as a fact with the same words does.
 */
final class Idempotency<T> {
  private static final int MAX_REQUESTS = 10_000;
  private static final int KEY_BYTES = 32;

  private record Done<T>(byte[] fingerprint, CompletableFuture<T> result) {}

  private final Map<String, Done<T>> requests = new LinkedHashMap<>() {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Done<T>> eldest) {
      return size() > MAX_REQUESTS;
    }
  };
  private final SecretKeySpec secret;

  Idempotency() {
    byte[] bytes = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bytes);
    this.secret = new SecretKeySpec(bytes, "HmacSHA256");
  }

  /**
   * The work's result, or what it gave when the same request came before.
   *
   * @param who whose keys they are, and what is done: the same key of another caller is another
   * @throws Problem 422 where the key came with another body
   */
  T once(String who, Optional<String> key, byte[] body, Supplier<T> work) {
    if (key.isEmpty()) {
      return work.get();
    }
    byte[] fingerprint = fingerprint(body);
    String name = who + " " + key.get();
    CompletableFuture<T> mine = new CompletableFuture<>();
    Done<T> earlier;
    synchronized (requests) {
      earlier = requests.putIfAbsent(name, new Done<>(fingerprint, mine));
    }
    if (earlier != null) {
      return repeated(earlier, fingerprint);
    }
    try {
      mine.complete(work.get());
    } catch (RuntimeException | Error e) {
      synchronized (requests) {
        requests.remove(name);
      }
      mine.completeExceptionally(e);
      throw e;
    }
    return mine.join();
  }

  private T repeated(Done<T> earlier, byte[] fingerprint) {
    if (!MessageDigest.isEqual(earlier.fingerprint(), fingerprint)) {
      throw Problem.of(422, "Idempotency key used",
          "This Idempotency-Key came with another body before: draw a new one for each request.");
    }
    try {
      return earlier.result().join();
    } catch (CompletionException e) {
      throw Problem.of(409, "Failed before", "The same request failed a moment ago: send it again.");
    }
  }

  private byte[] fingerprint(byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HmacSHA256", e);
    }
  }
}
