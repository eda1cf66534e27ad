package io.larimar.memory;

/**
 * Keeps the trie canonical: a node is a leaf exactly if its facts fit one block. Splits a block
 * that one more fact would overfill, and joins blocks once they fit together.
 */
final class Regroup {
  private final MemoryShape shape;
  private final int capacity;
  private final BlockSlab blocks;
  private final BlockTrie trie;
  private final long[] ids;
  private final int[] slots;
  private final long[] otherIds;
  private final int[] otherSlots;
  private final int[] path = new int[65];

  Regroup(MemoryShape shape, BlockSlab blocks, BlockTrie trie) {
    this.shape = shape;
    this.capacity = shape.blockCapacity();
    this.blocks = blocks;
    this.trie = trie;
    ids = new long[capacity + 1];
    slots = new int[capacity + 1];
    otherIds = new long[capacity + 1];
    otherSlots = new int[capacity + 1];
  }

  /** Puts a fact into a full block at its place, and the block's facts into two or more. */
  void split(long hash, int block, int position, long id, int slot) {
    for (int i = 0; i < capacity; i++) {
      int to = i < position ? i : i + 1;
      ids[to] = blocks.id(block, i);
      slots[to] = blocks.slot(block, i);
    }
    ids[position] = id;
    slots[position] = slot;
    int depth = trie.descend(hash, path);
    trie.replace(hash, path, depth, grow(0, capacity + 1, depth));
    blocks.retire(block);
  }

  /** Builds the canonical subtree of the gathered facts [from, to): an inner node or ~block. */
  private int grow(int from, int to, int depth) {
    if (to - from <= capacity) {
      int block = blocks.take();
      blocks.fill(block, ids, slots, from, to);
      return ~block;
    }
    int zeros = from;
    int ones = 0;
    for (int i = from; i < to; i++) { // stable, so both halves keep the order of the ids
      if (BlockTrie.bit(shape.place(ids[i]), depth) == 0) {
        ids[zeros] = ids[i];
        slots[zeros++] = slots[i];
      } else {
        otherIds[ones] = ids[i];
        otherSlots[ones++] = slots[i];
      }
    }
    System.arraycopy(otherIds, 0, ids, zeros, ones);
    System.arraycopy(otherSlots, 0, slots, zeros, ones);
    int zeroChild = grow(from, zeros, depth + 1);
    return trie.newNode(zeroChild, grow(zeros, to, depth + 1));
  }

  /**
   * Takes a fact out of a block if its neighbours then fit the same block, and joins them.
   *
   * @return false if they do not fit: nothing is changed
   */
  boolean joinWithout(long hash, int block, int position) {
    int depth = trie.descend(hash, path);
    int total = blocks.count(block) - 1;
    int top = depth;
    while (top > 0) {
      int sibling = trie.child(path[top - 1], 1 - BlockTrie.bit(hash, top - 1));
      if (sibling >= 0 || total + blocks.count(~sibling) > capacity) {
        break;
      }
      total += blocks.count(~sibling);
      top--;
    }
    if (top == depth) {
      return false;
    }
    int gathered = gather(block, position, 0);
    for (int level = depth; level > top; level--) {
      int sibling = trie.child(path[level - 1], 1 - BlockTrie.bit(hash, level - 1));
      gathered = gather(~sibling, -1, gathered);
    }
    assert gathered == total : "gathered=" + gathered + ", total=" + total;
    int joined = blocks.take();
    blocks.fill(joined, ids, slots, 0, total);
    trie.replace(hash, path, top, ~joined);
    blocks.retire(block);
    for (int level = depth; level > top; level--) {
      int node = path[level - 1];
      blocks.retire(~trie.child(node, 1 - BlockTrie.bit(hash, level - 1)));
      trie.freeNode(node);
    }
    return true;
  }

  /** Merges a block's facts, but for one position, into the gathered ones by id. */
  private int gather(int block, int without, int gathered) {
    int count = blocks.count(block);
    for (int i = 0; i < count; i++) {
      if (i != without) {
        long id = blocks.id(block, i);
        int at = gathered++;
        while (at > 0 && ids[at - 1] > id) {
          ids[at] = ids[at - 1];
          slots[at] = slots[at - 1];
          at--;
        }
        ids[at] = id;
        slots[at] = blocks.slot(block, i);
      }
    }
    return gathered;
  }
}
