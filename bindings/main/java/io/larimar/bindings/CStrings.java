package io.larimar.bindings;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** C strings as they come from llama.cpp. */
final class CStrings {
  private CStrings() {}

  /** The UTF-8 text at a {@code const char *} that C owns; empty for NULL. */
  static String read(MemorySegment pointer) {
    return pointer.equals(MemorySegment.NULL)
        ? ""
        : pointer.reinterpret(Long.MAX_VALUE).getString(0, StandardCharsets.UTF_8);
  }
}
