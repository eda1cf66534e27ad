package io.larimar.ledger;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names for a tenant's facts and rows of the audit that tell nothing of anybody else.
 *
 * <p>Ids and sequences run through the whole store, so their gaps tell a tenant how much the others
 * write. A name is one block of AES-128 over what it names, written as a UUID, under a key that
 * only the store can derive from its signing key and the tenant: it has no order, another tenant's
 * names lead nowhere, and none need be stored. Thread-safe.
 */
public final class Pseudonyms {
  private static final int FACT = 1;
  private static final int ROW = 2;
  private static final int GROUP = 3;
  private static final int END = 4;
  private static final Pattern NUMBERED = Pattern.compile("\\b(fact|row) \\d+\\b");

  private final byte[] key;
  private final SecretKeySpec block;

  /** Under 32 bytes of key. */
  Pseudonyms(byte[] key) {
    this.key = key.clone();
    this.block = new SecretKeySpec(Hashes.derivedKey(key, "larimar names 1"), 0, 16, "AES");
  }

  /** The name of a fact, by its id. */
  public String fact(long id) {
    return name(FACT, id);
  }

  /** The name of a row of the audit, by its sequence. */
  public String row(long sequence) {
    return name(ROW, sequence);
  }

  /**
   * The name of a group of rows, by the sequence of its first. That row may be another tenant's,
   * and whether it is one's own would tell: so it is not the row's name.
   */
  public String group(long sequence) {
    return name(GROUP, sequence);
  }

  /** The name of an end of the chain, by its sequence; for the same reason not the row's. */
  public String end(long sequence) {
    return name(END, sequence);
  }

  /** The fact that has a name; empty for a text that is no name of this tenant's facts. */
  public OptionalLong factOf(String name) {
    return number(FACT, name);
  }

  /** The row that has a name; empty for a text that is no name of a row. */
  public OptionalLong rowOf(String name) {
    return number(ROW, name);
  }

  /** The end of the chain that has a name; empty for a text that is no name of one. */
  public OptionalLong endOf(String name) {
    return number(END, name);
  }

  /**
   * What stands for the hash of a row or of a memory, in hex. The hash itself would tell the row's
   * sequence, or the facts' ids, to whoever knows all else of it and tries one after the other.
   */
  public String sealed(String hash) {
    return Hashes.hex(Hashes.hmac(key, Hashes.bytes(hash)));
  }

  /**
   * A message of the engine without the numbers of facts and rows. They get no names here: a
   * message may quote what its reader wrote, who would learn the name of any number that way.
   */
  public static String withoutNumbers(String message) {
    return NUMBERED.matcher(message).replaceAll("a $1");
  }

  private String name(int kind, long number) {
    ByteBuffer named =
        ByteBuffer.wrap(apply(Cipher.ENCRYPT_MODE, buffer().putLong(kind).putLong(number).array()));
    return new UUID(named.getLong(), named.getLong()).toString();
  }

  private OptionalLong number(int kind, String name) {
    UUID uuid;
    try {
      uuid = UUID.fromString(name);
    } catch (IllegalArgumentException e) {
      return OptionalLong.empty();
    }
    ByteBuffer plain = ByteBuffer.wrap(apply(Cipher.DECRYPT_MODE, buffer()
        .putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits()).array()));
    boolean ours = uuid.toString().equals(name) && plain.getLong() == kind;
    return ours ? OptionalLong.of(plain.getLong()) : OptionalLong.empty();
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(2 * Long.BYTES);
  }

  /** One block, so a mode of operation has nothing to do: this is the permutation itself. */
  private byte[] apply(int mode, byte[] bytes) {
    try {
      Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
      cipher.init(mode, block);
      return cipher.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has AES", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Pseudonyms that && Arrays.equals(key, that.key);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key);
  }
}
