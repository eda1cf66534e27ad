package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes the canonical image of a memory in one pass, then renames it into place. */
final class SnapshotWriter implements AutoCloseable {
  private final SnapshotLayout layout;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment window = arena.allocate(SnapshotLayout.CHECKED_BYTES, 64);
  private final MemorySegment words = arena.allocate(16, 8);
  private final ByteBuffer table;
  private final FileChannel channel;
  private long written = SnapshotLayout.HEADER_BYTES;
  private int filled;

  private SnapshotWriter(SnapshotLayout layout, FileChannel channel) {
    this.layout = layout;
    this.channel = channel;
    table = ByteBuffer.allocate(4 * layout.checks()).order(ByteOrder.LITTLE_ENDIAN);
  }

  static void save(Path file, SnapshotLayout layout, FactRows facts, BlockSlab blocks,
      BlockTrie trie) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE,
              StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
          SnapshotWriter writer = new SnapshotWriter(layout, channel)) {
        writer.write(facts, blocks, trie);
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private void write(FactRows facts, BlockSlab blocks, BlockTrie trie) throws IOException {
    int[] order = new int[layout.facts()];
    int[] next = {0};
    int[] leaves = new int[2 * layout.blocks()];
    int[] leaf = {0};
    trie.forEachBlock((block, depth) -> {
      leaves[leaf[0]++] = depth;
      leaves[leaf[0]++] = blocks.count(block);
      for (int i = 0; i < blocks.count(block); i++) {
        order[next[0]++] = blocks.slot(block, i);
      }
    });
    for (int i = 0; i < leaves.length; i += 2) {
      words.set(JAVA_INT, 0, leaves[i]);
      words.set(JAVA_INT, 4, leaves[i + 1]);
      put(words, 0, 8);
    }
    padTo(layout.factsAt());
    for (int slot : order) {
      words.set(JAVA_LONG, 0, facts.id(slot));
      words.set(JAVA_LONG, 8, facts.latentCount(slot));
      put(words, 0, 16);
    }
    padTo(layout.sketchesAt());
    putSketches(order, facts.sketchSlab());
    padTo(layout.keysAt());
    for (int slot : order) {
      put(facts.keySlab().chunk(slot), facts.keySlab().offset(slot), layout.keyStride());
    }
    padTo(layout.latentsAt());
    for (int slot : order) {
      for (int row = facts.firstLatent(slot); row != FactRows.NO_ROW;
          row = facts.nextLatent(row)) {
        put(facts.latentSlab().chunk(row), facts.latentSlab().offset(row),
            layout.latentStride());
      }
    }
    padTo(layout.tableAt());
    flush();
    writeFully(table.flip(), layout.tableAt());
    writeFully(layout.header(SnapshotLayout.crc(table.rewind())), 0);
  }

  private void putSketches(int[] order, SketchSlab sketches) throws IOException {
    MemorySegment group = arena.allocate(SketchSlab.GROUP_BYTES, 64);
    for (int part = 0; part < SketchSlab.PARTS; part++) {
      for (int first = 0; first < order.length; first += SketchSlab.GROUP) {
        MemorySegment bytes = sketches.assemble(part, order, first, group);
        put(bytes, 0, bytes.byteSize());
      }
    }
  }

  private void put(MemorySegment bytes, long offset, long count) throws IOException {
    long done = 0;
    while (done < count) {
      long now = Math.min(count - done, window.byteSize() - filled);
      MemorySegment.copy(bytes, offset + done, window, filled, now);
      filled += (int) now;
      done += now;
      if (filled == window.byteSize()) {
        flush();
      }
    }
  }

  private void padTo(long position) throws IOException {
    words.fill((byte) 0);
    while (written + filled < position) {
      put(words, 0, Math.min(16, position - written - filled));
    }
  }

  private void flush() throws IOException {
    if (filled > 0) {
      ByteBuffer bytes = window.asSlice(0, filled).asByteBuffer();
      table.putInt(SnapshotLayout.crc(bytes));
      writeFully(bytes.rewind(), written);
      written += filled;
      filled = 0;
    }
  }

  private void writeFully(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
