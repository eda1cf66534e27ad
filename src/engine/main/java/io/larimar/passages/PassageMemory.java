package io.larimar.passages;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.larimar.codec.Cleanup;
import io.larimar.codec.TokenCodec;
import io.larimar.codec.TokenCodes;
import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.Feature;
import io.larimar.encoder.LexicalEncoder;
import io.larimar.engine.Excerpt;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The passages of documents: a hierarchical memory of any length. An episode of up to 32 successive
 * passages lies in one least-squares block; a summary of its words says whether a search need look
 * into it. Episodes by words and episodes by sentence embedding have memories of their own.
 *
 * <p>A function of the episodes in it alone, as {@link EpisodicMemory} is. Not thread-safe but for
 * {@link #derive} and {@link #complete}: the owner lets one write at a time and no read beside it.
 */
public final class PassageMemory implements AutoCloseable {
  /** K of episodes that are found by words. */
  public static final int LEXICAL_WIDTH = 256;

  /** The most tokens of one passage. */
  public static final int MAX_TOKENS = EpisodicMemory.MAX_CHAIN * TokenCodec.POSITIONS;

  private static final int GROUP_BITS = 5; // an id's low bits: 32 passages an episode

  /** An episode in memory: what of it is not in the blocks. */
  record Held(Excerpt excerpt, TermSummary terms, int[] vocabulary) {
    int passages() {
      return excerpt.spans().size();
    }
  }

  private final TokenCodes codes;
  private final AddressEncoder encoder;
  private final LexicalEncoder lexical;
  private final Function<int[], String> detokenizer;
  private final Map<Keys, EpisodicMemory> memories = new EnumMap<>(Keys.class);
  private final Map<Long, Held> episodes = new TreeMap<>();
  private Optional<byte[]> stateHash = Optional.empty();
  private int passages;

  /**
   * An empty memory; the arguments are borrowed.
   *
   * @param detokenizer the text of tokens
   */
  public PassageMemory(
      TokenCodes codes, AddressEncoder encoder, Function<int[], String> detokenizer) {
    this.codes = codes;
    this.encoder = encoder;
    this.lexical = new LexicalEncoder(LEXICAL_WIDTH, encoder.weights());
    this.detokenizer = detokenizer;
  }

  /**
   * Makes an episode's keys and summary. A run of the sentence encoder for each passage where the
   * excerpt's keys are {@link Keys#SENTENCE}, else none.
   *
   * @param texts the passages
   * @param tokens of each; at least one, at most {@link #MAX_TOKENS}
   */
  public Episode derive(Excerpt excerpt, List<String> texts, int[][] tokens) {
    Optional<float[][]> addresses = Optional.empty();
    if (excerpt.keys() == Keys.SENTENCE) {
      addresses = Optional.of(halves(addresses(texts)));
    }
    return complete(excerpt, texts, tokens, addresses);
  }

  /** The same with addresses that were kept; none where the episode is found by words. */
  public Episode complete(
      Excerpt excerpt, List<String> texts, int[][] tokens, Optional<float[][]> addresses) {
    List<List<Feature>> all = new ArrayList<>();
    float[][] keys = new float[texts.size()][];
    for (int i = 0; i < keys.length; i++) {
      List<Feature> features = lexical.features(texts.get(i));
      all.add(features);
      keys[i] = addresses.isPresent() ? addresses.get()[i]
          : unit(lexical.encode(features, Feature::weight), tokens[i][0]);
    }
    return new Episode(excerpt, tokens, keys, new TermSummary(all));
  }

  /** The values that half floats keep: what a replay from the ledger finds. */
  private static float[][] halves(float[][] rows) {
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = Float.float16ToFloat(Float.floatToFloat16(row[i]));
      }
    }
    return rows;
  }

  /** The key itself; for a passage without a word a unit vector after its first token. */
  static float[] unit(float[] key, int token) {
    for (float x : key) {
      if (x != 0) {
        return key;
      }
    }
    key[Math.floorMod(token, key.length)] = 1;
    return key;
  }

  float[][] addresses(List<String> texts) {
    int width = encoder.width();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(4L * width * texts.size(), 64);
      encoder.encodeAll(texts, rows);
      float[][] addresses = new float[texts.size()][];
      for (int i = 0; i < addresses.length; i++) {
        addresses[i] = rows.asSlice(4L * width * i, 4L * width).toArray(JAVA_FLOAT);
      }
      return addresses;
    }
  }

  /**
   * Writes an episode.
   *
   * @param id not in memory yet
   */
  public void write(long id, Episode episode) {
    stateHash = Optional.empty();
    EpisodicMemory memory = memories.computeIfAbsent(episode.excerpt().keys(), this::open);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(memory.shape().keyBytes(), 64);
      int longest = 1;
      for (int[] tokens : episode.tokens()) {
        longest = Math.max(longest, TokenCodec.latentCount(tokens.length));
      }
      MemorySegment room = arena.allocate(longest * memory.shape().latentBytes(), 64);
      for (int i = 0; i < episode.tokens().length; i++) {
        int[] tokens = episode.tokens()[i];
        float[] latents = TokenCodec.encode(codes, tokens, plain(tokens.length));
        MemorySegment chain = room.asSlice(0, 4L * latents.length);
        MemorySegment.copy(latents, 0, chain, JAVA_FLOAT, 0, latents.length);
        MemorySegment.copy(episode.keys()[i], 0, key, JAVA_FLOAT, 0, episode.keys()[i].length);
        memory.write(id << GROUP_BITS | i, key, chain, TokenCodec.latentCount(tokens.length));
      }
    }
    int[] vocabulary =
        Arrays.stream(episode.tokens()).flatMapToInt(Arrays::stream).sorted().distinct().toArray();
    episodes.put(id, new Held(episode.excerpt(), episode.terms(), vocabulary));
    passages += episode.tokens().length;
  }

  private static TokenCodec.Role[] plain(int count) {
    TokenCodec.Role[] roles = new TokenCodec.Role[count];
    Arrays.fill(roles, TokenCodec.Role.PLAIN);
    return roles;
  }

  private EpisodicMemory open(Keys keys) {
    return EpisodicMemory.open(shape(keys));
  }

  private MemoryShape shape(Keys keys) {
    int width = keys == Keys.LEXICAL ? LEXICAL_WIDTH : encoder.width();
    return MemoryShape.of(width, TokenCodec.LATENT_WIDTH)
        .stored(Precision.BYTE, Precision.NIBBLE).grouped(GROUP_BITS);
  }

  /** Forgets an episode; false if it is not there. */
  public boolean forget(long id) {
    Held held = episodes.remove(id);
    if (held == null) {
      return false;
    }
    stateHash = Optional.empty();
    EpisodicMemory memory = memories.get(held.excerpt.keys());
    for (int i = 0; i < held.passages(); i++) {
      memory.forget(id << GROUP_BITS | i);
    }
    held.terms.erase();
    Arrays.fill(held.vocabulary, 0);
    passages -= held.passages();
    return true;
  }

  /** Whether the episode is in memory. */
  public boolean contains(long id) {
    return episodes.containsKey(id);
  }

  /** Episodes in memory. */
  public int episodes() {
    return episodes.size();
  }

  /** Passages in memory. */
  public int passages() {
    return passages;
  }

  /** Blocks of the memory, empty ones included. */
  public int blocks() {
    return memories.values().stream().mapToInt(EpisodicMemory::blockCount).sum();
  }

  /** Bytes held off the heap. */
  public long sizeBytes() {
    return memories.values().stream().mapToLong(EpisodicMemory::sizeBytes).sum();
  }

  /** SHA-256 over the canonical bytes of the episodes; kept until the next change. */
  public byte[] stateHash() {
    if (stateHash.isEmpty()) {
      MessageDigest digest = sha256();
      memories.forEach((keys, memory) -> {
        if (memory.factCount() > 0) {
          digest.update((byte) keys.ordinal());
          digest.update(memory.stateHash());
        }
      });
      stateHash = Optional.of(digest.digest());
    }
    return stateHash.get().clone();
  }

  /** SHA-256 of the block of an episode that is in memory. */
  public byte[] blockHash(long id) {
    return memories.get(episodes.get(id).excerpt.keys()).blockHash(id << GROUP_BITS);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * Searches for the passages that a question asks for, best first: most of the question's rare words
   * in it, address nearest; among equals the one read last.
   *
   * @param limit the most to return
   */
  public List<Found> search(String question, Strategy strategy, int limit) {
    return search(question, strategy, limit, 0);
  }

  /**
   * The same among the passages that have so much of the question. A question of which none has it
   * costs no run of the encoder.
   *
   * @param leastCoverage from 0 to 1
   */
  public List<Found> search(
      String question, Strategy strategy, int limit, double leastCoverage) {
    if (question.isBlank() || limit < 1) {
      throw new IllegalArgumentException("a search takes a question and a limit of at least 1:"
          + " limit=" + limit);
    }
    return episodes.isEmpty() ? List.of()
        : new PassageSearch(this, question, leastCoverage).run(strategy, limit);
  }

  Map<Long, Held> held() {
    return episodes;
  }

  Collection<TermSummary> summaries() {
    return episodes.values().stream().map(Held::terms).toList();
  }

  Optional<EpisodicMemory> memory(Keys keys) {
    return Optional.ofNullable(memories.get(keys));
  }

  LexicalEncoder lexical() {
    return lexical;
  }

  AddressEncoder encoder() {
    return encoder;
  }

  TokenCodes codes() {
    return codes;
  }

  String text(int[] tokens) {
    return detokenizer.apply(tokens).strip();
  }

  static long episode(long passage) {
    return passage >>> GROUP_BITS;
  }

  static int index(long passage) {
    return (int) passage & Excerpt.MAX_PASSAGES - 1;
  }

  static long passage(long episode) {
    return episode << GROUP_BITS;
  }

  /** Clean-up against the tokens of one episode. */
  Cleanup cleanup(Held held) {
    return new Cleanup(codes, held.vocabulary);
  }

  @Override
  public void close() {
    memories.values().forEach(EpisodicMemory::close);
    memories.clear();
    episodes.clear();
  }
}
