package io.larimar.memory;

import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Which block a fact belongs to: a binary trie over the bits of the id's hash, most significant
 * first. A node is a leaf exactly if the facts below it fit one block, so the trie too is a
 * function of the set of facts. The writer changes it; readers walk it without a lock and check
 * the {@linkplain #version() version} afterwards.
 */
final class BlockTrie {
  private static final int MAX_DEPTH = 64;

  // Child c of inner node n is at 2 n + c: an inner node's number, or ~block for a leaf.
  private volatile int[] children = new int[128];
  private volatile int root;
  private volatile long version;
  private int[] freeNodes = new int[64];
  private int freeCount;
  private int usedNodes;

  /** A bijection of 64-bit words whose every output bit depends on every input bit (SplitMix64). */
  static long hash(long id) {
    long h = id + 0x9E3779B97F4A7C15L;
    h = (h ^ (h >>> 30)) * 0xBF58476D1CE4E5B9L;
    h = (h ^ (h >>> 27)) * 0x94D049BB133111EBL;
    return h ^ (h >>> 31);
  }

  /** Which child the hash takes at a depth. */
  static int bit(long hash, int depth) {
    return (int) (hash >>> (63 - depth)) & 1;
  }

  /** Even when at rest, odd while the writer changes the trie. */
  long version() {
    return version;
  }

  /** The block of a hash, or -1 if the walk met a change under way. */
  int block(long hash) {
    int[] nodes = children;
    int node = root;
    for (int depth = 0; depth < MAX_DEPTH && node >= 0; depth++) {
      int at = 2 * node + bit(hash, depth);
      if (at >= nodes.length) {
        return -1;
      }
      node = nodes[at];
    }
    return node < 0 ? ~node : -1;
  }

  /** The path to a hash's leaf: writes inner nodes to {@code path}, returns the leaf's depth. */
  int descend(long hash, int[] path) {
    int[] nodes = children;
    int node = root;
    int depth = 0;
    while (node >= 0) {
      path[depth] = node;
      node = nodes[2 * node + bit(hash, depth)];
      depth++;
    }
    return depth;
  }

  /** Makes room for so many leaves. */
  void reserve(int leaves) {
    int[] nodes = children;
    if (2 * leaves > nodes.length) {
      children = Arrays.copyOf(nodes, 2 * leaves);
    }
  }

  /** A new inner node; hangs nowhere yet. */
  int newNode(int zeroChild, int oneChild) {
    int node = freeCount > 0 ? freeNodes[--freeCount] : usedNodes++;
    int[] nodes = children;
    if (2 * node + 2 > nodes.length) {
      nodes = Arrays.copyOf(nodes, 2 * nodes.length);
    }
    nodes[2 * node] = zeroChild;
    nodes[2 * node + 1] = oneChild;
    children = nodes; // also publishes the two entries
    return node;
  }

  void freeNode(int node) {
    if (freeCount == freeNodes.length) {
      freeNodes = Arrays.copyOf(freeNodes, 2 * freeCount);
    }
    freeNodes[freeCount++] = node;
  }

  int child(int node, int which) {
    return children[2 * node + which];
  }

  /** Hangs {@code node} where the path of {@code hash} stands at {@code depth}. */
  void replace(long hash, int[] path, int depth, int node) {
    version = version + 1;
    VarHandle.storeStoreFence(); // who sees the new entry sees the odd version too
    if (depth == 0) {
      root = node;
    } else {
      int[] nodes = children;
      nodes[2 * path[depth - 1] + bit(hash, depth - 1)] = node;
      children = nodes; // a volatile write after the entry, for readers without the version
    }
    version = version + 1;
  }

  /** Builds the trie of leaves given in canonical order: block i of depth {@code depths[i]}. */
  void adopt(int[] depths) {
    int[] next = {0};
    root = adopt(depths, next, 0);
    if (next[0] != depths.length) {
      throw new IllegalArgumentException("depths must make one trie: leaves=" + depths.length
          + ", used=" + next[0]);
    }
  }

  private int adopt(int[] depths, int[] next, int depth) {
    if (next[0] == depths.length || depths[next[0]] < depth || depth > MAX_DEPTH) {
      throw new IllegalArgumentException("depths must make one trie: leaf=" + next[0]
          + ", depth=" + depth);
    }
    if (depths[next[0]] == depth) {
      return ~next[0]++;
    }
    int zeroChild = adopt(depths, next, depth + 1);
    return newNode(zeroChild, adopt(depths, next, depth + 1));
  }

  /** What is done with a leaf. */
  interface LeafAction {
    void accept(int block, int depth);
  }

  /** All leaves in the order of their hashes: the canonical order of blocks. */
  void forEachBlock(LeafAction action) {
    visit(root, 0, action);
  }

  private void visit(int node, int depth, LeafAction action) {
    if (node < 0) {
      action.accept(~node, depth);
    } else {
      visit(children[2 * node], depth + 1, action);
      visit(children[2 * node + 1], depth + 1, action);
    }
  }
}
