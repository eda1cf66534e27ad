package io.larimar.engine;

import io.larimar.engine.Excerpt.Keys;
import io.larimar.engine.Excerpt.Span;
import io.larimar.engine.FactMemory.Derived;
import io.larimar.engine.FactMemory.Excerpted;
import io.larimar.ledger.Entry;
import io.larimar.text.Passage;
import io.larimar.text.PassageReader;
import io.larimar.text.TextException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletableFuture;

/**
 * One reading of one document: its passages become episodes, a batch at a time, durable batch by batch;
 * while one batch is committed the next is read and encoded.
 *
 * <p>A passage that an earlier reading has taught is kept as it is, so a reading that was cut off goes
 * on where it stood, and one of a changed document teaches what is new. A passage that the document says
 * twice stands twice, as what is said last counts. Of what an earlier reading has taught only hashes and
 * places are held.
 */
final class DocumentReading {
  private static final int LEXICAL_BATCH = 128; // episodes
  private static final int SENTENCE_BATCH = 4;
  private static final int EPISODE_LENGTH = Fact.MAX_TEXT_LENGTH - 1; // UTF-16 units, line breaks in

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

  /** Where an earlier reading has put a passage. */
  private record Known(long episode, int index, Span span) {}

  private final Larimar larimar;
  private final DocumentOptions options;
  private final DocumentProgress progress;
  private final Map<Digest, Deque<Known>> known = new HashMap<>(); // not met again yet
  private final Map<Long, BitSet> kept = new TreeMap<>(); // passages met again, by episode
  private final Set<Digest> moved = new HashSet<>(); // still said, but elsewhere
  private final List<String> texts = new ArrayList<>();
  private final List<Span> spans = new ArrayList<>();
  private final List<Fact> batch = new ArrayList<>();
  private Keys keys = Keys.SENTENCE;
  private int length; // of the texts, with a line break each
  private int ordinal;
  private int written;
  private int keptCount;
  private long tokens;
  private CompletableFuture<Void> committed = CompletableFuture.completedFuture(null);

  /**
   * A reading of a document.
   *
   * @param earlier ids of the live episodes of an earlier reading
   */
  DocumentReading(Larimar larimar, DocumentOptions options, List<Long> earlier,
      DocumentProgress progress) {
    this.larimar = larimar;
    this.options = options;
    this.progress = progress;
    for (long id : earlier) {
      larimar.episode(id).ifPresent(entry -> {
        Excerpt excerpt = entry.fact().excerpt().orElseThrow();
        List<String> passages = entry.fact().passages();
        for (int i = 0; i < passages.size(); i++) {
          known.computeIfAbsent(Digest.of(passages.get(i)), any -> new ArrayDeque<>())
              .add(new Known(id, i, excerpt.spans().get(i)));
        }
        ordinal = Math.max(ordinal, excerpt.ordinal() + 1);
      });
    }
  }

  static String tag(String name) {
    return Fact.DOCUMENT_TAG + name;
  }

  DocumentReceipt run(PassageReader reader) {
    long start = System.nanoTime();
    keys = options.keysFor(reader.bytesTotal());
    try {
      for (Optional<Passage> next = reader.next(); next.isPresent(); next = reader.next()) {
        take(next.get(), reader);
      }
    } catch (TextException e) {
      finish(reader); // What stands before the fault is kept.
      throw e;
    } catch (RuntimeException e) {
      committed.handle((done, failed) -> failed).join(); // Nothing is written once this has thrown.
      throw e;
    }
    finish(reader);
    reader.requireUnchanged();
    int stale = known.entrySet().stream().filter(left -> !moved.contains(left.getKey()))
        .mapToInt(left -> left.getValue().size()).sum();
    if (options.replace()) {
      forgetStale(reader);
    }
    return new DocumentReceipt(tag(options.name()), written, keptCount,
        options.replace() ? 0 : stale, options.replace() ? stale : 0, tokens, reader.bytesRead(),
        System.nanoTime() - start);
  }

  private void take(Passage passage, PassageReader reader) {
    Span span = new Span(passage.offset(), passage.length());
    Digest digest = Digest.of(passage.text());
    Deque<Known> before = known.getOrDefault(digest, new ArrayDeque<>());
    Optional<Known> same = before.stream()
        .filter(place -> !options.replace() || place.span.equals(span)).findFirst();
    same.ifPresentOrElse(place -> {
      before.remove(place);
      kept.computeIfAbsent(place.episode, any -> new BitSet()).set(place.index);
      keptCount++;
    }, () -> {
      if (!before.isEmpty()) {
        moved.add(digest);
      }
      add(passage.text(), span, reader);
    });
  }

  private void add(String text, Span span, PassageReader reader) {
    if (texts.size() == Excerpt.MAX_PASSAGES || length + text.length() > EPISODE_LENGTH) {
      endEpisode(reader);
    }
    texts.add(text);
    spans.add(span);
    length += text.length() + 1;
  }

  private void endEpisode(PassageReader reader) {
    if (texts.isEmpty()) {
      return;
    }
    Excerpt excerpt = new Excerpt(options.name(), ordinal++, options.title().or(reader::title),
        options.date(), keys, spans);
    batch.add(Fact.of(texts, excerpt, options.tags()));
    texts.clear();
    spans.clear();
    length = 0;
    if (batch.size() == (keys == Keys.LEXICAL ? LEXICAL_BATCH : SENTENCE_BATCH)) {
      commit(reader);
    }
  }

  /** Encodes the batch here and hands it over; waits for the one before. */
  private void commit(PassageReader reader) {
    List<Fact> facts = List.copyOf(batch);
    batch.clear();
    List<Derived> derived = larimar.memory().derive(facts);
    long bytes = reader.bytesRead();
    int before = keptCount; // grows meanwhile
    await();
    committed = CompletableFuture.runAsync(() -> {
      larimar.commit(facts, derived);
      written += facts.stream().mapToInt(fact -> fact.excerpt().orElseThrow().spans().size()).sum();
      tokens += derived.stream().mapToLong(parts -> Arrays.stream(
          ((Excerpted) parts).episode().tokens()).mapToLong(passage -> passage.length).sum()).sum();
      progress.update(bytes, written + before);
    }, task -> Thread.ofPlatform().name("larimar-reading").start(task));
  }

  private void await() {
    try {
      committed.join();
    } catch (CompletionException e) {
      committed = CompletableFuture.completedFuture(null); // said once
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void finish(PassageReader reader) {
    endEpisode(reader);
    if (!batch.isEmpty()) {
      commit(reader);
    }
    await();
    progress.update(reader.bytesRead(), written + keptCount);
  }

  /**
   * Forgets the episodes that hold a passage which the document no longer says, or says elsewhere; what
   * it still says of them is written anew first.
   */
  private void forgetStale(PassageReader reader) {
    Set<Long> stale = new TreeSet<>();
    known.values().forEach(places -> places.forEach(place -> stale.add(place.episode)));
    for (long id : stale) {
      Fact fact = larimar.episode(id).orElseThrow().fact();
      List<String> passages = fact.passages();
      for (int i = 0; i < passages.size(); i++) {
        if (kept.getOrDefault(id, new BitSet()).get(i)) {
          add(passages.get(i), fact.excerpt().orElseThrow().spans().get(i), reader);
        }
      }
    }
    int writtenBefore = written;
    long tokensBefore = tokens;
    finish(reader);
    written = writtenBefore; // what is written again was taught before
    tokens = tokensBefore;
    if (!stale.isEmpty()) {
      larimar.forget(stale);
    }
  }
}
