package io.larimar.ledger;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One row of the hash-chained audit; it never holds content of a fact.
 *
 * <p>{@code hash = hex(SHA-256(UTF-8(canonical JSON of all the other fields)))}, and each row holds
 * the hash of the row before it. docs/FORMATS.md says what each field means for each operation.
 *
 * @param sequence 1, 2, 3 ... without a gap
 * @param group the sequence of the first row of the same call
 * @param atMillis when, in milliseconds since 1970
 * @param principal who
 * @param tenant whose facts
 * @param operation what
 * @param fact the fact's id, 0 for none
 * @param related another id or sequence that the operation names, 0 for none
 * @param untilMillis an end that the operation names, 0 for none
 * @param detail a short note: scope decision, reason of a hold or refusal
 * @param commitment a salted commitment or a hash that the operation names, in hex, or empty
 * @param previous the hash of the row before, in hex; 64 zeros for the first
 * @param hash the hash of this row, in hex
 */
public record AuditRow(long sequence, long group, long atMillis, String principal, String tenant,
    Operation operation, long fact, long related, long untilMillis, String detail,
    String commitment, String previous, String hash) {

  /** The {@code previous} of the first row. */
  public static final String GENESIS = "0".repeat(64);

  /** The longest {@code detail}. */
  public static final int MAX_DETAIL_LENGTH = 256;

  /** The row with its hash computed. */
  static AuditRow hashed(long sequence, long group, long atMillis, String principal,
      String tenant, Operation operation, long fact, long related, long untilMillis,
      String detail, String commitment, String previous) {
    AuditRow bare = new AuditRow(sequence, group, atMillis, principal, tenant, operation, fact,
        related, untilMillis, detail, commitment, previous, "");
    return new AuditRow(sequence, group, atMillis, principal, tenant, operation, fact, related,
        untilMillis, detail, commitment, previous, bare.computedHash());
  }

  /** The hash that the other fields ask for. */
  String computedHash() {
    return Hashes.hex(Hashes.sha256(CanonicalJson.write(fields())
        .getBytes(StandardCharsets.UTF_8)));
  }

  /** The row as one line of canonical JSON, its hash included. */
  public String toJson() {
    TreeMap<String, Object> fields = fields();
    fields.put("hash", hash);
    return CanonicalJson.write(fields);
  }

  /**
   * The row of a line that {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException where the line is anything else
   */
  public static AuditRow fromJson(String line) {
    TreeMap<String, Object> object = CanonicalJson.read(line);
    Fields fields = new Fields(object);
    AuditRow row = new AuditRow(fields.integer("sequence"), fields.integer("group"),
        fields.integer("at"), fields.string("principal"), fields.string("tenant"),
        Operation.valueOf(fields.string("operation")), fields.integer("fact"),
        fields.integer("related"), fields.integer("until"), fields.string("detail"),
        fields.string("commitment"), fields.string("previous"), fields.string("hash"));
    fields.requireNoOther(13);
    return row;
  }

  private TreeMap<String, Object> fields() {
    TreeMap<String, Object> fields = new TreeMap<>();
    fields.put("sequence", sequence);
    fields.put("group", group);
    fields.put("at", atMillis);
    fields.put("principal", principal);
    fields.put("tenant", tenant);
    fields.put("operation", operation.name());
    fields.put("fact", fact);
    fields.put("related", related);
    fields.put("until", untilMillis);
    fields.put("detail", detail);
    fields.put("commitment", commitment);
    fields.put("previous", previous);
    return fields;
  }

  /** Checks a text that goes into the audit: length, no control characters, valid UTF-16. */
  static void requirePlain(String name, String text, int maxLength) {
    Objects.requireNonNull(text, name);
    if (text.length() > maxLength) {
      throw new IllegalArgumentException(
          name + " is too long: length=" + text.length() + ", at most " + maxLength);
    }
    text.codePoints().forEach(c -> {
      if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE) {
        throw new IllegalArgumentException(
            name + " must hold no control character and no lone surrogate: U+"
                + Integer.toHexString(c));
      }
    });
  }
}
