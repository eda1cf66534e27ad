package io.larimar.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The places in a snapshot file, all little-endian. Sections begin at multiples of 4,096 bytes:
 *
 * <pre>
 *   header     4,096 bytes: magic, version, shape, counts, CRC32C of the table, of the header
 *   blocks     8 bytes a block in canonical order: depth in the trie, facts
 *   facts      16 bytes a fact in canonical order: id, latents in its chain, 0
 *   sketches   for groups of 512 facts, part by part: 64 zeros and which are live (a bit each) of
 *              every group; bits 0 to 63 of their sketches, bit by bit; bits 64 to 127 ...
 *   keys       one row a fact, as the precision stores it
 *   latents    one row a latent, chains in order
 *   table      4 bytes for each MiB of the sections above: its CRC32C
 * </pre>
 *
 * Factors are not stored: they follow from the keys.
 */
record SnapshotLayout(MemoryShape shape, int facts, int latents, int blocks) {
  static final long MAGIC = 0x314d_454d_5241_4c4cL; // "LLARMEM1" as bytes
  static final int VERSION = 2;
  static final int HEADER_BYTES = 4_096;
  static final int CHECKED_BYTES = 1 << 20; // bytes under one checksum
  private static final int HEADER_CHECKED = HEADER_BYTES - 4;

  long keyStride() {
    return shape.keyCodec().stride();
  }

  long latentStride() {
    return shape.latentCodec().stride();
  }

  int groups() {
    return (facts + SketchSlab.GROUP - 1) / SketchSlab.GROUP;
  }

  long blocksAt() {
    return HEADER_BYTES;
  }

  long factsAt() {
    return paged(blocksAt() + 8L * blocks);
  }

  long sketchesAt() {
    return paged(factsAt() + 16L * facts);
  }

  long keysAt() {
    return paged(sketchesAt() + SketchSlab.GROUP_BYTES * groups());
  }

  long latentsAt() {
    return paged(keysAt() + keyStride() * facts);
  }

  long tableAt() {
    return paged(latentsAt() + latentStride() * latents);
  }

  int checks() {
    return (int) ((tableAt() - HEADER_BYTES + CHECKED_BYTES - 1) / CHECKED_BYTES);
  }

  long fileBytes() {
    return tableAt() + 4L * checks();
  }

  private static long paged(long bytes) {
    return (bytes + 4_095) & -4_096L;
  }

  /** The header with its checksum. */
  ByteBuffer header(int tableCrc) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(VERSION).putInt(shape.keyWidth()).putInt(shape.latentWidth())
        .putInt(shape.keyPrecision().ordinal()).putInt(shape.latentPrecision().ordinal())
        .putInt(shape.blockCapacity()).putDouble(shape.ridge()).putInt(facts).putInt(latents)
        .putInt(blocks).putInt(tableCrc).putInt(shape.groupBits());
    header.putInt(HEADER_CHECKED, crc(header.slice(0, HEADER_CHECKED)));
    return header.rewind();
  }

  /** Reads a header and compares it with the size of its file. */
  static SnapshotLayout of(Path file, MemorySegment whole) {
    if (whole.byteSize() < HEADER_BYTES) {
      throw new SnapshotException(file, "too short for a header: " + whole.byteSize() + " bytes");
    }
    if (whole.get(JAVA_LONG, 0) != MAGIC) {
      throw new SnapshotException(file, "not a snapshot of a memory (wrong magic)");
    }
    ByteBuffer header = whole.asSlice(0, HEADER_BYTES).asByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
    header.position(8);
    int version = header.getInt();
    if (version != VERSION) {
      throw new SnapshotException(file, "version " + version + ", this engine reads " + VERSION);
    }
    if (crc(header.slice(0, HEADER_CHECKED)) != header.getInt(HEADER_CHECKED)) {
      throw new SnapshotException(file, "the header's checksum does not match");
    }
    MemoryShape shape = new MemoryShape(header.getInt(), header.getInt(),
        Precision.values()[header.getInt()], Precision.values()[header.getInt()],
        header.getInt(), header.getDouble());
    int[] counts = {header.getInt(), header.getInt(), header.getInt()};
    int tableCrc = header.getInt();
    SnapshotLayout layout = new SnapshotLayout(
        shape.grouped(header.getInt()), counts[0], counts[1], counts[2]);
    if (whole.byteSize() != layout.fileBytes()) {
      throw new SnapshotException(file, "cut short or grown: " + whole.byteSize()
          + " bytes, expected " + layout.fileBytes());
    }
    if (crc(table(layout, whole)) != tableCrc) {
      throw new SnapshotException(file, "the checksum table's own checksum does not match");
    }
    return layout;
  }

  private static ByteBuffer table(SnapshotLayout layout, MemorySegment whole) {
    return whole.asSlice(layout.tableAt(), 4L * layout.checks()).asByteBuffer();
  }

  /** Compares every MiB with its checksum; names the first that differs. */
  void verify(Path file, MemorySegment whole) {
    ByteBuffer table = table(this, whole).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < checks(); i++) {
      long from = HEADER_BYTES + (long) i * CHECKED_BYTES;
      long bytes = Math.min(CHECKED_BYTES, tableAt() - from);
      if (crc(whole.asSlice(from, bytes).asByteBuffer()) != table.getInt()) {
        throw new SnapshotException(file, "bytes " + from + " to " + (from + bytes - 1)
            + " do not match their checksum (flipped bits)");
      }
    }
  }

  /** The depths of the blocks in canonical order. */
  int[] depths(MemorySegment whole) {
    int[] depths = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      depths[i] = whole.get(JAVA_INT, blocksAt() + 8L * i);
    }
    return depths;
  }

  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
