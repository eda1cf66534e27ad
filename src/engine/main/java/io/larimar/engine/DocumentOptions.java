package io.larimar.engine;

import io.larimar.engine.Excerpt.Keys;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * How a document is read.
 *
 * @param name by which it is read on and forgotten; its facts bear the tag {@code doc:NAME}
 * @param replace whether what an earlier reading taught and it no longer says is forgotten
 * @param keys what its passages are found by; where absent by sentence up to 256 KiB, else by words
 * @param title its title; where absent the one that it names itself
 * @param date its date
 * @param tags further labels of its facts
 */
public record DocumentOptions(String name, boolean replace, Optional<Keys> keys,
    Optional<String> title, Optional<LocalDate> date, List<String> tags) {
  private static final long LARGE_BYTES = 256 << 10;

  public DocumentOptions {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a document's name must not be blank");
    }
    tags = List.copyOf(tags);
  }

  /** The defaults for a document of this name. */
  public static DocumentOptions of(String name) {
    return new DocumentOptions(
        name, false, Optional.empty(), Optional.empty(), Optional.empty(), List.of());
  }

  /** The same, forgetting what the document no longer says. */
  public DocumentOptions withReplace(boolean replace) {
    return new DocumentOptions(name, replace, keys, title, date, tags);
  }

  /** The same with passages that are found by these keys. */
  public DocumentOptions withKeys(Keys keys) {
    return new DocumentOptions(name, replace, Optional.of(keys), title, date, tags);
  }

  /** The same with a title. */
  public DocumentOptions withTitle(String title) {
    return new DocumentOptions(name, replace, keys, Optional.of(title), date, tags);
  }

  /** The same with a date. */
  public DocumentOptions withDate(LocalDate date) {
    return new DocumentOptions(name, replace, keys, title, Optional.of(date), tags);
  }

  /** The same with further tags. */
  public DocumentOptions withTags(List<String> tags) {
    return new DocumentOptions(name, replace, keys, title, date, tags);
  }

  Keys keysFor(long bytes) {
    return keys.orElse(bytes > LARGE_BYTES ? Keys.LEXICAL : Keys.SENTENCE);
  }
}
