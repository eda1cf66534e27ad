package io.larimar.ledger;

import io.larimar.engine.Excerpt;
import io.larimar.engine.Fact;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The plain bytes of a payload: everything of a fact that is encrypted, and nothing else.
 *
 * <p>Big-endian: version (1 byte: 2 for an excerpt of a document, else 1); text, subject, prompt,
 * target (each: int length in bytes, -1 for absent, UTF-8); int number of tags, each as a text; time
 * to live (1 byte, 0 or 1; where 1: long seconds, int nanoseconds); in version 2 the excerpt:
 * document (a text), int ordinal, title and date (ISO 8601; each a text, absent as above), keys
 * (1 byte, 0 lexical, 1 sentence), int number of spans, each long offset and int length; int number
 * of derived parts, each int length and bytes.
 */
final class PayloadCodec {
  private static final byte TOLD = 1;
  private static final byte EXCERPT = 2;

  private PayloadCodec() {}

  /** The plain bytes of a draft; the caller wipes them. */
  static byte[] encode(Draft draft) {
    Fact fact = draft.fact();
    List<byte[]> texts = new ArrayList<>();
    texts.add(utf8("text", fact.text()));
    int size = 1 + 4 * 4 + texts.getFirst().length + 4 + 1 + 12 + 4;
    List<Optional<byte[]>> parts = new ArrayList<>();
    parts.add(fact.subject().map(part -> utf8("subject", part)));
    parts.add(fact.prompt().map(part -> utf8("prompt", part)));
    parts.add(fact.target().map(part -> utf8("target", part)));
    for (Optional<byte[]> part : parts) {
      size += part.map(bytes -> bytes.length).orElse(0);
    }
    List<byte[]> tags = fact.tags().stream().map(tag -> utf8("tag", tag)).toList();
    for (byte[] tag : tags) {
      size += 4 + tag.length;
    }
    for (byte[] part : draft.derived()) {
      size += 4 + part.length;
    }
    byte[] excerpt = fact.excerpt().map(PayloadCodec::encode).orElse(new byte[0]);
    size += excerpt.length;
    ByteBuffer out = ByteBuffer.allocate(fact.timeToLive().isPresent() ? size : size - 12);
    out.put(fact.excerpt().isPresent() ? EXCERPT : TOLD);
    put(out, texts.getFirst());
    for (Optional<byte[]> part : parts) {
      part.ifPresentOrElse(bytes -> put(out, bytes), () -> out.putInt(-1));
    }
    out.putInt(tags.size());
    tags.forEach(tag -> put(out, tag));
    out.put((byte) (fact.timeToLive().isPresent() ? 1 : 0));
    fact.timeToLive().ifPresent(ttl -> out.putLong(ttl.getSeconds()).putInt(ttl.getNano()));
    out.put(excerpt);
    out.putInt(draft.derived().size());
    draft.derived().forEach(part -> put(out, part));
    assert !out.hasRemaining() : out;
    texts.forEach(Seal::wipe);
    return out.array();
  }

  private static byte[] encode(Excerpt excerpt) {
    byte[] document = utf8("document", excerpt.document());
    Optional<byte[]> title = excerpt.title().map(text -> utf8("title", text));
    Optional<byte[]> date = excerpt.date().map(day -> utf8("date", day.toString()));
    ByteBuffer out = ByteBuffer.allocate(4 + document.length + 4 + 4 + title.map(b -> b.length)
        .orElse(0) + 4 + date.map(b -> b.length).orElse(0) + 1 + 4 + 12 * excerpt.spans().size());
    put(out, document);
    out.putInt(excerpt.ordinal());
    title.ifPresentOrElse(bytes -> put(out, bytes), () -> out.putInt(-1));
    date.ifPresentOrElse(bytes -> put(out, bytes), () -> out.putInt(-1));
    out.put((byte) excerpt.keys().ordinal());
    out.putInt(excerpt.spans().size());
    excerpt.spans().forEach(span -> out.putLong(span.offset()).putInt(span.length()));
    assert !out.hasRemaining() : out;
    return out.array();
  }

  private static Excerpt decodeExcerpt(ByteBuffer in) throws CharacterCodingException {
    String document = text(in, in.getInt());
    int ordinal = in.getInt();
    Optional<String> title = optionalText(in);
    Optional<LocalDate> date = optionalText(in).map(LocalDate::parse);
    byte keys = in.get();
    if (keys < 0 || keys >= Excerpt.Keys.values().length) {
      throw new IllegalArgumentException("payload holds unknown keys: " + keys);
    }
    int count = in.getInt();
    if (count < 1 || count > Excerpt.MAX_PASSAGES) {
      throw new IllegalArgumentException("payload holds a bad number of spans: " + count);
    }
    List<Excerpt.Span> spans = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      spans.add(new Excerpt.Span(in.getLong(), in.getInt()));
    }
    return new Excerpt(document, ordinal, title, date, Excerpt.Keys.values()[keys], spans);
  }

  /**
   * The draft of plain bytes.
   *
   * @throws IllegalArgumentException where the bytes are none of {@link #encode}
   */
  static Draft decode(byte[] plain) {
    ByteBuffer in = ByteBuffer.wrap(plain);
    try {
      byte version = in.get();
      if (version != TOLD && version != EXCERPT) {
        throw new IllegalArgumentException(
            "payload version " + version + ", expected " + TOLD + " or " + EXCERPT);
      }
      String text = text(in, in.getInt());
      Optional<String> subject = optionalText(in);
      Optional<String> prompt = optionalText(in);
      Optional<String> target = optionalText(in);
      int tagCount = in.getInt();
      List<String> tags = new ArrayList<>();
      for (int i = 0; i < tagCount; i++) {
        tags.add(text(in, in.getInt()));
      }
      Optional<Duration> ttl = in.get() == 0 ? Optional.empty()
          : Optional.of(Duration.ofSeconds(in.getLong(), in.getInt()));
      Optional<Excerpt> excerpt =
          version == EXCERPT ? Optional.of(decodeExcerpt(in)) : Optional.empty();
      int partCount = in.getInt();
      List<byte[]> derived = new ArrayList<>();
      for (int i = 0; i < partCount; i++) {
        derived.add(bytes(in, in.getInt()));
      }
      if (in.hasRemaining()) {
        throw new IllegalArgumentException("payload has " + in.remaining() + " bytes too many");
      }
      return new Draft(new Fact(text, subject, prompt, target, tags, ttl, excerpt), derived);
    } catch (BufferUnderflowException | CharacterCodingException | DateTimeParseException e) {
      throw new IllegalArgumentException("payload is cut or not UTF-8", e);
    }
  }

  private static void put(ByteBuffer out, byte[] bytes) {
    out.putInt(bytes.length).put(bytes);
  }

  /** UTF-8 that refuses lone surrogates, which would not come back as they were. */
  private static byte[] utf8(String name, String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      Seal.wipe(encoded.array());
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("fact " + name + " is not valid Unicode: a lone surrogate",
          e);
    }
  }

  private static Optional<String> optionalText(ByteBuffer in) throws CharacterCodingException {
    int length = in.getInt();
    return length == -1 ? Optional.empty() : Optional.of(text(in, length));
  }

  private static String text(ByteBuffer in, int length) throws CharacterCodingException {
    byte[] bytes = bytes(in, length);
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    Seal.wipe(bytes);
    return text;
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("payload holds a bad length: " + length);
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
