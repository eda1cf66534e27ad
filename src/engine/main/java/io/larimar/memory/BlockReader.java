package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.larimar.linalg.VectorKernels;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The read z_r = w M of one block, without M: M = W' inv(lambda I + W W') Z, so z_r = a Z with
 * a = (w W') inv(lambda I + W W'). Runs beside the writer; a state that changed is read again.
 */
final class BlockReader {
  private static final int TORN = -1;

  private final MemoryShape shape;
  private final FactRows facts;
  private final BlockSlab blocks;
  private final BlockTrie trie;

  BlockReader(MemoryShape shape, FactRows facts, BlockSlab blocks, BlockTrie trie) {
    this.shape = shape;
    this.facts = facts;
    this.blocks = blocks;
    this.trie = trie;
  }

  /** How many latents the fact has, 0 if it is unknown. */
  int latentCount(long id) {
    long hash = shape.place(id);
    for (int attempt = 0; ; attempt++) {
      long structure = trie.version();
      int block = trie.block(hash);
      if (block >= 0 && (structure & 1) == 0) {
        long version = blocks.version(block);
        int position = blocks.find(block, id);
        int count = position < 0 ? 0 : facts.latentCount(blocks.slot(block, position));
        if (settled(structure, block, version)) {
          return count;
        }
      }
      ReaderScratch.pause(attempt);
    }
  }

  /**
   * Reads the fact's chain from its block.
   *
   * @param free whether the key is {@code scratch.query} rather than the fact's own
   * @param out room for the chain, overwritten; too little room is refused before any write
   * @return latents read, 0 if the id is unknown
   */
  int read(long id, boolean free, MemorySegment out, ReaderScratch scratch) {
    long hash = shape.place(id);
    for (int attempt = 0; ; attempt++) {
      long structure = trie.version();
      int block = trie.block(hash);
      if (block >= 0 && (structure & 1) == 0) {
        int count = tryRead(id, free, out, scratch, structure, block);
        if (count != TORN) {
          return count;
        }
      }
      ReaderScratch.pause(attempt);
    }
  }

  /**
   * Cosines of {@code scratch.query} with every key of the fact's block.
   *
   * @return facts in the block, 0 if the id is unknown
   */
  int weigh(long id, long[] ids, float[] cosines, ReaderScratch scratch) {
    long hash = shape.place(id);
    for (int attempt = 0; ; attempt++) {
      long structure = trie.version();
      int block = trie.block(hash);
      if (block >= 0 && (structure & 1) == 0) {
        long version = blocks.version(block);
        int count = blocks.find(block, id) < 0 ? 0 : blocks.count(block);
        for (int j = 0; j < count; j++) {
          ids[j] = blocks.id(block, j);
          scratch.slots[j] = blocks.slot(block, j);
        }
        if (settled(structure, block, version)) {
          for (int j = 0; j < count; j++) {
            cosines[j] = (float) facts.similarity(
                scratch.query, 0, scratch.slots[j], scratch.otherKey);
          }
          if (settled(structure, block, version)) {
            return count;
          }
        }
      }
      ReaderScratch.pause(attempt);
    }
  }

  private int tryRead(long id, boolean free, MemorySegment out, ReaderScratch scratch,
      long structure, int block) {
    long version = blocks.version(block);
    int position = blocks.find(block, id);
    int count = blocks.count(block);
    int chain = 0;
    if (position >= 0) {
      for (int j = 0; j < count; j++) {
        int slot = blocks.slot(block, j);
        scratch.slots[j] = slot;
        scratch.latents[j] = facts.firstLatent(slot);
      }
      chain = facts.latentCount(blocks.slot(block, position));
    }
    if (!settled(structure, block, version)) {
      return TORN;
    }
    if (chain == 0) {
      return 0;
    }
    if (out.byteSize() < chain * shape.latentBytes()) {
      throw new IllegalArgumentException("out must hold the whole chain: byteSize="
          + out.byteSize() + ", latents=" + chain + ", needed=" + chain * shape.latentBytes());
    }
    weigh(position, count, free, scratch);
    blocks.solve(block, count, scratch.weights, scratch);
    boolean whole = true;
    for (int t = 0; t < chain && whole; t++) {
      combine(count, scratch, out, t * shape.latentBytes());
      whole = blocks.unchanged(block, version) && (t + 1 == chain || advance(count, scratch));
    }
    return whole ? chain : TORN;
  }

  /** weights = w W'. */
  private void weigh(int position, int count, boolean free, ReaderScratch scratch) {
    int own = scratch.slots[position];
    MemorySegment key = free ? scratch.query : facts.keySegment(own, scratch.query);
    long keyOffset = free ? 0 : facts.keyOffset(own);
    for (int j = 0; j < count; j++) {
      scratch.weights.set(JAVA_DOUBLE, 8L * j,
          facts.similarity(key, keyOffset, scratch.slots[j], scratch.otherKey));
    }
  }

  /** out = sum of weight_j z_j over the facts whose chain reaches this far, in order. */
  private void combine(int count, ReaderScratch scratch, MemorySegment out, long outOffset) {
    VectorKernels.clearFloats(out, outOffset, shape.latentWidth());
    int gathered = 0; // the next four facts that reach this far, by their position
    int[] four = scratch.four;
    for (int j = 0; j < count; j++) {
      if (scratch.latents[j] != FactRows.NO_ROW) {
        four[gathered++] = j;
        if (gathered == 4) {
          addFour(scratch, out, outOffset);
          gathered = 0;
        }
      }
    }
    for (int i = 0; i < gathered; i++) {
      int row = scratch.latents[four[i]];
      VectorKernels.addScaled(weight(scratch, four[i]),
          facts.latentSegment(row, scratch.rows, 0), facts.latentOffset(row, 0), out, outOffset,
          shape.latentWidth());
    }
  }

  private void addFour(ReaderScratch scratch, MemorySegment out, long outOffset) {
    long room = scratch.rows.byteSize() / 4;
    int r0 = scratch.latents[scratch.four[0]];
    int r1 = scratch.latents[scratch.four[1]];
    int r2 = scratch.latents[scratch.four[2]];
    int r3 = scratch.latents[scratch.four[3]];
    VectorKernels.addFourScaled(
        weight(scratch, scratch.four[0]), facts.latentSegment(r0, scratch.rows, 0),
        facts.latentOffset(r0, 0),
        weight(scratch, scratch.four[1]), facts.latentSegment(r1, scratch.rows, room),
        facts.latentOffset(r1, room),
        weight(scratch, scratch.four[2]), facts.latentSegment(r2, scratch.rows, 2 * room),
        facts.latentOffset(r2, 2 * room),
        weight(scratch, scratch.four[3]), facts.latentSegment(r3, scratch.rows, 3 * room),
        facts.latentOffset(r3, 3 * room), out, outOffset, shape.latentWidth());
  }

  private static float weight(ReaderScratch scratch, int position) {
    return (float) scratch.weights.get(JAVA_DOUBLE, 8L * position);
  }

  /** Steps to the next latent of every chain; true, as the caller has just seen no change. */
  private boolean advance(int count, ReaderScratch scratch) {
    for (int j = 0; j < count; j++) {
      int row = scratch.latents[j];
      scratch.latents[j] = row == FactRows.NO_ROW ? row : facts.nextLatent(row);
    }
    return true;
  }

  private boolean settled(long structure, int block, long version) {
    if ((version & 1) != 0 || !blocks.unchanged(block, version)) {
      return false;
    }
    VarHandle.loadLoadFence();
    return trie.version() == structure;
  }
}
