package io.larimar.ledger;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM: {@code sealed = nonce (12) | ciphertext | tag (16)}, bound to a place.
 *
 * <p>The place (what it is, id, tenant) is the additional data, so that a sealed value cannot be
 * moved to another row. Not thread-safe: it keeps one cipher.
 */
final class Seal {
  static final int KEY_BYTES = 32;
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;

  private final SecureRandom random;
  private final Cipher cipher;

  Seal(SecureRandom random) {
    this.random = random;
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has AES/GCM/NoPadding", e);
    }
  }

  /** Encrypts {@code plain} under {@code key} with a fresh random nonce. */
  byte[] close(byte[] key, String place, byte[] plain) {
    byte[] sealed = new byte[NONCE_BYTES + plain.length + TAG_BYTES];
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    System.arraycopy(nonce, 0, sealed, 0, NONCE_BYTES);
    try {
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"),
          new GCMParameterSpec(8 * TAG_BYTES, nonce));
      cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
      cipher.doFinal(plain, 0, plain.length, sealed, NONCE_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("AES-GCM refused a well-formed call", e);
    }
  }

  /** Decrypts; empty where key, place or a single bit differs. */
  Optional<byte[]> open(byte[] key, String place, byte[] sealed) {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) {
      return Optional.empty();
    }
    try {
      cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"),
          new GCMParameterSpec(8 * TAG_BYTES, sealed, 0, NONCE_BYTES));
      cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
      return Optional.of(cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("AES-GCM refused a well-formed call", e);
    }
  }

  /** Makes the cipher drop the key that it used last. */
  void dropKey() {
    close(new byte[KEY_BYTES], "", new byte[0]);
  }

  byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  static void wipe(byte[] bytes) {
    Arrays.fill(bytes, (byte) 0);
  }
}
