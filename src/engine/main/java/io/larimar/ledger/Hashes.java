package io.larimar.ledger;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** SHA-256, HMAC-SHA-256 and lower-case hex. */
final class Hashes {
  private Hashes() {}

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  static byte[] hmac(byte[] key, byte[] bytes) {
    return hmac(mac(), key, bytes);
  }

  /** The same on a {@link #mac} that is kept: asking the providers for one takes longer. */
  static byte[] hmac(Mac mac, byte[] key, byte[] bytes) {
    try {
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("HMAC refused a well-formed call", e);
    }
  }

  /** What computes HMAC-SHA-256; of one thread at a time. */
  static Mac mac() {
    try {
      return Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HmacSHA256", e);
    }
  }

  /** A key for one purpose, derived from a key for several. */
  static byte[] derivedKey(byte[] key, String purpose) {
    return hmac(key, purpose.getBytes(StandardCharsets.UTF_8));
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
