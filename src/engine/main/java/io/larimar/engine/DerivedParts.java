package io.larimar.engine;

import io.larimar.codec.TokenCodec.Role;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.engine.FactMemory.Derived;
import io.larimar.engine.FactMemory.Excerpted;
import io.larimar.engine.FactMemory.Told;
import io.larimar.passages.Episode;
import io.larimar.scope.ScopeDetector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The derived parts of a fact as bytes in the ledger ({@code docs/FORMATS.md}, "Derived parts"):
 * the address; the tokens with the fingerprint of the vocabulary that they belong to; what the scope
 * detector compares prompts with, and under which encoding that was made.
 */
final class DerivedParts {
  private static final int FINGERPRINT_BYTES = 32;

  private final byte[] fingerprint;
  private final int width;

  /**
   * @param fingerprint of the model's token embeddings
   * @param width K, floats of an address
   */
  DerivedParts(byte[] fingerprint, int width) {
    this.fingerprint = fingerprint.clone();
    this.width = width;
  }

  List<byte[]> write(Derived derived) {
    return switch (derived) {
      case Told told -> write(told);
      case Excerpted excerpted -> write(excerpted.episode());
    };
  }

  private List<byte[]> write(Episode episode) {
    boolean addressed = episode.excerpt().keys() == Keys.SENTENCE;
    int rows = addressed ? episode.keys().length : 0;
    ByteBuffer addresses = buffer(2 * width * rows);
    for (int i = 0; i < rows; i++) {
      for (float value : episode.keys()[i]) {
        addresses.putShort(Float.floatToFloat16(value));
      }
    }
    int count = Arrays.stream(episode.tokens()).mapToInt(tokens -> tokens.length).sum();
    ByteBuffer tokens = buffer(FINGERPRINT_BYTES + 4 * episode.tokens().length + 4 * count);
    tokens.put(fingerprint);
    for (int[] passage : episode.tokens()) {
      tokens.putInt(passage.length);
      for (int token : passage) {
        tokens.putInt(token);
      }
    }
    return List.of(addresses.array(), tokens.array());
  }

  /** The tokens of an episode's passages; empty where they are of another vocabulary. */
  Optional<int[][]> passageTokens(List<byte[]> parts) {
    ByteBuffer tokens = buffer(parts.get(1));
    byte[] of = new byte[FINGERPRINT_BYTES];
    tokens.get(of);
    if (!Arrays.equals(of, fingerprint)) {
      return Optional.empty();
    }
    List<int[]> passages = new ArrayList<>();
    while (tokens.hasRemaining()) {
      int[] passage = new int[tokens.getInt()];
      for (int i = 0; i < passage.length; i++) {
        passage[i] = tokens.getInt();
      }
      passages.add(passage);
    }
    return Optional.of(passages.toArray(int[][]::new));
  }

  /** The addresses of an episode's passages; empty where it is found by words. */
  Optional<float[][]> passageAddresses(List<byte[]> parts) {
    ByteBuffer halves = buffer(parts.getFirst());
    if (!halves.hasRemaining()) {
      return Optional.empty();
    }
    float[][] addresses = new float[halves.remaining() / (2 * width)][width];
    for (float[] address : addresses) {
      for (int i = 0; i < width; i++) {
        address[i] = Float.float16ToFloat(halves.getShort());
      }
    }
    return Optional.of(addresses);
  }

  private List<byte[]> write(Told derived) {
    ByteBuffer address = buffer(4 * width);
    for (float value : derived.address()) {
      address.putFloat(value);
    }
    int count = derived.tokens().length;
    ByteBuffer tokens = buffer(FINGERPRINT_BYTES + 4 + 5 * count);
    tokens.put(fingerprint).putInt(count);
    for (int token : derived.tokens()) {
      tokens.putInt(token);
    }
    for (Role role : derived.roles()) {
      tokens.put((byte) role.ordinal());
    }
    float[] vector = derived.relation().orElse(new float[0]);
    ByteBuffer relation = buffer(4 + 4 * vector.length).putInt(ScopeDetector.ENCODING);
    for (float value : vector) {
      relation.putFloat(value);
    }
    return List.of(address.array(), tokens.array(), relation.array());
  }

  /** The parts, if their tokens are of this model's vocabulary. */
  Optional<Told> read(List<byte[]> parts) {
    ByteBuffer tokens = ByteBuffer.wrap(parts.get(1)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] of = new byte[FINGERPRINT_BYTES];
    tokens.get(of);
    if (!Arrays.equals(of, fingerprint)) {
      return Optional.empty();
    }
    int[] ids = new int[tokens.getInt()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = tokens.getInt();
    }
    Role[] roles = new Role[ids.length];
    for (int i = 0; i < ids.length; i++) {
      roles[i] = Role.values()[tokens.get()];
    }
    return Optional.of(new Told(address(parts), ids, roles, relation(parts)));
  }

  /** The relation's vector; empty where there is none of this release's encoding. */
  Optional<float[]> relation(List<byte[]> parts) {
    if (parts.size() < 3 || parts.get(2).length <= Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer bytes = buffer(parts.get(2));
    if (bytes.getInt() != ScopeDetector.ENCODING) {
      return Optional.empty();
    }
    float[] vector = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(vector);
    return Optional.of(vector);
  }

  /** The address, which does not depend on the model. */
  float[] address(List<byte[]> parts) {
    byte[] bytes = parts.getFirst();
    if (bytes.length != 4 * width) {
      throw new IllegalStateException("the store's addresses have " + bytes.length / 4
          + " floats, this engine's have " + width + ": open it with the release that wrote it");
    }
    float[] address = new float[width];
    buffer(bytes).asFloatBuffer().get(address);
    return address;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
