package io.larimar.ledger;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/** The store's Ed25519 key pair; the private half is a PEM file that only the owner may read. */
final class SigningKey {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----\n";
  private static final String END = "\n-----END PRIVATE KEY-----\n";

  private final PrivateKey privateKey;
  private final byte[] publicKey;
  private final byte[] root; // of what is derived

  private SigningKey(PrivateKey privateKey, byte[] publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    byte[] encoded = privateKey.getEncoded();
    this.root = Hashes.sha256(encoded);
    Seal.wipe(encoded);
  }

  /** Makes a pair, writes the private half; gives the public half (X.509 DER). */
  static byte[] create(StoreFiles files, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(255, random);
      KeyPair pair = generator.generateKeyPair();
      files.write(StoreFiles.SIGNING_KEY, text(pair.getPrivate()));
      return pair.getPublic().getEncoded();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has Ed25519", e);
    }
  }

  /** Reads the private half and checks that it fits the public one. */
  static SigningKey open(StoreFiles files, byte[] publicKey) {
    String text = files.read(StoreFiles.SIGNING_KEY).orElseThrow(() -> new StoreException(
        StoreException.Reason.CORRUPT, files.path(StoreFiles.SIGNING_KEY)
            + " is missing: put it back from a backup"));
    try {
      if (text.startsWith(BEGIN) && text.endsWith(END)) {
        byte[] der = Base64.getDecoder()
            .decode(text.substring(BEGIN.length(), text.length() - END.length()));
        PrivateKey key = KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(der));
        SigningKey pair = new SigningKey(key, publicKey);
        byte[] probe = Hashes.sha256(publicKey);
        if (text(key).equals(text) && verify(publicKey, probe, pair.sign(probe))) {
          return pair;
        }
      }
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw damaged(files, e);
    }
    throw damaged(files, new GeneralSecurityException("the two halves do not fit"));
  }

  private static StoreException damaged(StoreFiles files, Exception cause) {
    return new StoreException(StoreException.Reason.CORRUPT,
        files.path(StoreFiles.SIGNING_KEY) + " is damaged: put it back from a backup", cause);
  }

  byte[] publicKey() {
    return publicKey.clone();
  }

  byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(privateKey);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("Ed25519 refused a well-formed call", e);
    }
  }

  /** 32 bytes for another use, which nobody without the private half can make. */
  byte[] derive(String label) {
    return Hashes.derivedKey(root, label);
  }

  /** Whether the signature is the public key's over the message. */
  static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    try {
      PublicKey key = KeyFactory.getInstance("Ed25519")
          .generatePublic(new X509EncodedKeySpec(publicKey));
      if (!Arrays.equals(key.getEncoded(), publicKey)) {
        return false;
      }
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** What names a public key: hex(SHA-256(X.509 DER)). */
  static String keyId(byte[] publicKey) {
    return Hashes.hex(Hashes.sha256(publicKey));
  }

  private static String text(PrivateKey key) {
    return BEGIN + Base64.getEncoder().encodeToString(key.getEncoded()) + END;
  }
}
