package io.larimar.engine;

import io.larimar.bindings.Vocabulary;
import io.larimar.codec.TokenCodec;
import io.larimar.codec.TokenCodec.Role;
import io.larimar.decoder.Decoder;
import io.larimar.encoder.AddressEncoder;
import io.larimar.memory.EpisodicMemory;
import io.larimar.memory.MemoryShape;
import io.larimar.memory.Precision;
import io.larimar.scope.RelationSpace;
import io.larimar.scope.ScopeDecision;
import io.larimar.scope.ScopeDetector;
import io.larimar.scope.ScopeParameters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
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

  private final Decoder decoder;
  private final AddressEncoder encoder;
  private final TokenCodec codec;
  private final EpisodicMemory memory;
  private final ScopeDetector scope;
  private final PassageScope passageScope;
  private final Map<Long, int[]> tokensOf = new HashMap<>();
  private final Set<Long> passages = new HashSet<>();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  /**
   * What the memory needs of a fact, made once by {@link #derive} and kept in the ledger.
   *
   * @param address w, K floats, unit norm
   * @param tokens the fact's token ids
   * @param roles which of them name the subject or the target
   * @param relation what the scope detector compares prompts with; empty where it was not kept
   */
  public record Derived(
      float[] address, int[] tokens, Role[] roles, Optional<float[]> relation) {}

  /**
   * One fact read back from the memory.
   *
   * @param id the fact
   * @param tokens its tokens after clean-up
   * @param margin the smallest clean-up margin over its tokens, a confidence in [0, 2]
   */
  public record ReadOut(long id, int[] tokens, double margin) {}

  /**
   * What a prompt brings back.
   *
   * @param scope the scope detector's decision, with its reason
   * @param readOuts the facts in scope, best first; none out of scope
   * @param scopeNanos time of the decision, encoding included
   * @param readNanos time of the memory's read and the codec's clean-up
   */
  public record Recall(
      ScopeDecision scope, List<ReadOut> readOuts, long scopeNanos, long readNanos) {
    public Recall {
      readOuts = List.copyOf(readOuts);
    }
  }

  /**
   * An empty memory for a decoder's vocabulary; both arguments are borrowed.
   *
   * @param parameters the scope detector's thresholds
   */
  public FactMemory(Decoder decoder, AddressEncoder encoder, ScopeParameters parameters) {
    this.decoder = decoder;
    this.encoder = encoder;
    this.codec = new TokenCodec(decoder.embeddings());
    this.memory =
        EpisodicMemory.open(MemoryShape.of(encoder.width(), TokenCodec.LATENT_WIDTH)
            .stored(Precision.NIBBLE, Precision.NIBBLE));
    this.scope = new ScopeDetector(encoder, RelationSpace.shipped(), parameters);
    this.passageScope = new PassageScope(encoder.weights());
  }

  /**
   * Encodes facts; the costly part of a write, done before any lock is taken. Two runs of a sentence
   * encoder a fact, three for a thing, side by side where it has two threads; one where the relation
   * was met before, and for a passage.
   */
  public List<Derived> derive(List<Fact> facts) {
    int width = encoder.width();
    List<Fact> told = facts.stream().filter(fact -> !fact.isPassage()).toList();
    CompletableFuture<List<float[]>> relations =
        CompletableFuture.supplyAsync(() -> scope.encode(told), Thread::startVirtualThread);
    List<Derived> derived = new ArrayList<>(facts.size());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment addresses = arena.allocate(4L * width * facts.size(), 64);
      encoder.encodeAll(facts.stream().map(FactMemory::addressText).toList(), addresses);
      Iterator<float[]> relation = relations.join().iterator();
      for (int i = 0; i < facts.size(); i++) {
        float[] address = addresses.asSlice(4L * width * i, 4L * width)
            .toArray(ValueLayout.JAVA_FLOAT);
        derived.add(tokenise(facts.get(i), address,
            facts.get(i).isPassage() ? Optional.empty() : Optional.of(relation.next())));
      }
    }
    return derived;
  }

  /** The same fact's parts with this vocabulary's tokens, for a store made with another model. */
  public Derived tokenise(Fact fact, float[] address, Optional<float[]> relation) {
    int[] tokens = decoder.vocabulary().tokenize(sentence(fact.text()), false, false);
    int most = EpisodicMemory.MAX_CHAIN * TokenCodec.POSITIONS;
    if (tokens.length > most) {
      throw new IllegalArgumentException("fact takes " + tokens.length + " tokens, at most " + most
          + ": use `read` for long texts");
    }
    return new Derived(address, tokens, roles(fact, tokens), relation);
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
    List<Integer> told =
        IntStream.range(0, facts.size()).filter(i -> !facts.get(i).isPassage()).boxed().toList();
    List<Fact> toldFacts = told.stream().map(facts::get).toList();
    List<float[]> relations = relations(toldFacts, told.stream().map(derived::get).toList());
    lock.writeLock().lock();
    try (Arena arena = Arena.ofConfined()) {
      scope.addAll(told.stream().map(ids::get).toList(), toldFacts, relations);
      MemorySegment address = arena.allocate(4L * encoder.width(), 64);
      for (int i = 0; i < ids.size(); i++) {
        Derived parts = derived.get(i);
        store(memory, codec, ids.get(i), parts, address);
        tokensOf.put(ids.get(i), parts.tokens());
        if (facts.get(i).isPassage()) {
          passages.add(ids.get(i));
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private List<float[]> relations(List<Fact> facts, List<Derived> derived) {
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

  /** Forgets a fact; false if it is not there. */
  public boolean forget(long id) {
    lock.writeLock().lock();
    try {
      int[] tokens = tokensOf.remove(id);
      if (tokens == null) {
        return false;
      }
      memory.forget(id);
      scope.remove(id);
      passages.remove(id);
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
    lock.readLock().lock();
    try {
      long start = System.nanoTime();
      ScopeDecision told = scope.decide(prompt);
      ScopeDecision decision = told.inScope() ? told : passage(prompt).orElse(told);
      long decided = System.nanoTime();
      List<ReadOut> readOuts = new ArrayList<>();
      if (decision.inScope()) {
        readOuts.add(read(decision.factId()));
        decision.further().forEach(id -> readOuts.add(read(id)));
      }
      return new Recall(decision, readOuts, decided - start, System.nanoTime() - decided);
    } finally {
      lock.readLock().unlock();
    }
  }

  private Optional<ScopeDecision> passage(String prompt) {
    if (passages.isEmpty() || prompt.isBlank()) {
      return Optional.empty();
    }
    List<PassageScope.Candidate> near = new ArrayList<>();
    search(prompt, PassageScope.CANDIDATES, (id, cosine) -> {
      if (passages.contains(id)) {
        near.add(new PassageScope.Candidate(
            id, cosine, decoder.vocabulary().detokenize(tokensOf.get(id))));
      }
    });
    return passageScope.decide(prompt, near);
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
      return new ReadOut(id, decoded.tokens(), decoded.margin());
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * A fact by its key.
   *
   * @param id the fact
   * @param similarity the cosine of its key and the text's
   */
  public record Match(long id, float similarity) {}

  /** The facts whose keys are nearest to a text's, best first; no scope decision. */
  public List<Match> matches(String text, int limit) {
    List<Match> nearest = new ArrayList<>();
    search(text, limit, (id, similarity) -> nearest.add(new Match(id, similarity)));
    return nearest;
  }

  /** Ids of the facts whose keys are nearest to a text's, best first; no scope decision. */
  public List<Long> nearest(String text, int limit) {
    List<Long> nearest = new ArrayList<>();
    search(text, limit, (id, similarity) -> nearest.add(id));
    return nearest;
  }

  /** How similar the nearest keys are to a text's (cosine), best first; no scope decision. */
  public List<Float> similarities(String text, int limit) {
    List<Float> nearest = new ArrayList<>();
    search(text, limit, (id, similarity) -> nearest.add(similarity));
    return nearest;
  }

  private void search(String text, int limit, BiConsumer<Long, Float> visitor) {
    lock.readLock().lock();
    try (Arena arena = Arena.ofConfined()) {
      if (memory.factCount() == 0) {
        return;
      }
      MemorySegment address = arena.allocate(4L * encoder.width(), 64);
      encoder.encode(text, address);
      long[] ids = new long[limit];
      float[] similarities = new float[limit];
      int found = memory.nearest(address, limit, ids, similarities);
      for (int i = 0; i < found; i++) {
        visitor.accept(ids[i], similarities[i]);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * SHA-256 of a memory that is built anew from facts and nothing else: what this memory's state
   * must equal if these are the facts that live. Cost O(N), no run of an encoder or of the model.
   */
  byte[] stateHashOf(List<Long> ids, List<Derived> derived) {
    try (EpisodicMemory fresh = EpisodicMemory.open(memory.shape());
        Arena arena = Arena.ofConfined()) {
      TokenCodec freshCodec = new TokenCodec(decoder.embeddings());
      MemorySegment address = arena.allocate(4L * encoder.width(), 64);
      for (int i = 0; i < ids.size(); i++) {
        store(fresh, freshCodec, ids.get(i), derived.get(i), address);
      }
      return fresh.stateHash();
    }
  }

  private static void store(EpisodicMemory memory, TokenCodec codec, long id, Derived derived,
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
    lock.readLock().lock();
    try {
      return memory.stateHash();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** SHA-256 of the block that holds a fact, or would hold it. */
  byte[] blockHash(long id) {
    lock.readLock().lock();
    try {
      return memory.blockHash(id);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Facts in memory. */
  public int size() {
    return memory.factCount();
  }

  /** Blocks of the memory. */
  public int blocks() {
    return memory.blockCount();
  }

  /** Bytes that the memory holds off the heap. */
  public long sizeBytes() {
    return memory.sizeBytes();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      memory.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
