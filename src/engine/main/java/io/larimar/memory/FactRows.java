package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Where keys and latents lie. A fact keeps its slot for life, so that a scan over the slots meets
 * each fact once whatever the writer does to the blocks.
 *
 * <p>Each slot has a stamp: 0 free, odd while it is being written, else the even number of its
 * writing, which never comes again. A reader that sees one even stamp before and after has read
 * one fact whole.
 */
final class FactRows {
  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final long STAMP = 0;
  private static final long ID = 8;
  private static final long FIRST = 16;
  private static final long COUNT = 20;
  static final int MAX_ROWS = 1 << 26;
  static final int NO_ROW = -1;

  private final MemoryShape shape;
  private final RowNumbers slots = new RowNumbers("facts", MAX_ROWS);
  private final RowNumbers latentNumbers = new RowNumbers("latents", MAX_ROWS);
  private final RowSlab heads;
  private final RowSlab keys;
  private final RowSlab latents;
  private final RowSlab links;
  private final SketchSlab sketches;
  private final RowCodec keyCodec;
  private final RowCodec latentCodec;
  private final KeySketch sketch;
  private final MemorySegment sketchScratch;
  private final MemorySegment words; // of the sketch being made
  private final MemorySegment decoded; // K floats, the writer's
  private long lastStamp;
  private volatile int visibleSlots;

  FactRows(MemoryShape shape, Arena arena) {
    this.shape = shape;
    heads = new RowSlab(arena, 32);
    keyCodec = shape.keyCodec();
    latentCodec = shape.latentCodec();
    keys = new RowSlab(arena, keyCodec.stride());
    latents = new RowSlab(arena, latentCodec.stride());
    links = new RowSlab(arena, 8);
    sketches = new SketchSlab(arena);
    sketch = new KeySketch(shape.keyWidth());
    sketchScratch = arena.allocate(sketch.scratchBytes(), 64);
    words = arena.allocate(KeySketch.BITS / 8, 64);
    decoded = arena.allocate(keyCodec.decodedBytes(), 64);
  }

  /** Takes a slot and fills it; a scan does not see it before {@link #publish}. */
  int store(long id, MemorySegment key, MemorySegment latentChain, int count) {
    int slot = newSlot();
    fill(slot, id, key, latentChain, count);
    return slot;
  }

  /** Takes over the facts of a mapped snapshot: slot i is its fact i. */
  void adopt(SnapshotLayout layout, MemorySegment whole) {
    int count = layout.facts();
    sketches.adopt(whole.asSlice(
        layout.sketchesAt(), SketchSlab.GROUP_BYTES * layout.groups()), layout.groups());
    keys.adopt(whole.asSlice(layout.keysAt(), keyCodec.stride() * count), count);
    latents.adopt(whole.asSlice(layout.latentsAt(), latentCodec.stride() * layout.latents()),
        layout.latents());
    slots.adopt(count);
    latentNumbers.adopt(layout.latents());
    if (count > 0) {
      heads.ensure(count - 1);
    }
    int row = 0;
    for (int slot = 0; slot < count; slot++) {
      long at = layout.factsAt() + 16L * slot;
      int chain = (int) whole.get(JAVA_LONG, at + 8);
      setHead(slot, whole.get(JAVA_LONG, at), row, chain);
      for (int t = 0; t < chain; t++, row++) {
        links.ensure(row);
        links.chunk(row).set(JAVA_INT, links.offset(row), t + 1 < chain ? row + 1 : NO_ROW);
      }
      stamp(slot, lastStamp += 2);
    }
    visibleSlots = count;
  }

  /** Makes room for so many facts with one latent each. */
  void reserve(int count) {
    if (count > 0) {
      ensureSlot(count - 1);
      ensureLatent(count - 1);
    }
  }

  private void ensureSlot(int slot) {
    heads.ensure(slot);
    keys.ensure(slot);
    sketches.ensure(slot);
  }

