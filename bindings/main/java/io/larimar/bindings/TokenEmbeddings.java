package io.larimar.bindings;

import io.larimar.bindings.NativeLibrary.NativeLog;
import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.ggml_to_float_t;
import io.larimar.bindings.llama.ggml_type_traits;
import io.larimar.bindings.llama.gguf_init_params;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The token embedding matrix of a GGUF file, (V, D), mapped from the file and turned into floats a
 * row at a time. Safe for many threads.
 */
public final class TokenEmbeddings implements AutoCloseable {
  private static final String TENSOR = "token_embd.weight";
  private static final long FINGERPRINT_BYTES = 1 << 20;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment data; // the tensor's bytes, as stored
  private final MemorySegment toFloat; // ggml's converter; NULL for F32
  private final int rows;
  private final int width;
  private final long rowBytes;
  private final String type;
  private byte[] fingerprint = {}; // until it is asked for

  private TokenEmbeddings(Path file) {
    NativeLog.clear();
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment params = gguf_init_params.allocate(scratch);
      gguf_init_params.no_alloc(params, true);
      gguf_init_params.ctx(params, MemorySegment.NULL);
      MemorySegment gguf = Llama.gguf_init_from_file(
          scratch.allocateFrom(file.toAbsolutePath().toString()), params);
      if (gguf.equals(MemorySegment.NULL)) {
        throw new LlamaException("gguf_init_from_file", 0, "cannot read " + file + ": "
            + NativeLog.lastError("it is no GGUF file"));
      }
      try {
        long tensor = Llama.gguf_find_tensor(gguf, scratch.allocateFrom(TENSOR));
        if (tensor < 0) {
          throw new LlamaException("gguf_find_tensor", 0, file + " has no tensor " + TENSOR
              + " among its " + Llama.gguf_get_n_tensors(gguf)
              + "; of a split model give the first file");
        }
        int typeId = Llama.gguf_get_tensor_type(gguf, tensor);
        MemorySegment shape = Llama.gguf_get_tensor_ne(gguf, tensor).reinterpret(32);
        this.width = Math.toIntExact(shape.getAtIndex(ValueLayout.JAVA_LONG, 0));
        this.rows = Math.toIntExact(shape.getAtIndex(ValueLayout.JAVA_LONG, 1));
        this.type = CStrings.read(Llama.ggml_type_name(typeId));
        this.rowBytes = Llama.ggml_row_size(typeId, width);
        this.toFloat = typeId == Llama.GGML_TYPE_F32() ? MemorySegment.NULL : converter(typeId);
        this.data = map(file,
            Llama.gguf_get_data_offset(gguf) + Llama.gguf_get_tensor_offset(gguf, tensor),
            Llama.gguf_get_tensor_size(gguf, tensor));
      } finally {
        Llama.gguf_free(gguf);
      }
    }
  }

  private MemorySegment converter(int typeId) {
    if (width % Llama.ggml_blck_size(typeId) != 0) {
      throw new LlamaException("ggml_blck_size", typeId,
          "rows of " + width + " do not fill whole blocks of type " + type);
    }
    MemorySegment traits = ggml_type_traits.reinterpret(
        Llama.ggml_get_type_traits(typeId), Arena.global(), s -> { });
    MemorySegment function = ggml_type_traits.to_float(traits);
    if (function.equals(MemorySegment.NULL)) {
      throw new LlamaException("ggml_get_type_traits", typeId,
          "token embeddings of type " + type + " cannot be turned into floats");
    }
    return function;
  }

  private MemorySegment map(Path file, long offset, long bytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (offset + bytes > channel.size()) {
        throw new LlamaException("gguf_get_tensor_offset", 0, file + " is cut short: "
            + channel.size() + " bytes, " + (offset + bytes) + " expected; fetch it again");
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes, arena);
    } catch (IOException e) {
      throw new LlamaException("gguf_init_from_file", 0, "cannot map " + file + ": " + e.getMessage());
    }
  }

  /** Maps the matrix of a GGUF file. */
  public static TokenEmbeddings open(Path file) {
    NativeLibrary.loaded("gguf_init_from_file");
    return new TokenEmbeddings(file);
  }

  /** V: number of rows. */
  public int rows() {
    return rows;
  }

  /** D: floats in a row. */
  public int width() {
    return width;
  }

  /** How the file stores it ("q8_0"). */
  public String type() {
    return type;
  }

  /**
   * Writes one row as D floats to {@code target} at {@code offset} bytes, unscaled, as the file has
   * it. Cost: one conversion, 0.2 to 0.8 microseconds; no copy of the stored bytes.
   */
  public void row(int token, MemorySegment target, long offset) {
    if (token < 0 || token >= rows) {
      throw new IllegalArgumentException("token must be in [0, V): token=" + token + ", V=" + rows);
    }
    MemorySegment source = data.asSlice(token * rowBytes, rowBytes);
    MemorySegment out = target.asSlice(offset, 4L * width);
    if (toFloat.equals(MemorySegment.NULL)) {
      out.copyFrom(source);
    } else {
      ggml_to_float_t.invoke(toFloat, source, out, width);
    }
  }

  /** SHA-256 of the tensor's first MiB as stored: tells which model's rows these are. */
  public synchronized byte[] fingerprint() {
    if (fingerprint.length == 0) { // 20 ms in a JVM that is still cold, so once
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(data.asSlice(0, Math.min(FINGERPRINT_BYTES, data.byteSize())).asByteBuffer());
        fingerprint = digest.digest();
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JDK has SHA-256", e);
      }
    }
    return fingerprint.clone();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
