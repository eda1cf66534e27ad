package io.larimar.ledger;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A signed proof that facts are erased, in a form that a third party can check.
 *
 * <p>It names the facts and the rows of the audit that erased them, the hash of the engine's memory
 * before, after and as rebuilt without the facts, and the end of the audit at that moment; the
 * store's Ed25519 key signs the canonical JSON of all fields but the signature.
 *
 * <p>For a tenant among others it is written with {@link Pseudonyms} in the place of ids and
 * sequences, whose gaps would tell how much the others write, and with sealed hashes.
 *
 * @param storeId the store
 * @param tenant whose facts
 * @param principal who asked for it
 * @param issuedAt when it was signed
 * @param erasures what was erased
 * @param stateBefore SHA-256 of the memory before, in hex
 * @param stateAfter SHA-256 of the memory after, in hex
 * @param rebuilt SHA-256 of a memory built from the facts that are left, in hex
 * @param chainSequence the last row of the audit when it was signed
 * @param chainHash that row's hash, in hex; where there are names, this and the three of memories
 *     are sealed
 * @param publicKeyId SHA-256 of the signing key's public half (X.509 DER), in hex
 * @param signature Ed25519, in hex
 * @param names what it is written with in the place of numbers, if it is
 */
public record Receipt(String storeId, String tenant, String principal, Instant issuedAt,
    List<Erasure> erasures, String stateBefore, String stateAfter, String rebuilt,
    long chainSequence, String chainHash, String publicKeyId, String signature,
    Optional<Pseudonyms> names) {

  /** The value of the JSON field {@code format}. */
  public static final String FORMAT = "larimar receipt 1";

  /** The same where names stand in the place of numbers. */
  public static final String NAMED_FORMAT = "larimar receipt 2";

  private static final int FIELDS = 18;
  private static final Pattern LOWER_HEX = Pattern.compile("(?:[0-9a-f]{2})*");

  public Receipt {
    erasures = List.copyOf(erasures);
    for (String hex : List.of(stateBefore, stateAfter, rebuilt, chainHash, publicKeyId,
        signature)) {
      // One writing for each value: upper-case digits would be a second one of the signature.
      if (!LOWER_HEX.matcher(hex).matches()) {
        throw new IllegalArgumentException("a hash or signature is not lower-case hex: " + hex);
      }
    }
  }

  /** One that is written with numbers. */
  public Receipt(String storeId, String tenant, String principal, Instant issuedAt,
      List<Erasure> erasures, String stateBefore, String stateAfter, String rebuilt,
      long chainSequence, String chainHash, String publicKeyId, String signature) {
    this(storeId, tenant, principal, issuedAt, erasures, stateBefore, stateAfter, rebuilt,
        chainSequence, chainHash, publicKeyId, signature, Optional.empty());
  }

  /**
   * One erased fact.
   *
   * @param fact its id
   * @param operation what erased it
   * @param writtenAt when it was written
   * @param forgottenAt when it was forgotten
   * @param erasedAt when key and payload were destroyed
   * @param sequence the row of the audit that says so
   */
  public record Erasure(long fact, Operation operation, Instant writtenAt, Instant forgottenAt,
      Instant erasedAt, long sequence) {

    static Erasure of(Tombstone tombstone) {
      return new Erasure(tombstone.id(), tombstone.operation(), tombstone.writtenAt(),
          tombstone.forgottenAt(), tombstone.erasedAt().orElseThrow(), tombstone.sequence());
    }
  }

  /** Whether the memory after the erasure equals, by hash, one that never saw the facts. */
  public boolean rebuiltEqual() {
    return stateAfter.equals(rebuilt);
  }

  /** The receipt as one line of canonical JSON. */
  public String toJson() {
    TreeMap<String, Object> fields = unsignedFields();
    fields.put("signature", signature);
    return CanonicalJson.write(fields);
  }

  /** The bytes that are signed: the canonical JSON without the field {@code signature}. */
  public byte[] signedBytes() {
    return CanonicalJson.write(unsignedFields()).getBytes(StandardCharsets.UTF_8);
  }

  Receipt signed(String signature) {
    return new Receipt(storeId, tenant, principal, issuedAt, erasures, stateBefore, stateAfter,
        rebuilt, chainSequence, chainHash, publicKeyId, signature, names);
  }

  /** How it writes a hash, of a row of the audit or of a memory. */
  public String written(String hash) {
    return written(names, hash);
  }

  static String written(Optional<Pseudonyms> names, String hash) {
    return names.map(pseudonyms -> pseudonyms.sealed(hash)).orElse(hash);
  }

  /** How it writes the id of a fact: a number or a name. */
  private Object fact(long id) {
    return names.<Object>map(pseudonyms -> pseudonyms.fact(id)).orElse(id);
  }

  private Object row(long sequence) {
    return names.<Object>map(pseudonyms -> pseudonyms.row(sequence)).orElse(sequence);
  }

  private TreeMap<String, Object> unsignedFields() {
    TreeMap<String, Object> fields = new TreeMap<>();
    fields.put("format", names.isPresent() ? NAMED_FORMAT : FORMAT);
    fields.put("storeId", storeId);
    fields.put("tenant", tenant);
    fields.put("principal", principal);
    fields.put("issuedAt", issuedAt.toEpochMilli());
    fields.put("facts", erasures.stream().map(e -> fact(e.fact())).toList());
    fields.put("operations", erasures.stream().map(e -> e.operation().name()).toList());
    fields.put("writtenAt", erasures.stream().map(e -> e.writtenAt().toEpochMilli()).toList());
    fields.put("forgottenAt",
        erasures.stream().map(e -> e.forgottenAt().toEpochMilli()).toList());
    fields.put("erasedAt", erasures.stream().map(e -> e.erasedAt().toEpochMilli()).toList());
    fields.put("sequences", erasures.stream().map(e -> row(e.sequence())).toList());
    fields.put("stateBefore", stateBefore);
    fields.put("stateAfter", stateAfter);
    fields.put("rebuilt", rebuilt);
    fields.put("chainSequence",
        names.<Object>map(pseudonyms -> pseudonyms.end(chainSequence)).orElse(chainSequence));
    fields.put("chainHash", chainHash);
    fields.put("publicKeyId", publicKeyId);
    return fields;
  }

  /**
   * The receipt of a text that {@link #toJson} wrote; one line feed may follow it. One with names
   * is read by {@link Ledger#receipt(String)} of its store alone.
   *
   * @throws IllegalArgumentException where the text is anything else, white space included
   */
  public static Receipt fromJson(String json) {
    return fromJson(json, tenant -> {
      throw new IllegalArgumentException("the receipt names facts as only its store can read them:"
          + " verify it there");
    });
  }

  /** The same with the names of a tenant where they stand; a name that is nobody's counts as 0. */
  static Receipt fromJson(String json, Function<String, Pseudonyms> naming) {
    String line = json.endsWith("\n") ? json.substring(0, json.length() - 1) : json;
    Fields fields = new Fields(CanonicalJson.read(line));
    fields.requireNoOther(FIELDS);
    Optional<Pseudonyms> names = switch (fields.string("format")) {
      case FORMAT -> Optional.empty();
      case NAMED_FORMAT -> Optional.of(naming.apply(fields.string("tenant")));
      default -> throw new IllegalArgumentException("receipt format is \""
          + fields.string("format") + "\", expected \"" + FORMAT + "\" or \"" + NAMED_FORMAT
          + "\"");
    };
    List<Long> facts = names.isEmpty() ? fields.integers("facts")
        : fields.strings("facts").stream().map(name -> names.get().factOf(name).orElse(0)).toList();
    List<String> operations = fields.strings("operations");
    List<Long> written = fields.integers("writtenAt");
    List<Long> forgotten = fields.integers("forgottenAt");
    List<Long> erased = fields.integers("erasedAt");
    List<Long> sequences = names.isEmpty() ? fields.integers("sequences")
        : fields.strings("sequences").stream().map(name -> names.get().rowOf(name).orElse(0))
            .toList();
    for (List<?> other : List.of(operations, written, forgotten, erased, sequences)) {
      if (other.size() != facts.size()) {
        throw new IllegalArgumentException("receipt lists differ in length: " + other.size()
            + ", facts " + facts.size());
      }
    }
    List<Erasure> erasures = new ArrayList<>();
    for (int i = 0; i < facts.size(); i++) {
      erasures.add(new Erasure(facts.get(i), Operation.valueOf(operations.get(i)),
          Instant.ofEpochMilli(written.get(i)), Instant.ofEpochMilli(forgotten.get(i)),
          Instant.ofEpochMilli(erased.get(i)), sequences.get(i)));
    }
    return new Receipt(fields.string("storeId"), fields.string("tenant"),
        fields.string("principal"), Instant.ofEpochMilli(fields.integer("issuedAt")), erasures,
        fields.string("stateBefore"), fields.string("stateAfter"), fields.string("rebuilt"),
        names.isEmpty() ? fields.integer("chainSequence")
            : names.get().endOf(fields.string("chainSequence")).orElse(0),
        fields.string("chainHash"), fields.string("publicKeyId"), fields.string("signature"),
        names);
  }
}
