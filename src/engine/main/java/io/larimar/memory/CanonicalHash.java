package io.larimar.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 over the canonical image of a memory; numbers little-endian. */
final class CanonicalHash {
  private static final String MAGIC = "larimar-memory-1";

  private final MemoryShape shape;
  private final FactRows facts;
  private final BlockSlab blocks;
  private final MemorySegment factor;
  private final MemorySegment key;
  private final MemorySegment otherKey;
  private final ByteBuffer header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

  CanonicalHash(MemoryShape shape, FactRows facts, BlockSlab blocks, Arena arena) {
    this.shape = shape;
    this.facts = facts;
    this.blocks = blocks;
    this.factor = arena.allocate(BlockSlab.factorBytes(shape), 64);
    this.key = arena.allocate(shape.keyCodec().decodedBytes(), 64);
    this.otherKey = arena.allocate(shape.keyCodec().decodedBytes(), 64);
  }

  byte[] ofAll(BlockTrie trie) {
    MessageDigest whole = sha256();
    whole.update(MAGIC.getBytes(StandardCharsets.US_ASCII));
    header.clear().putInt(shape.keyWidth()).putInt(shape.latentWidth())
        .putInt(shape.keyPrecision().ordinal()).putInt(shape.latentPrecision().ordinal())
        .putInt(shape.blockCapacity()).putDouble(shape.ridge()).flip();
    whole.update(header);
    if (shape.groupBits() != 0) {
      whole.update((byte) shape.groupBits());
    }
    trie.forEachBlock((block, depth) -> whole.update(ofBlock(block)));
    return whole.digest();
  }

  byte[] ofBlock(int block) {
    MessageDigest digest = sha256();
    int count = blocks.count(block);
    int factorRow = blocks.factorRow(block, factor, key, otherKey);
    MemorySegment lower = blocks.factorSegment(factorRow, factor);
    long lowerAt = blocks.factorOffset(factorRow);
    header.clear().putInt(count).flip();
    digest.update(header);
    for (int i = 0; i < count; i++) {
      int slot = blocks.slot(block, i);
      header.clear().putLong(blocks.id(block, i)).putInt(facts.latentCount(slot)).flip();
      digest.update(header);
      update(digest, facts.keyBytes(slot));
      for (int row = facts.firstLatent(slot); row != FactRows.NO_ROW;
          row = facts.nextLatent(row)) {
        update(digest, facts.latentBytes(row));
      }
      update(digest, lower.asSlice(lowerAt + blocks.factorStride() * i, 8L * (i + 1)));
    }
    return digest.digest();
  }

  private static void update(MessageDigest digest, MemorySegment bytes) {
    digest.update(bytes.asByteBuffer());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
