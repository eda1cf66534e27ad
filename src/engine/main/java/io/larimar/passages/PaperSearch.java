package io.larimar.passages;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.codec.Cleanup;
import io.larimar.codec.TokenCodec;
import io.larimar.encoder.Feature;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.memory.EpisodicMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The recursive search of Larimar, section 5.5, to the letter: every episode is read with the
 * question's key as it is, the decoded read-outs are encoded and written as the next level's episodes,
 * and so on until one read-out is left. Over the episodes that are found by words; a baseline.
 */
final class PaperSearch {
  private static final int EPISODE = 32;

  private final PassageMemory memory;
  private final Map<Keys, float[]> queries;

  /** A read-out: the episode of the first level that it came from by way of its group's first. */
  private record Read(long episode, int[] tokens) {}

  PaperSearch(PassageMemory memory, Map<Keys, float[]> queries) {
    this.memory = memory;
    this.queries = queries;
  }

  List<Found> run() {
    float[] query = queries.get(Keys.LEXICAL);
    if (query == null) {
      return List.of();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocateFrom(JAVA_FLOAT, query);
      List<Read> level = firstLevel(key);
      while (level.size() > 1) {
        level = nextLevel(level, key);
      }
      return level.stream().filter(read -> read.tokens.length > 0).map(this::found).toList();
    }
  }

  private List<Read> firstLevel(MemorySegment key) {
    EpisodicMemory blocks = memory.memory(Keys.LEXICAL).orElseThrow();
    List<Read> reads = new ArrayList<>();
    memory.held().forEach((episode, held) -> {
      if (held.excerpt().keys() == Keys.LEXICAL) {
        long longest = PassageMemory.passage(episode);
        for (long id = longest; id < PassageMemory.passage(episode) + held.passages(); id++) {
          longest = blocks.latentCount(id) > blocks.latentCount(longest) ? id : longest;
        }
        reads.add(new Read(episode, read(blocks, longest, key, memory.cleanup(held))));
      }
    });
    return reads;
  }

  private int[] read(EpisodicMemory blocks, long id, MemorySegment key, Cleanup cleanup) {
    try (Arena arena = Arena.ofConfined()) {
      int count = blocks.latentCount(id);
      MemorySegment latents = arena.allocate(count * blocks.shape().latentBytes(), 64);
      blocks.readWithKey(id, key, latents);
      TokenCodec.unshrink(latents);
      return cleanup.decode(latents, count).tokens();
    }
  }

  private List<Read> nextLevel(List<Read> level, MemorySegment key) {
    List<Read> next = new ArrayList<>();
    for (int from = 0; from < level.size(); from += EPISODE) {
      List<Read> group = level.subList(from, Math.min(level.size(), from + EPISODE)).stream()
          .filter(read -> read.tokens.length > 0).toList();
      if (!group.isEmpty()) {
        next.add(readGroup(group, key));
      }
    }
    return next;
  }

  private Read readGroup(List<Read> group, MemorySegment key) {
    try (EpisodicMemory block = EpisodicMemory.open(
            memory.memory(Keys.LEXICAL).orElseThrow().shape().grouped(0));
        Arena arena = Arena.ofConfined()) {
      int longest = 0;
      for (int i = 0; i < group.size(); i++) {
        int[] tokens = group.get(i).tokens;
        TokenCodec.Role[] roles = new TokenCodec.Role[tokens.length];
        Arrays.fill(roles, TokenCodec.Role.PLAIN);
        float[] latents = TokenCodec.encode(memory.codes(), tokens, roles);
        float[] own = PassageMemory.unit(memory.lexical().encode(
            memory.lexical().features(memory.text(tokens)), Feature::weight), tokens[0]);
        block.write(i, arena.allocateFrom(JAVA_FLOAT, own),
            arena.allocateFrom(JAVA_FLOAT, latents), TokenCodec.latentCount(tokens.length));
        longest = tokens.length > group.get(longest).tokens.length ? i : longest;
      }
      int[] vocabulary = group.stream().flatMapToInt(read -> Arrays.stream(read.tokens)).sorted()
          .distinct().toArray();
      return new Read(group.getFirst().episode,
          read(block, longest, key, new Cleanup(memory.codes(), vocabulary)));
    }
  }

  private Found found(Read read) {
    return new Found(read.episode, 0, memory.held().get(read.episode).excerpt(),
        memory.text(read.tokens), read.tokens, 0, 0, 0, 0);
  }
}
