package io.larimar.text;

import java.util.Objects;
import java.util.OptionalLong;

/** A text that cannot be read: which, where, what is wrong with it, and what to do. */
public final class TextException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String source;
  private final long offset;

  TextException(String source, String wrong, String remedy) {
    this(source, -1, wrong, remedy);
  }

  TextException(String source, long offset, String wrong, String remedy) {
    super(source + (offset < 0 ? "" : ", byte " + offset) + ": " + wrong + "; " + remedy);
    this.source = Objects.requireNonNull(source, "source");
    this.offset = offset;
  }

  /** The file's path, or "text" for a text that is none. */
  public String source() {
    return source;
  }

  /** The byte at which it is wrong, where there is one. */
  public OptionalLong offset() {
    return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
  }
}