  private void ensureLatent(int row) {
    latents.ensure(row);
    links.ensure(row);
  }

  private int newSlot() {
    int slot = slots.take();
    ensureSlot(slot);
    visibleSlots = slots.used();
    return slot;
  }

  private int newLatent() {
    int row = latentNumbers.take();
    ensureLatent(row);
    return row;
  }

  private void setHead(int slot, long id, int first, int count) {
    MemorySegment head = heads.chunk(slot);
    long at = heads.offset(slot);
    head.set(JAVA_LONG, at + ID, id);
    head.set(JAVA_INT, at + FIRST, first);
    head.set(JAVA_INT, at + COUNT, count);
  }

  private void fill(int slot, long id, MemorySegment key, MemorySegment latentChain, int count) {
    keyCodec.encode(key, 0, keys.chunk(slot), keys.offset(slot));
    int first = NO_ROW;
    for (int t = count - 1; t >= 0; t--) {
      int row = newLatent();
      latentCodec.encode(
          latentChain, t * shape.latentBytes(), latents.chunk(row), latents.offset(row));
      links.chunk(row).set(JAVA_INT, links.offset(row), first);
      first = row;
    }
    setHead(slot, id, first, count);
  }

  /** Takes a slot and fills it with another memory's fact, its stored bytes unchanged. */
  int storeCopy(FactRows other, int from) {
    int slot = newSlot();
    MemorySegment.copy(other.keys.chunk(from), other.keys.offset(from), keys.chunk(slot),
        keys.offset(slot), keys.stride());
    int first = NO_ROW;
    int last = NO_ROW;
    for (int row = other.firstLatent(from); row != NO_ROW; row = other.nextLatent(row)) {
      int copy = newLatent();
      MemorySegment.copy(other.latents.chunk(row), other.latents.offset(row),
          latents.chunk(copy), latents.offset(copy), latents.stride());
      links.chunk(copy).set(JAVA_INT, links.offset(copy), NO_ROW);
      if (first == NO_ROW) {
        first = copy;
      } else {
        links.chunk(last).set(JAVA_INT, links.offset(last), copy);
      }
      last = copy;
    }
    setHead(slot, other.id(from), first, other.latentCount(from));
    return slot;
  }

  /** Shows a stored slot to scans. */
  void publish(int slot) {
    publishUnsketched(slot);
    show(slot);
  }

  /** Shows a stored slot to scans over the keys alone, until {@link #sketch}. */
  void publishUnsketched(int slot) {
    stamp(slot, lastStamp += 2);
  }

  /** Makes the sketch of a slot, where there is a fact in it. */
  void sketch(int slot) {
    if (stamp(slot) != 0) {
      show(slot);
    }
  }

  private void show(int slot) {
    MemorySegment key = keySegment(slot, decoded);
    sketch.compute(key, keyOffset(slot), words, sketchScratch);
    sketches.show(slot, words);
  }

  private void stamp(int slot, long stamp) {
    LONG.setRelease(heads.chunk(slot), heads.offset(slot) + STAMP, stamp);
  }

  /** Hides a slot from scans; its bytes stay until {@link #erase}. */
  void withdraw(int slot) {
    stamp(slot, 0);
    VarHandle.storeStoreFence();
    sketches.hide(slot);
  }

  /** Marks a slot as being written: scans wait for the {@link #publish} that must follow. */
  void beginOverwrite(int slot) {
    stamp(slot, lastStamp + 1);
    VarHandle.storeStoreFence();
  }

  /** Replaces key and latents of a slot between {@link #beginOverwrite} and {@link #publish}. */
  void replace(int slot, MemorySegment key, MemorySegment latentChain, int count) {
    long id = id(slot);
    eraseLatents(slot);
    fill(slot, id, key, latentChain, count);
  }

  /** Zeroes a withdrawn slot and its latents and gives their rows back. */
  void erase(int slot) {
    eraseLatents(slot);
    keys.clear(slot);
    heads.clear(slot);
    slots.giveBack(slot);
  }

