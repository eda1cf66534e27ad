package io.larimar.engine;

import io.larimar.bindings.Vocabulary;
import io.larimar.codec.TokenCodec;
import io.larimar.codec.TokenCodec.Role;
import io.larimar.codec.TokenCodes;
import io.larimar.decoder.Decoder;
import io.larimar.encoder.AddressEncoder;
import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import io.larimar.passages.Episode;
import io.larimar.passages.Found;
import io.larimar.passages.PassageMemory;
import io.larimar.passages.Strategy;
import io.larimar.scope.RelationSpace;
import io.larimar.scope.ScopeDecision;
import io.larimar.scope.ScopeDetector;
import io.larimar.scope.ScopeParameters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Facts in, read-outs out: encoder, codec, memory and scope detector together, with no durability
 * of its own (the {@link Larimar} engine puts the ledger in front).
 *
 * <p>Thread-safe: writes exclude each other and reads.
 */
public final class FactMemory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FactMemory.class);

  private static final int[] NO_ANSWER = {};

  private final Decoder decoder;
  private final AddressEncoder encoder;
  private final TokenCodec codec;
  private final EpisodicMemory memory;
  private final ScopeDetector scope;
  private final TokenCodes codes;
  private final PassageMemory passages;
  private final Map<Long, int[]> tokensOf = new HashMap<>();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  /** What the memory needs of a fact, made once by {@link #derive} and kept in the ledger. */
  public sealed interface Derived permits Told, Excerpted {}

  /**
   * Of a fact that was told.
   *
   * @param address w, K floats, unit norm
   * @param tokens the fact's token ids
   * @param roles which of them name the subject or the target
   * @param relation what the scope detector compares prompts with; empty where it was not kept
   */
  public record Told(
      float[] address, int[] tokens, Role[] roles, Optional<float[]> relation)
      implements Derived {}

  /** Of an episode of a document. */
  public record Excerpted(Episode episode) implements Derived {}

  /**
   * One fact read back from the memory.
   *
   * @param id the fact
   * @param tokens its tokens after clean-up
   * @param answer those of them that are its target, the space before it included where that is a
   *     token of its own (" 38" of Gemma's); none where it has no target of its own
   * @param margin the smallest clean-up margin over its tokens, a confidence in [0, 2]
   */
  public record ReadOut(long id, int[] tokens, int[] answer, double margin) {
    @Override
    public boolean equals(Object other) {
      return other instanceof ReadOut that && id == that.id && margin == that.margin
          && Arrays.equals(tokens, that.tokens) && Arrays.equals(answer, that.answer);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(id) + 31 * Arrays.hashCode(tokens);
    }
  }

  /**
   * What a prompt brings back.
   *
   * @param scope the scope detector's decision, with its reason
   * @param readOuts the facts in scope, in the order of the soft prefix; none out of scope
   * @param passages the same with their places, best first, where they stand in documents
   * @param scopeNanos time of the decision, encoding included
   * @param readNanos time of the memory's read and the codec's clean-up
   */
  public record Recall(
      ScopeDecision scope, List<ReadOut> readOuts, List<Found> passages, long scopeNanos,
      long readNanos) {
    public Recall {
      readOuts = List.copyOf(readOuts);
      passages = List.copyOf(passages);
    }
  }

  /**
   * An empty memory for a decoder's vocabulary; the arguments are borrowed.
   *
   * @param codes of the decoder's token embeddings
   * @param parameters the scope detector's thresholds
   */
  public FactMemory(Decoder decoder, TokenCodes codes, AddressEncoder encoder,
      ScopeParameters parameters) {
    this.decoder = decoder;
    this.codes = codes;
    this.encoder = encoder;
    this.codec = new TokenCodec(codes);
    this.memory = EpisodicMemory.open(shape());
    this.scope = new ScopeDetector(encoder, RelationSpace.shipped(), parameters);
    this.passages = emptyPassages();
  }

  private MemoryShape shape() {
    return MemoryShape.of(encoder.width(), TokenCodec.LATENT_WIDTH)
        .stored(Precision.NIBBLE, Precision.NIBBLE);
  }

  private PassageMemory emptyPassages() {
    return new PassageMemory(codes, encoder, decoder.vocabulary()::detokenize);
  }

  /**
   * Encodes facts; the costly part of a write, done before any lock is taken. Two runs of a sentence
   * encoder a fact, three for a thing, side by side where it has two threads; one where the relation
   * was met before; of an episode one a passage, or none where it is found by words.
   */
  public List<Derived> derive(List<Fact> facts) {
    Iterator<Derived> told =
        deriveTold(facts.stream().filter(fact -> fact.excerpt().isEmpty()).toList()).iterator();
    Iterator<Derived> excerpts = facts.parallelStream().filter(fact -> fact.excerpt().isPresent())
        .map(this::deriveExcerpt).toList().iterator();
    return facts.stream()
        .map(fact -> fact.excerpt().isPresent() ? excerpts.next() : told.next()).toList();
  }

  private List<Derived> deriveTold(List<Fact> facts) {
    int width = encoder.width();
    CompletableFuture<List<float[]>> relations =
        CompletableFuture.supplyAsync(() -> scope.encode(facts), Thread::startVirtualThread);
    List<Derived> derived = new ArrayList<>(facts.size());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment addresses = arena.allocate(Math.max(64, 4L * width * facts.size()), 64)
          .asSlice(0, 4L * width * facts.size());
      encoder.encodeAll(facts.stream().map(FactMemory::addressText).toList(), addresses);
      Iterator<float[]> relation = relations.join().iterator();
      for (int i = 0; i < facts.size(); i++) {
        float[] address = addresses.asSlice(4L * width * i, 4L * width)
            .toArray(ValueLayout.JAVA_FLOAT);
        derived.add(tokenise(facts.get(i), address, Optional.of(relation.next())));
      }
    }
    return derived;
  }

  private Derived deriveExcerpt(Fact fact) {
    List<String> texts = fact.passages();
    return new Excerpted(
        passages.derive(fact.excerpt().orElseThrow(), texts, tokensOf(texts)));
  }

  /** The parts of an episode whose addresses were kept, for a store made with another model too. */
  Derived complete(Fact fact, Optional<int[][]> tokens, Optional<float[][]> addresses) {
    List<String> texts = fact.passages();
    return new Excerpted(passages.complete(fact.excerpt().orElseThrow(), texts,
        tokens.orElseGet(() -> tokensOf(texts)), addresses));
  }

  private int[][] tokensOf(List<String> texts) {
    return texts.stream().map(text -> tokens(text, PassageMemory.MAX_TOKENS))
        .toArray(int[][]::new);
  }

  private int[] tokens(String text, int most) {
    int[] tokens = decoder.vocabulary().tokenize(sentence(text), false, false);
    if (tokens.length > most) {
      throw new IllegalArgumentException("fact takes " + tokens.length + " tokens, at most " + most
          + ": use `read` for long texts");
    }
    return tokens;
  }

  /** The same fact's parts with this vocabulary's tokens, for a store made with another model. */
  public Told tokenise(Fact fact, float[] address, Optional<float[]> relation) {
    int[] tokens = tokens(fact.text(), EpisodicMemory.MAX_CHAIN * TokenCodec.POSITIONS);
    return new Told(address, tokens, roles(fact, tokens), relation);
  }

  /** What a fact is found by: its prompt where there is one, as queries look like prompts. */
  private static String addressText(Fact fact) {
    return fact.prompt().orElse(fact.text());
  }

  /** The statement with the full stop that its script wants; the frame was learned with one. */
  private static String sentence(String text) {
    int last = text.codePointBefore(text.length());
    if (!Character.isLetterOrDigit(last)) {
      return text;
    }
    return text + switch (Character.UnicodeScript.of(last)) {
      case HAN, HIRAGANA, KATAKANA -> "。";
      default -> ".";
    };
  }

  private Role[] roles(Fact fact, int[] tokens) {
    Vocabulary vocabulary = decoder.vocabulary();
    byte[] text = sentence(fact.text()).getBytes(StandardCharsets.UTF_8);
    boolean[] subject = mark(text, fact.subject().orElse(""), false);
    boolean[] target = mark(text, fact.target().orElse(""), true);
    Role[] roles = new Role[tokens.length];
    int at = 0;
    for (int i = 0; i < tokens.length; i++) {
      int length = vocabulary.piece(tokens[i]).length;
      int middle = Math.min(text.length - 1, at + length / 2);
      roles[i] = target[middle] ? Role.TARGET : subject[middle] ? Role.SUBJECT : Role.PLAIN;
      at += length;
    }
    return roles;
  }

  /** The bytes of a text where a part stands: its first place, or its last. */
  private static boolean[] mark(byte[] text, String part, boolean last) {
    boolean[] marked = new boolean[text.length];
    String latin = new String(text, StandardCharsets.ISO_8859_1);
    String bytes = new String(part.getBytes(StandardCharsets.UTF_8),
        StandardCharsets.ISO_8859_1);
    int at = part.isEmpty() ? -1 : last ? latin.lastIndexOf(bytes) : latin.indexOf(bytes);
    for (int i = 0; at >= 0 && i < bytes.length(); i++) {
      marked[at + i] = true;
    }
    return marked;
  }

  /** Writes one fact under a new id. */
  public void write(long id, Fact fact, Derived derived) {
    writeAll(List.of(id), List.of(fact), List.of(derived));
  }

  /**
   * Writes facts under new ids; the lists are of one length. Relations that were not kept are encoded
   * anew first.
   */
  public void writeAll(List<Long> ids, List<Fact> facts, List<Derived> derived) {
    List<Long> toldIds = new ArrayList<>();
    List<Fact> toldFacts = new ArrayList<>();
    List<Told> told = new ArrayList<>();
    for (int i = 0; i < derived.size(); i++) {
      if (derived.get(i) instanceof Told parts) {
        toldIds.add(ids.get(i));
        toldFacts.add(facts.get(i));
        told.add(parts);
      }
    }
    List<float[]> relations = relations(toldFacts, told);
    lock.writeLock().lock();
    try (Arena arena = Arena.ofConfined()) {
      scope.addAll(toldIds, toldFacts, relations);
      MemorySegment address = arena.allocate(4L * encoder.width(), 64);
      for (int i = 0; i < told.size(); i++) {
        store(memory, codec, toldIds.get(i), told.get(i), address);
        tokensOf.put(toldIds.get(i), told.get(i).tokens());
      }
      for (int i = 0; i < derived.size(); i++) {
        if (derived.get(i) instanceof Excerpted parts) {
          passages.write(ids.get(i), parts.episode());
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private List<float[]> relations(List<Fact> facts, List<Told> derived) {
    List<Fact> without = IntStream.range(0, facts.size())
        .filter(i -> derived.get(i).relation().isEmpty()).mapToObj(facts::get).toList();
    if (!without.isEmpty()) {
      LOG.warn("{} of {} facts come without a relation of this release's encoding (another release"
          + " wrote them): encoded anew; export and import the store to keep them",
          without.size(), facts.size());
    }
    Iterator<float[]> anew = scope.encode(without).iterator();
    return derived.stream().map(d -> d.relation().orElseGet(anew::next)).toList();
  }

  /** Told facts that are written until {@link #settle} are only made fast to read by it. */
  void postpone() {
    memory.postpone();
  }

  /** See {@link EpisodicMemory#settle}; beside reads and writes. */
  void settle() {
    memory.settle();
  }

  /** Forgets a fact; false if it is not there. */
  public boolean forget(long id) {
    lock.writeLock().lock();
    try {
      int[] tokens = tokensOf.remove(id);
      if (tokens == null) {
        return passages.forget(id);
      }
      memory.forget(id);
      scope.remove(id);
      codec.release(tokens);
      Arrays.fill(tokens, 0);
      return true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Reads what a prompt asks for: decides the scope, then reads with the stored keys. Facts come first;
   * where none is asked for, the passages of documents are searched.
   */
  public Recall recall(String prompt) {
    return recall(prompt, ReadingOptions.defaults());
  }

  /** The same, taking from documents what the options say. */
  public Recall recall(String prompt, ReadingOptions reading) {
    lock.readLock().lock();
    try {
      long start = System.nanoTime();
      ScopeDecision told = scope.decide(prompt);
      if (told.inScope()) {
        long decided = System.nanoTime();
        List<ReadOut> readOuts = new ArrayList<>(List.of(read(told.factId())));
        told.further().forEach(id -> readOuts.add(read(id)));
        return new Recall(
            told, readOuts, List.of(), decided - start, System.nanoTime() - decided);
      }
      List<Found> found = prompt.isBlank() ? List.of()
          : PassageScope.inScope(passages.search(prompt, reading.strategy(),
              reading.passages(), PassageScope.COVERAGE), reading);
      List<Found> prefix = reading.bestLast() ? found.reversed() : found;
      return new Recall(PassageScope.decision(found).orElse(told),
          prefix.stream().map(f -> new ReadOut(f.episode(), f.tokens(), NO_ANSWER, f.margin())).toList(),
          found, System.nanoTime() - start, 0);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Searches the passages of documents, best first; no scope decision. */
  public List<Found> search(String question, Strategy strategy, int limit) {
    lock.readLock().lock();
    try {
      return passages.search(question, strategy, limit);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Reads one fact by its own key, whatever the scope; the gate held open. */
  public ReadOut read(long id) {
    lock.readLock().lock();
    try (Arena arena = Arena.ofConfined()) {
      int count = memory.latentCount(id);
      if (count == 0) {
        throw new IllegalArgumentException("no fact " + id + " in memory");
      }
      MemorySegment latents = arena.allocate(4L * TokenCodec.LATENT_WIDTH * count, 64);
      memory.read(id, latents);
      TokenCodec.Decoded decoded;
      synchronized (codec) {
        decoded = codec.decode(latents, count);
      }
      int[] answer = IntStream.range(0, decoded.tokens().length)
          .filter(i -> decoded.roles()[i] == Role.TARGET || spaceBeforeTarget(decoded, i))
          .map(i -> decoded.tokens()[i]).toArray();
      return new ReadOut(id, decoded.tokens(), answer, decoded.margin());
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Whether a token is nothing but the space before the target. */
  private boolean spaceBeforeTarget(TokenCodec.Decoded decoded, int i) {
    return i + 1 < decoded.tokens().length && decoded.roles()[i] != Role.TARGET
        && decoded.roles()[i + 1] == Role.TARGET
        && decoder.vocabulary().text(decoded.tokens()[i]).equals(" ");
  }

  /**
   * A fact by its key.
   *
   * @param id the fact
   * @param similarity the cosine of its key and the text's
   */
  public record Match(long id, float similarity) {}

  /** The told facts whose keys are nearest to a text's, best first; no scope decision. */
  public List<Match> matches(String text, int limit) {
    lock.readLock().lock();
    try (Arena arena = Arena.ofConfined()) {
      if (memory.factCount() == 0) {
        return List.of();
      }
      MemorySegment address = arena.allocate(4L * encoder.width(), 64);
      encoder.encode(text, address);
      long[] ids = new long[limit];
      float[] similarities = new float[limit];
      int found = memory.nearest(address, limit, ids, similarities);
      return IntStream.range(0, found).mapToObj(i -> new Match(ids[i], similarities[i])).toList();
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * A memory that is built anew from facts and nothing else: what this memory's state must equal if
   * these are the facts that live. Cost O(N), no run of an encoder or of the model.
   */
  final class Rebuilt implements AutoCloseable {
    private final EpisodicMemory fresh = EpisodicMemory.open(shape());
    private final TokenCodec freshCodec = new TokenCodec(codes);
    private final PassageMemory freshPassages = emptyPassages();

    void add(long id, Derived derived) {
      switch (derived) {
        case Excerpted excerpted -> freshPassages.write(id, excerpted.episode());
        case Told told -> {
          try (Arena arena = Arena.ofConfined()) {
            store(fresh, freshCodec, id, told, arena.allocate(4L * encoder.width(), 64));
          }
        }
      }
    }

    byte[] stateHash() {
      return hashOf(fresh, freshPassages);
    }

    @Override
    public void close() {
      fresh.close();
      freshPassages.close();
    }
  }

  Rebuilt rebuilt() {
    return new Rebuilt();
  }

  /** The hash of the facts alone where no document was read, else of both. */
  private static byte[] hashOf(EpisodicMemory facts, PassageMemory passages) {
    byte[] told = facts.stateHash();
    if (passages.episodes() == 0) {
      return told;
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(told);
      return digest.digest(passages.stateHash());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static void store(EpisodicMemory memory, TokenCodec codec, long id, Told derived,
      MemorySegment address) {
    MemorySegment.copy(
        derived.address(), 0, address, ValueLayout.JAVA_FLOAT, 0, derived.address().length);
    float[] latents = codec.encode(derived.tokens(), derived.roles());
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment chain = scratch.allocateFrom(ValueLayout.JAVA_FLOAT, latents);
      memory.write(id, address, chain, TokenCodec.latentCount(derived.tokens().length));
    }
  }

  /** SHA-256 over the memory's canonical bytes. */
  public byte[] stateHash() {
    lock.writeLock().lock(); // the passages' hash is kept once computed
    try {
      return hashOf(memory, passages);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** SHA-256 of the block that holds a fact, or would hold it. */
  byte[] blockHash(long id) {
    lock.readLock().lock();
    try {
      return passages.contains(id) ? passages.blockHash(id) : memory.blockHash(id);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Facts in memory, an episode of a document counted as one. */
  public int size() {
    return memory.factCount() + passages.episodes();
  }

  /** Passages of documents in memory. */
  public int passages() {
    return passages.passages();
  }

  /** Blocks of the memory. */
  public int blocks() {
    return memory.blockCount() + passages.blocks();
  }

  /** Bytes that the memory holds off the heap. */
  public long sizeBytes() {
    return memory.sizeBytes() + passages.sizeBytes();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      memory.close();
      passages.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
