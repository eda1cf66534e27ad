package io.larimar.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One fact to be taught: a statement, and where known its parts.
 *
 * @param text the whole statement, as the model should be able to say it; never blank
 * @param subject what the fact is about ("ZX-400 pump"); the scope detector finds one where absent
 * @param prompt the statement up to the target ("The maximum flow rate of the ZX-400 pump is")
 * @param target the part that is new ("38 litres per minute")
 * @param tags labels by which facts are listed and forgotten together
 * @param timeToLive how long the fact may live; it is erased, not hidden, afterwards
 * @param excerpt where it stands in a document, for an episode of passages that were read
 */
public record Fact(
    String text,
    Optional<String> subject,
    Optional<String> prompt,
    Optional<String> target,
    List<String> tags,
    Optional<Duration> timeToLive,
    Optional<Excerpt> excerpt) {

  /** The longest statement that is accepted, in UTF-16 units. */
  public static final int MAX_TEXT_LENGTH = 32_768;

  public Fact {
    Objects.requireNonNull(text, "text");
    if (text.isBlank()) {
      throw new IllegalArgumentException("fact text must not be blank: give a statement");
    }
    if (text.length() > MAX_TEXT_LENGTH) {
      throw new IllegalArgumentException(
          "fact text is too long: length=" + text.length() + ", at most " + MAX_TEXT_LENGTH
              + "; use `read` for long texts");
    }
    tags = List.copyOf(tags);
    timeToLive.ifPresent(ttl -> {
      if (ttl.isNegative() || ttl.isZero()) {
        throw new IllegalArgumentException("timeToLive must be positive: " + ttl);
      }
    });
    if (excerpt.isPresent()) {
      requireEpisode(text, subject.isPresent() || prompt.isPresent() || target.isPresent(),
          excerpt.get().spans().size());
    }
  }

  private static void requireEpisode(String text, boolean parts, int spans) {
    if (parts) {
      throw new IllegalArgumentException("an excerpt has no subject, prompt or target");
    }
    List<String> lines = text.lines().toList();
    if (lines.size() != spans || lines.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("an excerpt has a line of text for each span: lines="
          + lines.size() + ", spans=" + spans);
    }
  }

  /** A fact that was told, of no document. */
  public Fact(String text, Optional<String> subject, Optional<String> prompt,
      Optional<String> target, List<String> tags, Optional<Duration> timeToLive) {
    this(text, subject, prompt, target, tags, timeToLive, Optional.empty());
  }

  /** A fact given as one statement. */
  public static Fact of(String text) {
    return new Fact(text.strip(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(),
        Optional.empty());
  }

  /**
   * A fact given by its parts; {@code {}} in the prompt stands for the subject, as in CounterFact.
   */
  public static Fact of(String subject, String prompt, String target) {
    String filled = prompt.replace("{}", subject).strip();
    return new Fact(join(filled, target.strip()), Optional.of(subject.strip()),
        Optional.of(filled), Optional.of(target.strip()), List.of(), Optional.empty());
  }

  /** An episode of passages of a document, each a single line; tagged {@code doc:NAME}. */
  public static Fact of(List<String> passages, Excerpt excerpt, List<String> tags) {
    List<String> all = new ArrayList<>(tags);
    all.addFirst(DOCUMENT_TAG + excerpt.document());
    return new Fact(String.join("\n", passages), Optional.empty(), Optional.empty(),
        Optional.empty(), all, Optional.empty(), Optional.of(excerpt));
  }

  /** The tag of what was read from a document begins so. */
  static final String DOCUMENT_TAG = "doc:";

  /** The passages of an excerpt; the whole text where it is none. */
  public List<String> passages() {
    return excerpt.isPresent() ? text.lines().toList() : List.of(text);
  }

  /** The same fact with these tags. */
  public Fact withTags(List<String> tags) {
    return new Fact(text, subject, prompt, target, tags, timeToLive, excerpt);
  }

  /** The same fact, to be erased after this time. */
  public Fact withTimeToLive(Duration timeToLive) {
    return new Fact(text, subject, prompt, target, tags, Optional.of(timeToLive), excerpt);
  }

  /** Joins prompt and target: with a space, but none after a character of a script without spaces. */
  private static String join(String prompt, String target) {
    if (prompt.isEmpty() || target.isEmpty()) {
      throw new IllegalArgumentException("prompt and target must not be blank");
    }
    int last = prompt.codePointBefore(prompt.length());
    boolean spaced = switch (Character.UnicodeScript.of(last)) {
      case HAN, HIRAGANA, KATAKANA -> false;
      default -> last < 0x3000 || last > 0x303F;
    };
    return spaced ? prompt + " " + target : prompt + target;
  }
}