  private void eraseLatents(int slot) {
    int row = firstLatent(slot);
    while (row != NO_ROW) {
      int next = nextLatent(row);
      latents.clear(row);
      links.clear(row);
      latentNumbers.giveBack(row);
      row = next;
    }
  }

  /** The stamp, with acquire: what is read after it is no older. */
  long stamp(int slot) {
    return (long) LONG.getAcquire(heads.chunk(slot), heads.offset(slot) + STAMP);
  }

  long id(int slot) {
    return heads.chunk(slot).get(JAVA_LONG, heads.offset(slot) + ID);
  }

  int firstLatent(int slot) {
    return heads.chunk(slot).get(JAVA_INT, heads.offset(slot) + FIRST);
  }

  int latentCount(int slot) {
    return heads.chunk(slot).get(JAVA_INT, heads.offset(slot) + COUNT);
  }

  int nextLatent(int row) {
    return links.chunk(row).get(JAVA_INT, links.offset(row));
  }

  /** The key as floats: in place, or decoded into {@code scratch}; see {@link #keyOffset}. */
  MemorySegment keySegment(int slot, MemorySegment scratch) {
    if (keyCodec.direct()) {
      return keys.chunk(slot);
    }
    keyCodec.decode(keys.chunk(slot), keys.offset(slot), scratch, 0);
    return scratch;
  }

  /** Loads what a scan looks at of a slot into the cache; the number keeps the loads alive. */
  long touch(int slot) {
    MemorySegment chunk = keys.chunk(slot);
    long at = keys.offset(slot);
    long all = heads.chunk(slot).get(JAVA_LONG, heads.offset(slot));
    for (long line = 0; line < keys.stride(); line += 64) {
      all ^= chunk.get(JAVA_LONG, at + line);
    }
    return all;
  }

  /** Where the key begins in its {@link #keySegment}. */
  long keyOffset(int slot) {
    return keyCodec.direct() ? keys.offset(slot) : 0;
  }

  /** w w_b' with a key in floats, in double; {@code scratch} is overwritten. */
  double similarity(MemorySegment key, long keyOffset, int slot, MemorySegment scratch) {
    return VectorKernels.dotWide(
        key, keyOffset, keySegment(slot, scratch), keyOffset(slot), shape.keyWidth());
  }

  /** The latent as floats: in place, or decoded into {@code scratch} at {@code scratchOffset}. */
  MemorySegment latentSegment(int row, MemorySegment scratch, long scratchOffset) {
    if (latentCodec.direct()) {
      return latents.chunk(row);
    }
    latentCodec.decode(latents.chunk(row), latents.offset(row), scratch, scratchOffset);
    return scratch;
  }

  /** Where the latent begins in its {@link #latentSegment}. */
  long latentOffset(int row, long scratchOffset) {
    return latentCodec.direct() ? latents.offset(row) : scratchOffset;
  }

  /** The stored key as bytes: what the canonical image holds. */
  MemorySegment keyBytes(int slot) {
    return keys.chunk(slot).asSlice(keys.offset(slot), keyCodec.storedBytes());
  }

  /** One stored latent as bytes. */
  MemorySegment latentBytes(int row) {
    return latents.chunk(row).asSlice(latents.offset(row), latentCodec.storedBytes());
  }

  SketchSlab sketchSlab() {
    return sketches;
  }

  KeySketch keySketch() {
    return sketch;
  }

  boolean keysDirect() {
    return keyCodec.direct();
  }

  RowSlab keySlab() {
    return keys;
  }

  RowSlab latentSlab() {
    return latents;
  }

  /** One more than the largest slot that a scan may look at. */
  int visibleSlots() {
    return visibleSlots;
  }

  int liveLatents() {
    return latentNumbers.live();
  }

  long allocatedBytes() {
    return heads.allocatedBytes() + keys.allocatedBytes() + latents.allocatedBytes()
        + links.allocatedBytes() + sketches.allocatedBytes();
  }
}
