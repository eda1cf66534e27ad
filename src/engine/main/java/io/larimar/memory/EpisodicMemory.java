package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.linalg.ScalarKernels;
import io.larimar.linalg.VectorKernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/**
 * Larimar's memory for any number of facts: each has an id, a unit key w and a chain of latents z.
 *
 * <p>The facts lie in blocks of bounded size, and each block is a least-squares memory in its dual
 * form: M = W' inv(lambda I + W W') Z, of which only the factor is stored. A fact's block follows
 * from a hash of its id, and a block's numbers are computed in the order of the ids. So the memory
 * is a function of the facts in it and of nothing else: whatever writes, forgets, merges and splits
 * led to a set of facts, {@link #stateHash()} is the same, byte for byte, and forgetting equals
 * never having written.
 *
 * <p>A read takes two steps: {@link #nearest} finds the stored key, {@link #read} computes
 * z_r = w M with it. One writer at a time (others wait), any number of readers; a reader never
 * waits for longer than one block's update and never sees half of one. Once compiled, writes,
 * reads, forgets and searches allocate nothing on the heap ({@code MemoryAllocationTest}); rows off
 * it grow by chunks.
 */
public final class EpisodicMemory implements AutoCloseable {
  /** The longest chain of latents of one fact. */
  public static final int MAX_CHAIN = 1_024;

  /** The most neighbours that one search returns. */
  public static final int MAX_NEAREST = 1_024;

  /** Reads in flight at a time; more wait their turn. */
  public static final int MAX_READERS = 64;

  /** Facts up to which {@link #nearest} looks at every key. */
  public static final int EXACT_SCAN_FACTS = 16_384;

  /** Keys that {@link #nearest} looks at beyond, or fewer; of those at the last distance, all. */
  public static final int CANDIDATES = 1_024;

  private static final int STEP = 16; // what settle() does while a writer waits

  private static final System.Logger LOG = System.getLogger(EpisodicMemory.class.getName());
  private static final double NORM_TOLERANCE = 1e-3; // float rounding and half-stored keys

  private final MemoryShape shape;
  private final Arena arena;
  final FactRows facts;
  final BlockSlab blocks;
  final BlockTrie trie;
  private final BlockReader reader;
  private final KeyScan scan;
  private final ReaderScratch.Pool scratches;
  private final ReentrantLock writing = new ReentrantLock();
  private final Regroup regroup;
  private final CanonicalHash canonicalHash;
  private volatile int factCount;
  private volatile boolean unsketched; // some key may have no sketch yet
  private volatile boolean postponing;

  private EpisodicMemory(MemoryShape shape, Arena arena) {
    this.shape = shape;
    this.arena = arena;
    facts = new FactRows(shape, arena);
    blocks = new BlockSlab(shape, facts, arena);
    trie = new BlockTrie();
    reader = new BlockReader(shape, facts, blocks, trie);
    scan = new KeyScan(shape, facts);
    scratches = new ReaderScratch.Pool(MAX_READERS, shape, arena);
    regroup = new Regroup(shape, blocks, trie);
    canonicalHash = new CanonicalHash(shape, facts, blocks, arena);
  }

  /** An empty memory. */
  public static EpisodicMemory open(MemoryShape shape) {
    EpisodicMemory memory = new EpisodicMemory(shape, Arena.ofShared());
    memory.trie.adopt(new int[1]);
    memory.blocks.take();
    return memory;
  }

