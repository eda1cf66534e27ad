package io.larimar.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Overwrites what dead objects have left in the heap.
 *
 * <p>A collector that moves objects leaves their old bytes where they were, and Java has no call to
 * wipe them. So: collect; fill the free part of the heap with zeros; collect again, which packs the
 * zeros close to the living objects; drop them and collect once more, which gives the rest back to the
 * system where the collector is allowed to ({@code -XX:MaxHeapFreeRatio=0}; docs/FORMATS.md, "Memory").
 */
final class FreeHeap {
  private static final int SLAB_BYTES = 64 << 10; // small enough for any collector's young regions

  private FreeHeap() {}

  /** Overwrites the heap as far as it is committed now; three full collections. */
  static void overwrite() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    List<byte[]> zeros = new ArrayList<>();
    // Not to the brim: other threads need room meanwhile, and what stays free is given back below.
    long free = runtime.freeMemory() - runtime.totalMemory() / 16;
    for (long filled = 0; filled < free; filled += SLAB_BYTES) {
      zeros.add(new byte[SLAB_BYTES]);
    }
    System.gc();
    zeros.clear();
    System.gc();
  }
}
