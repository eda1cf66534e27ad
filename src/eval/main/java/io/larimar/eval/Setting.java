package io.larimar.eval;

import java.util.Locale;

/**
 * How many facts are in memory while one is tested.
 *
 * @param kind one at a time, written together, or written one by one
 * @param size facts in memory at once; 0 for all records
 */
public record Setting(Kind kind, int size) {
  /** How facts come into memory. */
  public enum Kind {
    /** One fact in memory at a time. */
    SINGLE,
    /** Facts are written together, then all are tested. */
    BATCH,
    /** Facts are written one by one, then all are tested. */
    SEQUENTIAL
  }

  /** One fact in memory at a time. */
  public static final Setting SINGLE = new Setting(Kind.SINGLE, 1);

  public Setting {
    if (size < 0 || kind == Kind.SINGLE && size != 1) {
      throw new IllegalArgumentException(
          "size must be positive, 1 where facts are single, 0 for all: size=" + size);
    }
  }

  /** Reads {@code single}, {@code batch}, {@code sequential}, or the latter two with {@code :N}. */
  public static Setting of(String text) {
    String[] parts = text.split(":", 2);
    for (Kind kind : Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(parts[0])
          && (parts.length == 1 || kind != Kind.SINGLE && parts[1].matches("[1-9]\\d{0,7}"))) {
        return kind == Kind.SINGLE ? SINGLE
            : new Setting(kind, parts.length == 1 ? 0 : Integer.parseInt(parts[1]));
      }
    }
    throw new IllegalArgumentException(
        "setting must be single, batch, sequential, batch:N or sequential:N: " + text);
  }

  /** The name without a size, as reports print it. */
  public String id() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** Facts in memory at once, of so many records. */
  public int groupSize(int records) {
    return size == 0 ? records : Math.min(size, records);
  }
}
