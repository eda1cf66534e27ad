package io.larimar.engine;

import io.larimar.ledger.Entry;
import io.larimar.text.Passage;
import io.larimar.text.PassageReader;
import io.larimar.text.TextException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One reading of one document: its passages become facts, a batch at a time, durable batch by batch.
 *
 * <p>A passage that an earlier reading has taught is kept as it is, so a reading that was cut off goes
 * on where it stood, and one of a changed document teaches what is new. Of the passages that have
 * passed only a hash is held, so the document may be longer than the heap.
 */
final class DocumentReading {
  private static final int BATCH = 256;

  /** 128 bits of a passage's SHA-256: two of a million passages share them by chance of 1e-27. */
  private record Digest(long high, long low) {
    static Digest of(String text) {
      try {
        ByteBuffer hash = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256")
            .digest(text.getBytes(StandardCharsets.UTF_8)));
        return new Digest(hash.getLong(), hash.getLong());
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JDK has SHA-256", e);
      }
    }
  }

  private final Larimar larimar;
  private final String tag;
  private final DocumentProgress progress;
  private final Map<Digest, Long> known = new HashMap<>();
  private final Set<Digest> seen = new HashSet<>();
  private final List<Fact> batch = new ArrayList<>(BATCH);
  private int written;
  private int kept;

  /**
   * @param name the document's name; its facts bear the tag {@code doc:NAME}
   * @param entries the live facts of an earlier reading
   */
  DocumentReading(
      Larimar larimar, String name, Collection<Entry> entries, DocumentProgress progress) {
    this.larimar = larimar;
    this.tag = tag(name);
    this.progress = progress;
    entries.forEach(entry -> known.put(Digest.of(entry.fact().text()), entry.id()));
  }

  static String tag(String name) {
    return Fact.DOCUMENT_TAG + name;
  }

  DocumentReceipt run(PassageReader reader, boolean replace) {
    long start = System.nanoTime();
    try {
      for (Optional<Passage> next = reader.next(); next.isPresent(); next = reader.next()) {
        take(next.get());
        if (batch.size() == BATCH) {
          flush(reader);
        }
      }
    } catch (TextException e) {
      flush(reader); // What stands before the fault is kept.
      throw e;
    }
    flush(reader);
    reader.requireUnchanged();
    List<Long> stale = known.entrySet().stream()
        .filter(passage -> !seen.contains(passage.getKey())).map(Map.Entry::getValue).toList();
    int forgotten = replace && !stale.isEmpty() ? larimar.forget(stale).tombstones().size() : 0;
    return new DocumentReceipt(tag, written, kept, replace ? 0 : stale.size(), forgotten,
        reader.bytesRead(), System.nanoTime() - start);
  }

  private void take(Passage passage) {
    Digest digest = Digest.of(passage.text());
    boolean first = seen.add(digest);
    if (first && known.containsKey(digest)) {
      kept++;
    } else if (first) {
      batch.add(fact(passage));
    }
  }

  /** The heading is the subject where the passage names it, as it does behind "Heading: ..." too. */
  private Fact fact(Passage passage) {
    return new Fact(passage.text(), passage.heading().filter(passage.text()::contains),
        Optional.empty(), Optional.empty(), List.of(tag), Optional.empty());
  }

  private void flush(PassageReader reader) {
    if (!batch.isEmpty()) {
      larimar.writeAll(batch);
      written += batch.size();
      batch.clear();
    }
    progress.update(reader.bytesRead(), written + kept);
  }
}