  /**
   * Opens a snapshot by mapping it: keys and latents stay in the file until they are touched, and
   * changes stay in this process (the file is never written; {@link #save} makes a new one).
   *
   * @throws SnapshotException if the file is cut short, of another version, or any byte of it does
   *     not match its checksum
   * @throws IOException if the file cannot be read
   */
  public static EpisodicMemory map(Path file) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(
        file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped =
          channel.map(FileChannel.MapMode.PRIVATE, 0, channel.size(), arena);
      // As one segment of the class that allocated ones have: where a kernel has met two classes, its
      // compiled form makes objects of its vectors (ten times slower; docs/decisions/0021).
      MemorySegment whole = MemorySegment.ofAddress(mapped.address())
          .reinterpret(mapped.byteSize(), arena, null);
      SnapshotLayout layout = SnapshotLayout.of(file, whole);
      layout.verify(file, whole);
      EpisodicMemory memory = new EpisodicMemory(layout.shape(), arena);
      memory.facts.adopt(layout, whole);
      memory.blocks.adopt(layout, whole);
      memory.trie.adopt(layout.depths(whole));
      memory.factCount = layout.facts();
      return memory;
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Opens a snapshot, or says aloud (a warning in the log) why it cannot be used and builds the
   * memory anew, over which the file is then written.
   *
   * @param rebuild writes every fact of the ledger into the empty memory that it is given
   * @throws IOException if the new file cannot be written
   */
  public static EpisodicMemory mapOrRebuild(
      Path file, MemoryShape shape, Consumer<EpisodicMemory> rebuild) throws IOException {
    String reason;
    try {
      EpisodicMemory mapped = map(file);
      if (mapped.shape().equals(shape)) {
        return mapped;
      }
      reason = file + " has another shape: " + mapped.shape();
      mapped.close();
    } catch (IOException | SnapshotException e) {
      reason = e.toString();
    }
    LOG.log(System.Logger.Level.WARNING, "memory is rebuilt from the ledger: " + reason);
    EpisodicMemory fresh = open(shape);
    try {
      rebuild.accept(fresh);
      fresh.save(file);
      return fresh;
    } catch (IOException | RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  /**
   * Saves the canonical image: equal memories give equal files. The file appears whole or not at
   * all. Writers wait, readers do not.
   */
  public void save(Path file) throws IOException {
    writing.lock();
    try {
      if (unsketched) {
        settle();
      }
      SnapshotLayout layout = new SnapshotLayout(
          shape, factCount, facts.liveLatents(), blocks.liveBlocks());
      SnapshotWriter.save(file.toAbsolutePath(), layout, facts, blocks, trie);
    } finally {
      writing.unlock();
    }
  }

  /** The sizes that this memory was opened with. */
  public MemoryShape shape() {
    return shape;
  }

  /** Facts in memory. */
  public int factCount() {
    return factCount;
  }

  /** Blocks in use, empty ones included. */
  public int blockCount() {
    return blocks.liveBlocks();
  }

  /** Bytes held off the heap, reserve included. */
  public long sizeBytes() {
    return facts.allocatedBytes() + blocks.allocatedBytes();
  }

  /** Whether the fact is in memory. */
  public boolean contains(long id) {
    return latentCount(id) > 0;
  }

  /** Latents of the fact, 0 if it is not in memory. */
  public int latentCount(long id) {
    return reader.latentCount(id);
  }

  /**
   * Makes room: writes up to this number of facts with one latent each then allocate nothing.
   *
   * @param count facts in all, from 0 to {@value FactRows#MAX_ROWS}; the memory never shrinks
   */
  public void reserve(int count) {
    if (count < 0 || count > FactRows.MAX_ROWS) {
      throw new IllegalArgumentException(
          "count must be in [0, " + FactRows.MAX_ROWS + "]: count=" + count);
    }
    writing.lock();
    try {
      int blockCount = (int) (1.5 * count / shape.blockCapacity()) + 1; // two thirds full
      facts.reserve(count);
      blocks.reserve(blockCount);
      trie.reserve(blockCount);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Writes one fact: its block becomes the least-squares memory of its facts and this one.
   *
   * @param id not in memory yet
   * @param key w, K floats of norm 1 within 0.001; copied
   * @param latents z, {@code count} x C floats; copied
   * @param count from 1 to {@value #MAX_CHAIN}
   *     Cost O(B K + B*B) for B facts in the block when the id is its largest, O(B*B K) else.
   */
  public void write(long id, MemorySegment key, MemorySegment latents, int count) {
    requireKey(key);
    requireLatents(latents, count);
    writing.lock();
    try {
      long hash = shape.place(id);
      int block = trie.block(hash);
      int position = blocks.find(block, id);
      if (position >= 0) {
        throw new IllegalArgumentException(
            "id is in memory already: id=" + id + "; use overwrite");
      }
      int slot = facts.store(id, key, latents, count);
      insert(hash, block, -position - 1, id, slot);
    } finally {
      writing.unlock();
    }
  }

  private void insert(long hash, int block, int position, long id, int slot) {
    if (blocks.count(block) < shape.blockCapacity()) {
      blocks.begin(block);
      blocks.insert(block, position, id, slot);
      blocks.end(block);
    } else {
      regroup.split(hash, block, position, id, slot);
    }
    if (postponing) {
      facts.publishUnsketched(slot);
    } else {
      facts.publish(slot);
    }
    factCount = factCount + 1;
  }

  /**
   * From now on writes leave out what only makes later calls fast: a block's factor, which a read
   * then computes for itself, and a key's sketch, without which a search looks at every key. For a
   * replay; {@link #settle} makes up for it. No answer and no hash depends on it.
   */
  public void postpone() {
    writing.lock();
    try {
      postponing = true;
      unsketched = true;
      blocks.postpone(true);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Makes up for what was left out since {@link #postpone}, in small steps between which others
   * write; readers go on. Ends early where the memory is closed meanwhile.
   */
  public void settle() {
    writing.lock();
    try {
      postponing = false;
      blocks.postpone(false);
    } finally {
      writing.unlock();
    }
    if (inSteps(facts::visibleSlots, facts::sketch)) {
      unsketched = false;
      inSteps(blocks::used, blocks::complete);
    }
  }

  /** Does something to each number below a bound that may rise; false where the memory closed. */
  private boolean inSteps(IntSupplier bound, IntConsumer work) {
    for (int i = 0; i < bound.getAsInt(); ) {
      writing.lock();
      try {
        if (!arena.scope().isAlive()) {
          return false;
        }
        for (int end = Math.min(i + STEP, bound.getAsInt()); i < end; i++) {
          work.accept(i);
        }
      } finally {
        writing.unlock();
      }
    }
    return true;
  }

  /**
   * Replaces key and latents of a fact, as if the old ones had never been.
   *
   * @return false if the id is not in memory: nothing is changed then
   */
  public boolean overwrite(long id, MemorySegment key, MemorySegment latents, int count) {
    requireKey(key);
    requireLatents(latents, count);
    writing.lock();
    try {
      int block = trie.block(shape.place(id));
      int position = blocks.find(block, id);
      if (position < 0) {
        return false;
      }
      int slot = blocks.slot(block, position);
      facts.beginOverwrite(slot);
      blocks.begin(block);
      facts.replace(slot, key, latents, count);
      blocks.factorFrom(block, position);
      blocks.end(block);
      facts.publish(slot);
      return true;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Forgets one fact: afterwards the memory is the one that never saw it, and the fact's bytes are
   * overwritten with zeros.
   *
   * @return false if the id is not in memory
   */
  public boolean forget(long id) {
    writing.lock();
    try {
      long hash = shape.place(id);
      int block = trie.block(hash);
      int position = blocks.find(block, id);
      if (position < 0) {
        return false;
      }
      int slot = blocks.slot(block, position);
      facts.withdraw(slot);
      if (!regroup.joinWithout(hash, block, position)) {
        blocks.begin(block);
        blocks.remove(block, position);
        blocks.end(block);
      }
      facts.erase(slot);
      factCount = factCount - 1;
      return true;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Reads a fact with its own stored key: z_r = w M for each latent of its chain, in order.
   *
   * @param out room for the chain, {@link #latentCount} x C floats; overwritten
   * @return latents read, 0 if the id is not in memory ({@code out} is then unchanged)
   */
  public int read(long id, MemorySegment out) {
    ReaderScratch scratch = scratches.borrow();
    try {
      return reader.read(id, false, out, scratch);
    } finally {
      scratches.giveBack(scratch);
    }
  }

  /**
   * Reads the block of a fact with a free key, as the paper does: z_r = w M.
   *
   * @param id the fact whose block is read; its chain says how many latents
   * @param key w, K finite floats, not changed
   * @param out room for the chain; overwritten
   * @return latents read, 0 if the id is not in memory
   */
  public int readWithKey(long id, MemorySegment key, MemorySegment out) {
    requireFinite("key", key, shape.keyBytes());
    ReaderScratch scratch = scratches.borrow();
    try {
      MemorySegment.copy(key, 0, scratch.query, 0, shape.keyBytes());
      return reader.read(id, true, out, scratch);
    } finally {
      scratches.giveBack(scratch);
    }
  }

  /**
   * Weighs the facts of one block: the cosine of each one's key with a key, by rising ids.
   *
   * @param id a fact of the block
   * @param key K finite floats, not all zero; need not be normalised; not changed
   * @param ids room for {@code blockCapacity} ids; overwritten
   * @param cosines room for as many; overwritten
   * @return facts in the block, 0 if the id is not in memory
   */
  public int weigh(long id, MemorySegment key, long[] ids, float[] cosines) {
    requireFinite("key", key, shape.keyBytes());
    if (ids.length < shape.blockCapacity() || cosines.length < shape.blockCapacity()) {
      throw new IllegalArgumentException("ids and cosines must hold a whole block: ids="
          + ids.length + ", cosines=" + cosines.length + ", needed=" + shape.blockCapacity());
    }
    ReaderScratch scratch = scratches.borrow();
    try {
      normalise(key, scratch.query);
      return reader.weigh(id, ids, cosines, scratch);
    } finally {
      scratches.giveBack(scratch);
    }
  }

  /** Copies a key, which may be a segment of any kind, into memory of our own, with norm 1. */
  private void normalise(MemorySegment key, MemorySegment to) {
    MemorySegment.copy(key, 0, to, 0, shape.keyBytes());
    double norm = Math.sqrt(VectorKernels.dotWide(to, 0, to, 0, shape.keyWidth()));
    if (norm == 0) {
      throw new IllegalArgumentException("key must not be zero");
    }
    for (long at = 0; at < shape.keyBytes(); at += 4) {
      to.set(JAVA_FLOAT, at, (float) (to.get(JAVA_FLOAT, at) / norm));
    }
  }

  /**
   * The facts whose keys have the largest cosine with a key, best first; among equals the smaller
   * id first. Up to {@value #EXACT_SCAN_FACTS} facts every stored key is looked at, cost O(N K).
   * Beyond, sketches of all keys choose those that are looked at: by their first 64 bits where that
   * leaves no doubt, as with a fact's own key, else the {@value #CANDIDATES} nearest by 256 bits. A
   * fact's own key always finds it, a distant key may miss; {@link #nearestExact} never does. Both
   * are functions of the set of facts alone.
   *
   * @param key K finite floats, not all zero; need not be normalised; not changed
   * @param limit the most facts to return, at most the length of both arrays
   * @return how many were found
   */
  public int nearest(MemorySegment key, int limit, long[] ids, float[] cosines) {
    return nearest(key, limit, ids, cosines, factCount > EXACT_SCAN_FACTS && !unsketched);
  }

  /** The same, always over every stored key. */
  public int nearestExact(MemorySegment key, int limit, long[] ids, float[] cosines) {
    return nearest(key, limit, ids, cosines, false);
  }

  int nearest(
      MemorySegment key, int limit, long[] ids, float[] cosines, boolean bySketch) {
    requireFinite("key", key, shape.keyBytes());
    int most = Math.min(MAX_NEAREST, Math.min(ids.length, cosines.length));
    if (limit < 1 || limit > most) {
      throw new IllegalArgumentException("limit must be in [1, " + most + "]: limit=" + limit);
    }
    ReaderScratch scratch = scratches.borrow();
    try {
      normalise(key, scratch.query);
      return bySketch ? scan.bySketch(scratch, limit, ids, cosines)
          : scan.exact(scratch, limit, ids, cosines);
    } finally {
      scratches.giveBack(scratch);
    }
  }

  /** Calls back with every id, in the canonical order of blocks and ids; writers wait. */
  public void forEachId(LongConsumer action) {
    writing.lock();
    try {
      trie.forEachBlock((block, depth) -> {
        for (int i = 0; i < blocks.count(block); i++) {
          action.accept(blocks.id(block, i));
        }
      });
    } finally {
      writing.unlock();
    }
  }

  /** All ids, rising. */
  public long[] ids() {
    writing.lock();
    try {
      long[] all = new long[factCount];
      int[] next = new int[1];
      forEachId(id -> all[next[0]++] = id);
      Arrays.sort(all);
      return all;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Adds every fact of another memory of the same shape, exactly: the result is the memory that was
   * written with the facts of both. The other must not be written to meanwhile.
   *
   * @throws IllegalArgumentException if the shapes differ or an id is in both; nothing is changed
   */
  public void merge(EpisodicMemory other) {
    if (other == this || !shape.equals(other.shape)) {
      throw new IllegalArgumentException(
          "other must be another memory of the same shape: " + other.shape + ", here " + shape);
    }
    long[] ids = other.ids();
    writing.lock();
    try {
      for (long id : ids) {
        if (contains(id)) {
          throw new IllegalArgumentException("id is in both memories: id=" + id);
        }
      }
      for (long id : ids) {
        copyFrom(other, id);
      }
    } finally {
      writing.unlock();
    }
  }

  /**
   * Moves the facts whose id is accepted into a new memory; both are as if written apart.
   *
   * @return the new memory, of the same shape; the caller closes it
   */
  public EpisodicMemory split(LongPredicate moves) {
    EpisodicMemory part = open(shape);
    writing.lock();
    try {
      for (long id : ids()) {
        if (moves.test(id)) {
          part.copyFrom(this, id);
          forget(id);
        }
      }
      return part;
    } catch (RuntimeException e) {
      part.close();
      throw e;
    } finally {
      writing.unlock();
    }
  }

  private void copyFrom(EpisodicMemory other, long id) {
    int block = other.trie.block(shape.place(id));
    int position = other.blocks.find(block, id);
    if (position < 0) {
      throw new IllegalStateException("the other memory was written to meanwhile: id=" + id);
    }
    int from = other.blocks.slot(block, position);
    int slot = facts.storeCopy(other.facts, from);
    long hash = shape.place(id);
    int target = trie.block(hash);
    insert(hash, target, -blocks.find(target, id) - 1, id, slot);
  }

  /**
   * SHA-256 of the canonical image: the shape and, in canonical order, the {@linkplain #blockHash
   * hash} of each block. Equal for equal sets of facts, whatever their history. Writers wait.
   */
  public byte[] stateHash() {
    writing.lock();
    try {
      return canonicalHash.ofAll(trie);
    } finally {
      writing.unlock();
    }
  }

  /**
   * SHA-256 of one block: ids, keys, latents and factor of its facts.
   *
   * @param id a fact of the block, or one that would belong to it: then the hash shows its absence
   */
  public byte[] blockHash(long id) {
    writing.lock();
    try {
      return canonicalHash.ofBlock(trie.block(shape.place(id)));
    } finally {
      writing.unlock();
    }
  }

  /** Gives the memory back; reads and writes throw afterwards. */
  @Override
  public void close() {
    writing.lock();
    try {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    } finally {
      writing.unlock();
    }
  }

  private void requireKey(MemorySegment key) {
    requireFinite("key", key, shape.keyBytes());
    double norm = Math.sqrt(postponing
        ? ScalarKernels.dotWide(key, 0, key, 0, shape.keyWidth())
        : VectorKernels.dotWide(key, 0, key, 0, shape.keyWidth()));
    if (Math.abs(norm - 1) > NORM_TOLERANCE) {
      throw new IllegalArgumentException(
          "key must have norm 1 within " + NORM_TOLERANCE + ": norm=" + norm);
    }
  }

  private void requireLatents(MemorySegment latents, int count) {
    if (count < 1 || count > MAX_CHAIN) {
      throw new IllegalArgumentException(
          "count must be in [1, " + MAX_CHAIN + "]: count=" + count);
    }
    requireFinite("latents", latents, count * shape.latentBytes());
    shape.latentCodec().requireStorable("latents", latents);
  }

  private void requireFinite(String name, MemorySegment values, long bytes) {
    if (values.byteSize() != bytes) {
      throw new IllegalArgumentException(name + ".byteSize must be " + bytes + ": byteSize="
          + values.byteSize());
    }
    int count = (int) (bytes / 4);
    // A replay comes before the vector kernels are compiled, and they are slow until then.
    int bad = postponing ? ScalarKernels.firstNotFinite(values, 0, count)
        : VectorKernels.firstNotFinite(values, 0, count);
    if (bad < count) {
      throw new IllegalArgumentException(name + " must be finite: " + name + "[" + bad + "]="
          + values.get(JAVA_FLOAT, 4L * bad));
    }
  }
}
