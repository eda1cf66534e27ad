package io.larimar.memory;

import io.larimar.linalg.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** What one read in flight needs, so that reads allocate nothing. */
final class ReaderScratch {
  /** Slots whose scores a scan computes at a time. */
  static final int BATCH = 64;

  /** Room for candidates of a search while their number is being cut down. */
  static final int MAX_CANDIDATES = 8 * EpisodicMemory.CANDIDATES;

  final MemorySegment weights; // blockCapacity doubles
  final MemorySegment factor; // blockCapacity x blockCapacity doubles
  final MemorySegment key; // decoded
  final MemorySegment otherKey;
  final MemorySegment rows; // four decoded latents
  final MemorySegment query; // K floats
  final MemorySegment sketch; // words of the query's sketch
  final MemorySegment turned; // scratch of the sketch
  final MemorySegment planes; // the sketch spread over planes
  final MemorySegment counts; // of differing planes of one word of a group
  final MemorySegment scores; // BATCH floats
  final long[] addends = new long[SketchSlab.COUNT_WORDS]; // counts of a further word
  final long[] sums = new long[SketchSlab.RUN * SketchSlab.SUM_WORDS];
  final long[] versions = new long[SketchSlab.RUN];
  final int[] four = new int[4];
  final long[] stamps = new long[BATCH];
  final int[] slots; // of the block being read
  final int[] latents; // the row of each fact's current latent
  final long[] candidates = new long[MAX_CANDIDATES]; // distance, slot
  final long[] ordered = new long[MAX_CANDIDATES]; // by distance
  long touched; // by loads ahead
  final int[] histogram = new int[KeySketch.BITS + 1]; // candidates of each distance

  /** Waits for the writer: spins first, then lets it run should it have lost its processor. */
  static void pause(int attempt) {
    if (attempt % 64 == 63) {
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
  }

  private ReaderScratch(MemoryShape shape, Arena arena) {
    weights = arena.allocate(8L * shape.blockCapacity(), 64);
    factor = arena.allocate(BlockSlab.factorBytes(shape), 64);
    key = arena.allocate(shape.keyCodec().decodedBytes(), 64);
    otherKey = arena.allocate(shape.keyCodec().decodedBytes(), 64);
    rows = arena.allocate(4 * shape.latentCodec().decodedBytes(), 64);
    query = arena.allocate(shape.keyCodec().decodedBytes(), 64);
    sketch = arena.allocate(KeySketch.BITS / 8, 64);
    turned = arena.allocate(new KeySketch(shape.keyWidth()).scratchBytes(), 64);
    planes = arena.allocate((long) ScalarKernels.PLANE_BYTES * KeySketch.BITS, 64);
    counts = arena.allocate(8L * SketchSlab.COUNT_WORDS, 64);
    scores = arena.allocate(4L * BATCH, 64);
    slots = new int[shape.blockCapacity()];
    latents = new int[shape.blockCapacity()];
  }

  /** The scratch of all readers; one that comes when all is lent out waits its turn. */
  static final class Pool {
    private final AtomicReferenceArray<ReaderScratch> idle;

    Pool(int readers, MemoryShape shape, Arena arena) {
      idle = new AtomicReferenceArray<>(readers);
      for (int i = 0; i < readers; i++) {
        idle.set(i, new ReaderScratch(shape, arena));
      }
    }

    ReaderScratch borrow() {
      int hint = (int) Thread.currentThread().threadId();
      for (int i = 0; ; i++) {
        ReaderScratch scratch = idle.getAndSet(Math.floorMod(hint + i, idle.length()), null);
        if (scratch != null) {
          return scratch;
        }
        if (i % idle.length() == idle.length() - 1) {
          Thread.yield();
        }
      }
    }

    void giveBack(ReaderScratch scratch) {
      int hint = (int) Thread.currentThread().threadId();
      for (int i = 0; ; i++) {
        if (idle.compareAndSet(Math.floorMod(hint + i, idle.length()), null, scratch)) {
          return;
        }
      }
    }
  }
}
