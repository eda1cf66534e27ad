package io.larimar.engine;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * Overwrites what dead objects have left in the heap.
 *
 * <p>A collector that moves objects leaves their old bytes where they were, and Java has no call to
 * wipe them. So: collect; fill the free part of the heap with objects of no content; collect again,
 * which packs them close to the living objects; drop them and collect once more, which gives the rest
 * back to the system where the collector is allowed to ({@code -XX:MaxHeapFreeRatio=0};
 * docs/FORMATS.md, "Memory").
 *
 * <p>The filling ends with the smallest objects that there are, so that no space keeps a rest that is
 * too small for one, and takes place even in a heap that the first collection has shrunk to its living
 * objects. A collector that packs objects into regions (G1) leaves the rest of a region that the next
 * object does not fit, whatever is done here; the serial one has no such gaps.
 */
final class FreeHeap {
  private static final int SLAB_BYTES = 64 << 10; // small enough for any collector's young regions
  private static final int LINK_BYTES = 16; // of a Link: 12 of header, 4 of a compressed reference
  private static final long LINKED_BYTES = 128L << 20; // beyond it slabs, for time
  private static final long LEAST_BYTES = 16L << 20; // of a shrunk heap, its nurseries too

  private FreeHeap() {}

  /** The smallest object that can hold others alive. */
  private static final class Link {
    private Link next;
  }

  /** Overwrites the heap as far as it is committed now, and a little more; six full collections. */
  static void overwrite() {
    // A young collection fills one of the two survivor spaces, and the next one the other; one filling
    // may bring no more than one.
    fill();
    fill();
  }

  private static void fill() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long committed = runtime.totalMemory();
    long free = runtime.freeMemory();
    // Not to the brim of the largest heap: other threads need room meanwhile.
    long room = runtime.maxMemory() - committed + free - committed / 16;
    long bytes = Math.min(room, Math.max(free, LEAST_BYTES));
    List<byte[]> slabs = new ArrayList<>();
    for (; bytes > LINKED_BYTES; bytes -= SLAB_BYTES) {
      slabs.add(new byte[SLAB_BYTES]);
    }
    Link links = null;
    for (; bytes > 0; bytes -= LINK_BYTES) {
      Link link = new Link();
      link.next = links;
      links = link;
    }
    System.gc();
    Reference.reachabilityFence(links);
    slabs.clear();
    links = null;
    System.gc();
  }
}
