package io.larimar.decoder;

import io.larimar.codec.DeepHead;
import io.larimar.codec.SoftPrefix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Keys and values of whole beginnings, so that what many requests begin with is decoded once: the
 * soft prefix of a hot fact, and behind it (or alone) a system prompt or an earlier conversation.
 * The least recently used goes first when the limit of bytes is reached.
 *
 * <p>The states lie off the heap and are overwritten when they go; a beginning is known by its
 * SHA-256 alone, so nothing of a fact or a prompt is kept in readable form after {@link #erase}.
 * Used by the decoder's thread.
 */
final class PrefixCache implements AutoCloseable {
  private final long limitBytes;
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final MessageDigest digest = sha256();
  private byte[] scratch = new byte[0];
  private final AtomicLong bytes;

  /** A beginning: the hash of its tenant, rows and tokens, and the learned head before them. */
  record Key(ByteBuffer hash, Optional<DeepHead> deep) {}

  /** The state after a beginning of so many positions; valid until the next call that keeps one. */
  record Entry(Arena arena, MemorySegment state, int positions) {}

  /**
   * @param limitBytes most bytes of all states together; 0 keeps none
   * @param bytes tells any thread how many there are
   */
  PrefixCache(long limitBytes, AtomicLong bytes) {
    this.limitBytes = limitBytes;
    this.bytes = bytes;
  }

  boolean enabled() {
    return limitBytes > 0;
  }

  /** The key of a soft prefix alone; that of another tenant is another. */
  Key key(String tenant, SoftPrefix prefix) {
    byte[] name = tenant.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).flip());
    digest.update(name);
    int length = Float.BYTES * prefix.rows().length;
    reserve(length);
    MemorySegment.copy(prefix.rows(), 0, MemorySegment.ofArray(scratch),
        ValueLayout.JAVA_FLOAT_UNALIGNED, 0, prefix.rows().length);
    digest.update(scratch, 0, length);
    return new Key(ByteBuffer.wrap(digest.digest()), prefix.deep());
  }

  /** The key of a beginning and the tokens [from, to) behind it. */
  Key key(Key before, int[] tokens, int from, int to) {
    int length = Integer.BYTES * (to - from);
    reserve(length);
    MemorySegment.copy(tokens, from, MemorySegment.ofArray(scratch),
        ValueLayout.JAVA_INT_UNALIGNED, 0, to - from);
    digest.update(before.hash().array());
    digest.update(scratch, 0, length);
    return new Key(ByteBuffer.wrap(digest.digest()), before.deep());
  }

  private void reserve(int length) {
    if (scratch.length < length) {
      Arrays.fill(scratch, (byte) 0);
      scratch = new byte[length];
    }
  }

  Optional<Entry> find(Key key) {
    return Optional.ofNullable(entries.get(key));
  }

  /**
   * Keeps a state, unless it is larger than the limit alone.
   *
   * @param write fills the segment, which has the state's size
   */
  void keep(Key key, int positions, long size, Consumer<MemorySegment> write) {
    if (size > limitBytes || entries.containsKey(key)) {
      return;
    }
    Iterator<Entry> oldest = entries.values().iterator();
    while (bytes.get() + size > limitBytes) {
      drop(oldest.next());
      oldest.remove();
    }
    Arena arena = Arena.ofConfined();
    MemorySegment state = arena.allocate(size, 64);
    try {
      write.accept(state);
    } catch (RuntimeException e) {
      state.fill((byte) 0);
      arena.close();
      throw e;
    }
    entries.put(key, new Entry(arena, state, positions));
    bytes.addAndGet(size);
  }

  private void drop(Entry entry) {
    bytes.addAndGet(-entry.state().byteSize());
    entry.state().fill((byte) 0);
    entry.arena().close();
  }

  /** Overwrites and drops every state. */
  void erase() {
    entries.values().forEach(this::drop);
    entries.clear();
    Arrays.fill(scratch, (byte) 0);
  }

  @Override
  public void close() {
    erase();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
