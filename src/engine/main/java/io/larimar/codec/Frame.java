package io.larimar.codec;

import io.larimar.bindings.TokenEmbeddings;
import io.larimar.bindings.Vocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What stands around a fact's tokens in the soft prefix, so that the decoder takes the fact as
 * given: either a few learned vectors ({@code docs/FORMATS.md}, "Frame"), or words.
 *
 * <p>With n facts F1..Fn a learned frame gives [begin] head F1 separator F2 ... tail; a text frame
 * gives "New fact: F.\nPrompt: F.\n\nNew fact: F.\nPrompt: " in token embeddings.
 */
public sealed interface Frame {

  /** The rows for these facts, in this order; none for no facts. */
  SoftPrefix prefix(List<int[]> facts);

  /** Whether it was learned for this model; a text frame needs a contrast with the bare prompt. */
  boolean learned();

  /** What goes between the last row and a prompt that continues the text. */
  String lead();

  /** Frames shipped with the engine, by the resource's stem. */
  List<String> SHIPPED = List.of("smollm2-135m", "gemma-3-270m");

  /** The bytes of the frame that is shipped for these embeddings, whole and checked; if any. */
  static Optional<byte[]> shipped(TokenEmbeddings embeddings) {
    return SHIPPED.stream()
        .map(stem -> Frame.class.getResourceAsStream("frames/" + stem + ".frame"))
        .flatMap(in -> Optional.ofNullable(in).stream())
        .map(in -> {
          try (in) {
            return in.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        })
        .filter(bytes -> Learned.matches(bytes, embeddings))
        .findFirst();
  }

  /**
   * The learned frame of these bytes, else the text frame.
   *
   * @param shipped what {@link #shipped} found for these embeddings
   * @param scale factor by which the model multiplies token embeddings on input
   */
  static Frame of(Optional<byte[]> shipped, TokenEmbeddings embeddings, Vocabulary vocabulary,
      float scale) {
    Rows rows = new Rows(embeddings, vocabulary, scale);
    return shipped.<Frame>map(bytes -> new Learned(bytes, rows)).orElseGet(() -> new Text(rows));
  }

  /** A learned frame from a file; it must have been learned for this model. */
  static Frame open(Path file, TokenEmbeddings embeddings, Vocabulary vocabulary, float scale)
      throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!Learned.matches(bytes, embeddings)) {
      throw new IllegalArgumentException(file + " is no frame for this model: it is damaged or was"
          + " learned for another; make one with train/");
    }
    return new Learned(bytes, new Rows(embeddings, vocabulary, scale));
  }

  /** The text frame, for any model. */
  static Frame text(TokenEmbeddings embeddings, Vocabulary vocabulary, float scale) {
    return new Text(new Rows(embeddings, vocabulary, scale));
  }

  /** Token embeddings in the space of {@code llama_batch.embd}. */
  record Rows(TokenEmbeddings embeddings, Vocabulary vocabulary, float scale) {
    int width() {
      return embeddings.width();
    }

    /** Puts the scaled rows of tokens at row {@code at} of a (P, D) matrix; returns the next row. */
    int put(int[] tokens, float[] rows, int at) {
      int width = width();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment row = arena.allocate(4L * width, 64);
        for (int token : tokens) {
          embeddings.row(token, row, 0);
          for (int i = 0, base = at * width; i < width; i++) {
            rows[base + i] = row.getAtIndex(ValueLayout.JAVA_FLOAT, i) * scale;
          }
          at++;
        }
      }
      return at;
    }
  }

  /** Vectors learned once for a model by {@code train/}. */
  final class Learned implements Frame {
    private static final byte[] MAGIC = "LARFRAME".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 2;
    private static final int HEADER = 8 + 6 * Integer.BYTES + 32;
    private static final int BEGIN_FLAG = 1;
    private static final int DEEP_FLAG = 2;

    private final Rows rows;
    private final boolean begins;
    private final float[] head; // (H, D)
    private final float[] separator; // (S, D)
    private final float[] tail; // (T, D)
    private final Optional<DeepHead> deep;

    Learned(byte[] bytes, Rows rows) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(12);
      int width = buffer.getInt();
      int headRows = buffer.getInt();
      int tailRows = buffer.getInt();
      int separatorRows = buffer.getInt();
      int flags = buffer.getInt();
      this.begins = (flags & BEGIN_FLAG) != 0 && rows.vocabulary().begin() >= 0;
      buffer.position(HEADER);
      this.rows = rows;
      this.head = floats(buffer, headRows * width);
      this.separator = floats(buffer, separatorRows * width);
      this.tail = floats(buffer, tailRows * width);
      this.deep = (flags & DEEP_FLAG) == 0 ? Optional.empty() : Optional.of(DeepHead.read(buffer));
    }

    private static float[] floats(ByteBuffer buffer, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = buffer.getFloat();
      }
      return values;
    }

    /** Whether the bytes are an undamaged frame that was learned for these embeddings. */
    static boolean matches(byte[] bytes, TokenEmbeddings embeddings) {
      if (bytes.length < HEADER + 32 || !Arrays.equals(bytes, 0, 8, MAGIC, 0, 8)) {
        return false;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(8);
      int version = buffer.getInt();
      int width = buffer.getInt();
      long rows = (long) buffer.getInt() + buffer.getInt() + buffer.getInt();
      boolean deep = (buffer.getInt() & DEEP_FLAG) != 0;
      long end = HEADER + rows * width * Float.BYTES;
      boolean shaped = version > 0 && version <= VERSION && width == embeddings.width()
          && rows >= 0 && end <= bytes.length - 32L;
      if (shaped) {
        long rest = deep ? DeepHead.size(buffer.position((int) end).limit(bytes.length - 32)) : 0;
        shaped = rest >= 0 && bytes.length == end + rest + 32;
      }
      byte[] model = Arrays.copyOfRange(bytes, HEADER - 32, HEADER);
      return shaped && Arrays.equals(model, embeddings.fingerprint()) && checksumHolds(bytes);
    }

    private static boolean checksumHolds(byte[] bytes) {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(bytes, 0, bytes.length - 32);
        return Arrays.equals(digest.digest(),
            Arrays.copyOfRange(bytes, bytes.length - 32, bytes.length));
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JDK has SHA-256", e);
      }
    }

    @Override
    public SoftPrefix prefix(List<int[]> facts) {
      if (facts.isEmpty()) {
        return SoftPrefix.NONE;
      }
      int width = rows.width();
      // A frame without separator rows was learned with a line break between facts.
      int[] lineBreak = separator.length > 0
          ? new int[0] : rows.vocabulary().tokenize("\n", false, false);
      int tokens = facts.stream().mapToInt(f -> f.length).sum()
          + (facts.size() - 1) * lineBreak.length;
      int positions = (begins ? 1 : 0)
          + (head.length + tail.length + (facts.size() - 1) * separator.length) / width + tokens;
      float[] out = new float[positions * width];
      int at = begins ? rows.put(new int[] {rows.vocabulary().begin()}, out, 0) : 0;
      at = put(head, out, at);
      int constant = at;
      for (int i = 0; i < facts.size(); i++) {
        if (i > 0) {
          at = put(separator, out, at);
          at = rows.put(lineBreak, out, at);
        }
        at = rows.put(facts.get(i), out, at);
      }
      put(tail, out, at);
      return new SoftPrefix(out, positions, constant, begins, deep);
    }

    private int put(float[] vectors, float[] out, int at) {
      int width = rows.width();
      System.arraycopy(vectors, 0, out, at * width, vectors.length);
      return at + vectors.length / width;
    }

    @Override
    public boolean learned() {
      return true;
    }

    @Override
    public String lead() {
      return "";
    }
  }

  /** Words around the fact, for a model that no frame was learned for. */
  final class Text implements Frame {
    private final Rows rows;

    Text(Rows rows) {
      this.rows = rows;
    }

    @Override
    public SoftPrefix prefix(List<int[]> facts) {
      if (facts.isEmpty()) {
        return SoftPrefix.NONE;
      }
      Vocabulary vocabulary = rows.vocabulary();
      StringBuilder said = new StringBuilder();
      for (int[] fact : facts) {
        String text = vocabulary.detokenize(fact).strip();
        said.append(said.isEmpty() ? "" : " ").append(text).append(text.endsWith(".") ? "" : ".");
      }
      String words = "New fact: " + said + "\nPrompt: " + said + "\n\nNew fact: " + said
          + "\nPrompt:";
      int[] tokens = vocabulary.tokenize(words, vocabulary.addsBegin(), false);
      float[] out = new float[tokens.length * rows.width()];
      rows.put(tokens, out, 0);
      return new SoftPrefix(out, tokens.length, 0, vocabulary.addsBegin());
    }

    @Override
    public boolean learned() {
      return false;
    }

    @Override
    public String lead() {
      return " ";
    }
  }
}
