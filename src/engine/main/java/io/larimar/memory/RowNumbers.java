package io.larimar.memory;

import java.util.Arrays;

/** Hands out row numbers from 0 on, returned ones first; used by the writer alone. */
final class RowNumbers {
  private final String what;
  private final int limit;
  private int[] free = new int[64];
  private int freeCount;
  private int used;

  RowNumbers(String what, int limit) {
    this.what = what;
    this.limit = limit;
  }

  int take() {
    if (freeCount > 0) {
      return free[--freeCount];
    }
    int row = used;
    if (row == limit) {
      throw new IllegalStateException("memory is full: " + what + "=" + row + ", limit=" + limit);
    }
    used = row + 1;
    return row;
  }

  /** Counts the rows 0 to count - 1 as handed out. */
  void adopt(int count) {
    used = count;
  }

  void giveBack(int row) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = row;
  }

  /** One more than the largest number ever handed out. */
  int used() {
    return used;
  }

  int live() {
    return used - freeCount;
  }
}
