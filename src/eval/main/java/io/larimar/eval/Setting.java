package io.larimar.eval;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many facts are in memory while one is tested.
 *
 * @param kind one at a time, written together, or written one by one
 * @param size facts in memory at once; 0 for all records
 * @param tested how many of the records are tested, evenly spread; 0 for all
 */
public record Setting(Kind kind, int size, int tested) {
  /** How facts come into memory. */
  public enum Kind {
    /** One fact in memory at a time. */
    SINGLE,
    /** Facts are written together, then all are tested. */
    BATCH,
    /** Facts are written one by one, then all are tested. */
    SEQUENTIAL
  }

  private static final Pattern TOGETHER =
      Pattern.compile("(batch|sequential)(?::([1-9]\\d{0,7}))?"
          + "(?:/([1-9]\\d{0,7}))?");

  /** One fact in memory at a time. */
  public static final Setting SINGLE = new Setting(Kind.SINGLE, 1, 0);

  public Setting {
    if (size < 0 || kind == Kind.SINGLE && size != 1) {
      throw new IllegalArgumentException(
          "size must be positive, 1 where facts are single, 0 for all: size=" + size);
    }
    if (tested < 0 || kind == Kind.SINGLE && tested != 0) {
      throw new IllegalArgumentException("tested must be positive, 0 for all and where facts are"
          + " single: tested=" + tested);
    }
  }

  /**
   * Reads {@code single}, {@code batch} or {@code sequential}; the latter two with {@code :N} for the
   * facts in memory at once, and {@code /T} for the records that are tested.
   */
  public static Setting of(String text) {
    Matcher parts = TOGETHER.matcher(text);
    if (parts.matches()) {
      return new Setting(Kind.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
          number(parts.group(2)), number(parts.group(3)));
    }
    if (text.equals(SINGLE.id())) {
      return SINGLE;
    }
    throw new IllegalArgumentException("setting must be single, batch, sequential, batch:N or"
        + " sequential:N, the last four also with /T for T tested records: " + text);
  }

  private static int number(String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  /** The name without a size, as reports print it. */
  public String id() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** Facts in memory at once, of so many records. */
  public int groupSize(int records) {
    return size == 0 ? records : Math.min(size, records);
  }

  /** Whether a record is tested, of so many: {@link #tested} of them, evenly spread. */
  public boolean tests(int record, int records) {
    long chosen = tests(records);
    return record * chosen / records != (record + 1) * chosen / records;
  }

  /** How many are tested, of so many records. */
  public int tests(int records) {
    return tested == 0 ? records : Math.min(tested, records);
  }
}
