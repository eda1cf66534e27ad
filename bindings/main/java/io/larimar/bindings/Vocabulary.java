package io.larimar.bindings;

import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.llama_chat_message;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** A model's tokens: text to ids and back, special tokens, chat turns. Safe for many threads. */
public final class Vocabulary {
  /** Longest text that is tokenised at once, in bytes: llama.cpp counts in 32 bits. */
  public static final int MAX_TEXT_BYTES = 64 << 20;

  /** The id that llama.cpp gives for a special token that a vocabulary lacks. */
  public static final int NONE = -1;

  private final Model model;
  private final MemorySegment handle;
  private final int size;
  private final AtomicReferenceArray<Piece> pieces; // of the tokens that were met

  /**
   * A token's bytes, its text where they are whole characters, else none, and whether it ends a
   * generation.
   */
  private record Piece(byte[] bytes, String text, boolean ends) {}

  /**
   * One turn of a conversation.
   *
   * @param role "system", "user" or "assistant"
   * @param content its text
   */
  public record Turn(String role, String content) {}

  Vocabulary(Model model, MemorySegment handle) {
    this.model = model;
    this.handle = handle;
    this.size = Llama.llama_vocab_n_tokens(handle);
    this.pieces = new AtomicReferenceArray<>(size);
  }

  /** V: number of tokens. */
  public int size() {
    return size;
  }

  /**
   * Token ids of a text.
   *
   * @param addSpecial whether the model's own begin token is put first, where it wants one
   * @param parseSpecial whether control tokens written in the text are read as such; false for
   *     anything that a user wrote
   */
  public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("text is too long to tokenise: bytes=" + bytes.length
          + ", at most " + MAX_TEXT_BYTES);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(Math.max(1, bytes.length));
      MemorySegment.copy(bytes, 0, source, ValueLayout.JAVA_BYTE, 0, bytes.length);
      int capacity = bytes.length + 8;
      MemorySegment tokens = arena.allocate(ValueLayout.JAVA_INT, capacity);
      int count = Llama.llama_tokenize(
          handle(), source, bytes.length, tokens, capacity, addSpecial, parseSpecial);
      if (count < 0) {
        throw new LlamaException("llama_tokenize", count, "no room for " + -(long) count
            + " tokens where " + capacity + " were expected at most");
      }
      return tokens.asSlice(0, count * 4L).toArray(ValueLayout.JAVA_INT);
    }
  }

  /** The bytes of one token; part of a character where the vocabulary splits characters. */
  public byte[] piece(int token) {
    return piece(token, false);
  }

  /** Appends the bytes of one token; once a token has been met, nothing is allocated. */
  public void piece(int token, ByteBuffer target) {
    target.put(met(token).bytes());
  }

  /**
   * The text of one token, the same object each time; empty where its bytes are not whole
   * characters, or where it has none.
   */
  public String text(int token) {
    return met(token).text();
  }

  private Piece met(int token) {
    checkToken(token);
    Piece known = pieces.get(token);
    if (known != null) {
      return known;
    }
    byte[] bytes = piece(token);
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean whole = Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8));
    Piece piece =
        new Piece(bytes, whole ? text : "", Llama.llama_vocab_is_eog(handle(), token));
    pieces.set(token, piece);
    return piece;
  }

  /** The bytes of one token, control tokens spelled out where {@code special}. */
  public byte[] piece(int token, boolean special) {
    checkToken(token);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(256);
      int length = Llama.llama_token_to_piece(handle(), token, buffer, 256, 0, special);
      if (length < 0) {
        buffer = arena.allocate(-(long) length);
        length = Llama.llama_token_to_piece(handle(), token, buffer, -length, 0, special);
      }
      return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** The text of tokens, control tokens left out. */
  public String detokenize(int... tokens) {
    Arrays.stream(tokens).forEach(this::checkToken);
    if (tokens.length == 0) {
      return "";
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_INT, tokens);
      int capacity = 16 * tokens.length + 64;
      MemorySegment buffer = arena.allocate(capacity);
      int length = Llama.llama_detokenize(
          handle(), source, tokens.length, buffer, capacity, false, false);
      if (length < 0) {
        capacity = -length;
        buffer = arena.allocate(capacity);
        length = Llama.llama_detokenize(
            handle(), source, tokens.length, buffer, capacity, false, false);
      }
      byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** The begin-of-text token, {@link #NONE} without one. */
  public int begin() {
    return Llama.llama_vocab_bos(handle());
  }

  /** The end-of-text token, {@link #NONE} without one. */
  public int end() {
    return Llama.llama_vocab_eos(handle());
  }

  /** The end-of-turn token, {@link #NONE} without one. */
  public int endOfTurn() {
    return Llama.llama_vocab_eot(handle());
  }

  /** The line break token, {@link #NONE} without one. */
  public int lineBreak() {
    return Llama.llama_vocab_nl(handle());
  }

  /** Whether the model expects a begin token before every text. */
  public boolean addsBegin() {
    return Llama.llama_vocab_get_add_bos(handle());
  }

  /** Whether this token ends a generation. */
  public boolean endsGeneration(int token) {
    return met(token).ends();
  }

  /** Whether this token is a control token, never part of an answer's text. */
  public boolean control(int token) {
    checkToken(token);
    return Llama.llama_vocab_is_control(handle(), token);
  }

  /**
   * A conversation in the model's own template, ending where the assistant is to speak.
   *
   * @throws LlamaException if the model has no template, or one that llama.cpp does not know
   */
  public String applyTemplate(List<Turn> turns) {
    String template = model.chatTemplate().orElseThrow(() -> new LlamaException(
        "llama_chat_apply_template", 0, model.file() + " carries no chat template;"
            + " use plain prompts with this model"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment messages = llama_chat_message.allocateArray(turns.size(), arena);
      for (int i = 0; i < turns.size(); i++) {
        MemorySegment message = llama_chat_message.asSlice(messages, i);
        llama_chat_message.role(message, arena.allocateFrom(turns.get(i).role()));
        llama_chat_message.content(message, arena.allocateFrom(turns.get(i).content()));
      }
      MemorySegment source = arena.allocateFrom(template);
      int length = Llama.llama_chat_apply_template(
          source, messages, turns.size(), true, MemorySegment.NULL, 0);
      if (length < 0) {
        throw new LlamaException("llama_chat_apply_template", length,
            "llama.cpp does not know the chat template of " + model.file()
                + "; use plain prompts with this model");
      }
      MemorySegment buffer = arena.allocate(length + 1L);
      int written = Llama.llama_chat_apply_template(
          source, messages, turns.size(), true, buffer, length + 1);
      byte[] bytes = buffer.asSlice(0, written).toArray(ValueLayout.JAVA_BYTE);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  void checkToken(int token) {
    if (token < 0 || token >= size) {
      throw new IllegalArgumentException("token must be in [0, V): token=" + token + ", V=" + size);
    }
  }

  MemorySegment handle() {
    model.handle();
    return handle;
  }
}
