package io.larimar.engine;

import io.larimar.bindings.LlamaException;
import io.larimar.codec.TokenCodes;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import io.larimar.encoder.AddressEncoder;
import io.larimar.engine.FactMemory.Derived;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.ledger.AuditRow;
import io.larimar.ledger.Draft;
import io.larimar.ledger.EarlierState;
import io.larimar.ledger.Entry;
import io.larimar.ledger.Ledger;
import io.larimar.ledger.Principal;
import io.larimar.ledger.Receipt;
import io.larimar.ledger.Role;
import io.larimar.ledger.Stats;
import io.larimar.ledger.Tombstone;
import io.larimar.ledger.Undone;
import io.larimar.ledger.Written;
import io.larimar.passages.Found;
import io.larimar.passages.Strategy;
import io.larimar.scope.ScopeDecision;
import io.larimar.text.PassageReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.LoggerFactory;

/**
 * A language model with an episodic memory: teach it a fact in milliseconds, ask in other words,
 * forget the fact.
 *
 * <p>The ledger comes first: a fact is durable before the memory changes, and opening a store
 * replays the ledger into the same memory, byte for byte. Out of scope means untouched: the decoder
 * then gets exactly the base model's input. Thread-safe; mutating calls wait for each other, reads
 * and generations run beside them.
 */
public final class Larimar implements AutoCloseable {
  /** Most facts in one {@link #writeAll}. */
  public static final int MAX_BATCH = 100_000;

  /** Most statements of one {@link #about}. */
  public static final int MAX_STATEMENTS = 32;

  private static final int REPLAY_BATCH = 1_024;
  private static final Duration SETTLE_AFTER = Duration.ofSeconds(2);

  private final LarimarOptions options;
  private final Decoder decoder;
  private final AddressEncoder encoder;
  private final TokenCodes codes;
  private final Ledger ledger;
  private final TenantMemories memories;
  private final FactMemory memory; // of the principal's tenant, and of no other
  private final Conditioner conditioner;
  private final DerivedParts parts;
  private final ReentrantLock writing;

  private Larimar(LarimarOptions options, Ledger ledger, Decoder decoder, AddressEncoder encoder) {
    this.options = options;
    this.ledger = ledger;
    this.decoder = decoder;
    this.encoder = encoder;
    this.codes = decoder.codes();
    this.memories = new TenantMemories(this::emptyMemory);
    this.memory = memories.of(options.principal().tenant());
    this.conditioner = new Conditioner(decoder);
    this.parts = new DerivedParts(decoder.embeddings().fingerprint(), encoder.width());
    this.writing = new ReentrantLock();
  }

  private Larimar(Larimar engine, Principal principal) {
    this.options = engine.options.withPrincipal(principal);
    this.decoder = engine.decoder;
    this.encoder = engine.encoder;
    this.codes = engine.codes;
    this.ledger = engine.ledger;
    this.memories = engine.memories;
    this.memory = memories.of(principal.tenant());
    this.conditioner = engine.conditioner;
    this.parts = engine.parts;
    this.writing = engine.writing;
  }

  /**
   * Opens a model and a store, with the native libraries of {@code LARIMAR_NATIVES} (or the system
   * property {@code larimar.natives}).
   *
   * @param model a GGUF file
   * @param store a directory; made if it is missing
   */
  public static Larimar open(Path model, Path store) {
    String natives = Optional.ofNullable(System.getProperty("larimar.natives"))
        .or(() -> Optional.ofNullable(System.getenv("LARIMAR_NATIVES")))
        .orElseThrow(() -> new LlamaException("dlopen", 0, "where llama.cpp's libraries are is not"
            + " known: set LARIMAR_NATIVES to the folder that `larimar natives` prints"));
    return open(LarimarOptions.of(Path.of(natives), model, store), replayed -> { });
  }

  /**
   * Opens a model and a store and replays the store's ledger into the memory. The model is loaded
   * by a thread of its own while the ledger is opened; where the store is refused, that is told once
   * the model is loaded and closed again.
   *
   * @param progress gets the number of facts replayed so far
   * @throws io.larimar.ledger.StoreException if the store cannot be used
   * @throws LlamaException if the libraries or the model cannot be used
   */
  public static Larimar open(LarimarOptions options, IntConsumer progress) {
    LoggerFactory.getILoggerFactory(); // set up by one thread, before there are two
    CompletableFuture<Decoder> loading = CompletableFuture.supplyAsync(
        () -> Decoder.open(options.natives(), options.model(), options.decoder()),
        load -> Thread.ofPlatform().daemon().name("larimar-model-loading").start(load));
    AutoCloseable[] opened = {() -> closeLoaded(loading), () -> { }, () -> { }};
    try {
      Ledger ledger = Ledger.open(options.store(), options.ledger());
      opened[1] = ledger;
      AddressEncoder encoder = AddressEncoder.open(options.encoder());
      opened[2] = encoder;
      Decoder decoder = loaded(loading);
      decoder.requireFrame();
      Larimar larimar = new Larimar(options, ledger, decoder, encoder);
      larimar.sweep();
      larimar.replay(progress);
      larimar.settleLater();
      return larimar;
    } catch (RuntimeException | Error e) {
      for (int i = opened.length - 1; i >= 0; i--) {
        try {
          opened[i].close();
        } catch (Exception suppressed) {
          e.addSuppressed(suppressed);
        }
      }
      throw e;
    }
  }

  private static Decoder loaded(CompletableFuture<Decoder> loading) {
    try {
      return loading.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw e;
      }
    }
  }

  /** Closes a decoder once it is there; one that could not be loaded has nothing to close. */
  private static void closeLoaded(CompletableFuture<Decoder> loading) {
    loading.handle((decoder, failed) -> Optional.ofNullable(decoder)).join()
        .ifPresent(Decoder::close);
  }

  /**
   * The same engine for another principal: the model and the store are shared, everything else is the
   * tenant's own. Each tenant has a memory, a scope detector and keys of its own, so that nothing that
   * a principal of one tenant does looks at a fact of another. The tenant's first principal waits
   * until its facts are replayed. Closing the engine closes every one of them.
   */
  public Larimar as(Principal principal) {
    writing.lock();
    try {
      requireOpen();
      boolean known = memories.knows(principal.tenant());
      Larimar other = new Larimar(this, principal);
      if (!known) {
        try {
          other.replay(replayed -> { });
          other.settleLater();
        } catch (RuntimeException | Error e) {
          memories.drop(principal.tenant());
          throw e;
        }
      }
      return other;
    } finally {
      writing.unlock();
    }
  }

  /** Who acts. */
  public Principal principal() {
    return options.principal();
  }

  /** The engine itself, which keeps a tenant's memory as the ledger says, whoever asks. */
  private Principal self() {
    return new Principal("engine", options.principal().tenant(), EnumSet.of(Role.READ));
  }

  private void replay(IntConsumer progress) {
    List<Entry> entries = new ArrayList<>();
    int[] replayed = {0};
    memory.postpone();
    ledger.forEachLive(self(), entry -> {
      entries.add(entry);
      entry.expiresAt().ifPresent(memories::expectExpiry);
      if (entries.size() == REPLAY_BATCH) {
        replayed[0] += REPLAY_BATCH;
        remember(entries);
        entries.clear();
        progress.accept(replayed[0]);
      }
    });
    if (!entries.isEmpty()) {
      remember(entries);
      progress.accept(replayed[0] + entries.size());
    }
  }

  /** What a replay has left out is made a little later: first come the start and its requests. */
  private void settleLater() {
    Thread.ofPlatform().daemon().name("larimar-settle").start(() -> {
      try {
        Thread.sleep(SETTLE_AFTER);
        memory.settle();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  private void remember(List<Entry> entries) {
    List<Long> ids = new ArrayList<>(entries.size());
    List<Fact> facts = new ArrayList<>(entries.size());
    List<Derived> derived = entries.parallelStream().map(this::derived).toList();
    for (Entry entry : entries) {
      ids.add(entry.id());
      facts.add(entry.fact());
    }
    memory.writeAll(ids, facts, derived);
  }

  /** Teaches one fact; durable on return. */
  public WriteReceipt write(Fact fact) {
    return writeAll(List.of(fact)).getFirst();
  }

  /**
   * Teaches facts, all or none; durable on return. A fact with the subject and prompt of a live one
   * replaces it: the newest wins, the older stays in the history.
   */
  public List<WriteReceipt> writeAll(List<Fact> facts) {
    if (facts.isEmpty() || facts.size() > MAX_BATCH) {
      throw new IllegalArgumentException(
          "facts must number 1 to " + MAX_BATCH + ": facts=" + facts.size());
    }
    sweepIfDue();
    long start = System.nanoTime();
    List<Derived> derived = memory.derive(facts);
    return commit(facts, derived, System.nanoTime() - start);
  }

  /** Writes facts whose derived parts are there; durable on return. */
  List<WriteReceipt> commit(List<Fact> facts, List<Derived> derived) {
    return commit(facts, derived, 0);
  }

  private List<WriteReceipt> commit(List<Fact> facts, List<Derived> derived, long encodeNanos) {
    long start = System.nanoTime();
    List<Draft> drafts = drafts(facts, derived);
    writing.lock();
    try {
      requireOpen();
      List<Written> written = ledger.appendAll(options.principal(), drafts);
      long durable = System.nanoTime();
      admit(facts, derived, written);
      long remembered = System.nanoTime();
      int n = facts.size();
      return written.stream()
          .map(w -> new WriteReceipt(w.id(), w.superseded(), w.at(), encodeNanos / n,
              (durable - start) / n, (remembered - durable) / n))
          .toList();
    } finally {
      writing.unlock();
    }
  }

  /**
   * Teaches a fact in the place of a live one, whatever the two say: the newer answers, the older stays
   * in the history until one of them is forgotten.
   *
   * @return empty where the older is not live (unknown, forgotten or replaced): nothing is written
   * @throws IllegalArgumentException where another live fact has the new one's subject and prompt
   */
  public Optional<WriteReceipt> replace(long id, Fact fact) {
    sweepIfDue();
    long start = System.nanoTime();
    List<Fact> facts = List.of(fact);
    List<Derived> derived = memory.derive(facts);
    Draft draft = drafts(facts, derived).getFirst();
    long encoded = System.nanoTime();
    writing.lock();
    try {
      requireOpen();
      Optional<Written> written = ledger.replace(options.principal(), id, draft);
      long durable = System.nanoTime();
      written.ifPresent(w -> admit(facts, derived, List.of(w)));
      return written.map(w -> new WriteReceipt(w.id(), w.superseded(), w.at(), encoded - start,
          durable - encoded, System.nanoTime() - durable));
    } finally {
      writing.unlock();
    }
  }

  private List<Written> append(List<Fact> facts, List<Derived> derived) {
    List<Draft> drafts = drafts(facts, derived);
    List<Written> written = ledger.appendAll(options.principal(), drafts);
    admit(facts, derived, written);
    return written;
  }

  private List<Draft> drafts(List<Fact> facts, List<Derived> derived) {
    List<Draft> drafts = new ArrayList<>(facts.size());
    for (int i = 0; i < facts.size(); i++) {
      drafts.add(new Draft(facts.get(i), parts.write(derived.get(i))));
    }
    return drafts;
  }

  /** Brings the memory to what the ledger holds after a write. */
  private void admit(List<Fact> facts, List<Derived> derived, List<Written> written) {
    Set<Long> superseded = new HashSet<>();
    written.forEach(w -> w.superseded().ifPresent(superseded::add));
    List<Long> ids = new ArrayList<>();
    List<Fact> live = new ArrayList<>();
    List<Derived> liveParts = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      Written w = written.get(i);
      if (superseded.remove(w.id())) {
        continue; // A later fact of the same batch has replaced it.
      }
      ids.add(w.id());
      live.add(facts.get(i));
      liveParts.add(derived.get(i));
      facts.get(i).timeToLive().ifPresent(ttl -> memories.expectExpiry(w.at().plus(ttl)));
    }
    superseded.forEach(memory::forget);
    memory.writeAll(ids, live, liveParts);
  }

  /**
   * Reads a document into memory, 32 successive passages a fact, tagged {@code doc:NAME}. Durable batch
   * by batch: a reading that ends early, by whatever cause, keeps what it has taught, and the next one
   * goes on there.
   *
   * @param reader the document; the caller closes it
   * @throws io.larimar.text.TextException where the text cannot be read on; what stands before is kept
   */
  public DocumentReceipt readDocument(
      PassageReader reader, DocumentOptions document, DocumentProgress progress) {
    sweepIfDue();
    ledger.requireRole(options.principal(), Role.WRITE, "read a document");
    List<Long> earlier = ledger.idsByTag(self(), DocumentReading.tag(document.name()));
    return new DocumentReading(this, document, earlier, progress).run(reader);
  }

  /** A live episode of a document. */
  Optional<Entry> episode(long id) {
    return ledger.entry(self(), id).filter(entry -> entry.fact().excerpt().isPresent());
  }

  /**
   * Searches the documents that were read for what a question asks for, best first; no scope decision,
   * nothing is generated.
   *
   * @param limit the most passages to return
   */
  public List<Found> searchDocuments(String question, Strategy strategy, int limit) {
    sweepIfDue();
    ledger.requireRole(options.principal(), Role.READ, "search documents");
    List<Found> found = memory.search(question, strategy, limit);
    found.stream().map(Found::episode).distinct().forEach(id -> ledger.recordRead(
        options.principal(), OptionalLong.of(id), "search"));
    return found;
  }

  /**
   * What memory holds on a topic: told facts first, then passages of documents, each nearest first. All
   * content words of the topic stand in each.
   *
   * @param limit the most statements, up to {@value #MAX_STATEMENTS}
   */
  public List<Statement> about(String topic, int limit) {
    if (limit < 1 || limit > MAX_STATEMENTS) {
      throw new IllegalArgumentException(
          "limit must be in [1, " + MAX_STATEMENTS + "]: limit=" + limit);
    }
    Topic words = new Topic(topic, encoder.weights());
    List<Statement> statements = new ArrayList<>();
    sweepIfDue();
    ledger.requireRole(options.principal(), Role.READ, "read about a topic");
    memory.matches(topic, MAX_STATEMENTS).forEach(match -> ledger.entry(self(), match.id())
        .map(entry -> entry.fact().text()).filter(words::holds)
        .ifPresent(text -> statements.add(new Statement(match.id(), text, Optional.empty(),
            Optional.empty(), words.coverage(text), match.similarity()))));
    memory.search(topic, options.reading().strategy(), MAX_STATEMENTS).stream()
        .filter(found -> words.holds(found.text())).map(Statement::of).forEach(statements::add);
    List<Statement> first = statements.stream().limit(limit).toList();
    first.stream().map(Statement::id).distinct().forEach(
        id -> ledger.recordRead(options.principal(), OptionalLong.of(id), "about"));
    return first;
  }

  /**
   * A short summary of what memory holds on a topic, in its own words: the statements that are nearest
   * to the topic and repeat each other least, in the order of their places.
   */
  public List<Statement> summary(String topic, int sentences) {
    if (sentences < 1) {
      throw new IllegalArgumentException("sentences must be at least 1: sentences=" + sentences);
    }
    return new Topic(topic, encoder.weights())
        .summary(about(topic, MAX_STATEMENTS), sentences);
  }

  /** Decides whether a prompt is in scope and reads what it asks for; nothing is generated. */
  public Recall read(String prompt) {
    sweepIfDue();
    ledger.requireRole(options.principal(), Role.READ, "read");
    Recall recall = memory.recall(prompt, options.reading());
    record(recall);
    return recall;
  }

  /**
   * The live facts whose keys are nearest to a text's, best first, whatever the scope; nothing is
   * generated. Their content is {@link #show}'s to give.
   *
   * @param limit most facts, at least 1
   */
  public List<FactMemory.Match> search(String text, int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1: limit=" + limit);
    }
    sweepIfDue();
    ledger.requireRole(options.principal(), Role.READ, "search");
    List<FactMemory.Match> found = memory.matches(text, limit);
    ledger.recordRead(options.principal(), OptionalLong.empty(), "search found=" + found.size());
    return found;
  }

  /** Texts as the sentence encoder sees them; it needs no memory and leaves no trace. */
  public List<Embedding> embed(List<String> texts) {
    requireOpen();
    List<float[]> vectors = encoder.sentences().encodeAll(texts);
    List<Embedding> embeddings = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      embeddings.add(new Embedding(vectors.get(i), encoder.sentences().tokenCount(texts.get(i))));
    }
    return embeddings;
  }

  private void record(Recall recall) {
    ScopeDecision scope = recall.scope();
    OptionalLong fact =
        scope.inScope() ? OptionalLong.of(scope.factId()) : OptionalLong.empty();
    ledger.recordRead(options.principal(), fact, String.format(Locale.ROOT,
        "%s coverage=%.2f similarity=%.2f margin=%.2f", scope.inScope() ? "in" : "out",
        scope.coverage(), scope.similarity(), scope.margin()));
  }

  /** Answers a question given as text: greedy, with memory. */
  public Answer ask(String text) {
    return ask(Question.of(text));
  }

  /** Answers a question; the pieces come as they are generated. */
  public Answer ask(Question question) {
    long start = System.nanoTime();
    Recall recall = question.memory()
        ? read(question.prompt().lastTurn())
        : new Recall(new ScopeDecision(false, ScopeDecision.NO_FACT, 0, 0, 0,
            "memory is off for this question", List.of()), List.of(), List.of(), 0, 0);
    GenerationRequest request = conditioner.answer(question.prompt(), recall.readOuts(),
        question.sampling(), question.maxTokens(), question.stops())
        .of(options.principal().tenant(), question.form());
    if (question.deadline().isPresent()) {
      Duration left = question.deadline().get().minusNanos(System.nanoTime() - start);
      request = request.withDeadline(left.isNegative() ? Duration.ZERO : left);
    }
    return new Answer(recall, decoder.generate(request));
  }

  /**
   * Forgets facts with their older versions: key and payload are destroyed in the ledger, the blocks
   * of the memory are rebuilt as if the facts had never been, and the decoder's cache is erased.
   *
   * @return a receipt for all that was forgotten; ids that are unknown are not in it
   * @throws io.larimar.ledger.RefusedException where a fact stands under legal hold
   */
  public ForgetReceipt forget(Collection<Long> ids) {
    return forget(ids, Refusals.NONE);
  }

  /** Forgets one fact. */
  public ForgetReceipt forget(long id) {
    return forget(List.of(id));
  }

  /**
   * Forgets facts and writes a refusal in the place of each: asked the same, the model answers
   * "unknown" (Larimar, section 5.3). The answer is erased as by {@link #forget}; that the question was
   * once stored stays in the refusal, which is a fact like others and can be forgotten in turn. A
   * crash between the two leaves the facts forgotten and no refusal.
   *
   * @throws IllegalArgumentException where a fact has no prompt apart from its target, as its refusal
   *     would have to repeat what is to be forgotten; then nothing is forgotten
   */
  public ForgetReceipt forgetAnsweringUnknown(Collection<Long> ids) {
    ledger.requireRole(options.principal(), Role.FORGET, "forget");
    ledger.requireRole(options.principal(), Role.WRITE, "write");
    List<Entry> live = new ArrayList<>();
    for (long id : ids) {
      ledger.entry(self(), id).filter(entry -> entry.supersededBy().isEmpty())
          .ifPresent(live::add);
    }
    List<Fact> refusals = live.stream().map(Refusals::of).toList();
    return forget(ids, new Refusals(refusals, memory.derive(refusals)));
  }

  private ForgetReceipt forget(Collection<Long> ids, Refusals refusals) {
    writing.lock();
    try {
      requireOpen();
      long start = System.nanoTime();
      byte[] before = memory.stateHash();
      List<Tombstone> tombstones = ledger.forget(options.principal(), ids);
      long durable = System.nanoTime();
      tombstones.forEach(tombstone -> memory.forget(tombstone.id()));
      decoder.eraseCache();
      List<Written> written = refusals.facts().isEmpty() ? List.of()
          : append(refusals.facts(), refusals.derived());
      byte[] after = memory.stateHash();
      return new ForgetReceipt(tombstones, written.stream().map(Written::id).toList(), before, after,
          durable - start, System.nanoTime() - durable);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Forgets every fact of the principal's tenant at once, whatever the undo window, and destroys the
   * tenant's key; the store is compacted.
   *
   * @throws io.larimar.ledger.RefusedException where a fact stands under legal hold
   */
  public ForgetReceipt forgetTenant() {
    writing.lock();
    try {
      requireOpen();
      long start = System.nanoTime();
      byte[] before = memory.stateHash();
      List<Tombstone> tombstones = ledger.forgetTenant(options.principal());
      long durable = System.nanoTime();
      tombstones.forEach(tombstone -> memory.forget(tombstone.id()));
      decoder.eraseCache();
      return new ForgetReceipt(tombstones, List.of(), before, memory.stateHash(), durable - start,
          System.nanoTime() - durable);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Signs the proof of a deletion: the hash of the memory before, its hash now, and the hash of one
   * built anew from the facts that are left. Cost O(N) for N live facts.
   *
   * @throws IllegalStateException where a fact may still be taken back (an undo window)
   */
  public Receipt prove(ForgetReceipt forgotten) {
    return prove(forgotten, ledger::receipt);
  }

  /**
   * The same for a reader who is to learn nothing of other tenants: names stand in the place of ids
   * and of the audit's sequences ({@link io.larimar.ledger.Pseudonyms}).
   */
  public Receipt proveNamed(ForgetReceipt forgotten) {
    return prove(forgotten, ledger::namedReceipt);
  }

  /** {@link Ledger#receipt} or {@link Ledger#namedReceipt}. */
  private interface Proof {
    Receipt sign(
        Principal who, Collection<Long> ids, byte[] before, byte[] after, byte[] rebuilt);
  }

  private Receipt prove(ForgetReceipt forgotten, Proof proof) {
    writing.lock();
    try {
      requireOpen();
      return proof.sign(options.principal(),
          forgotten.tombstones().stream().map(Tombstone::id).toList(), forgotten.stateBefore(),
          memory.stateHash(), rebuiltHash());
    } finally {
      writing.unlock();
    }
  }

  private byte[] rebuiltHash(Consumer<Consumer<Entry>> entries) {
    try (FactMemory.Rebuilt rebuilt = memory.rebuilt()) {
      entries.accept(entry -> rebuilt.add(entry.id(), derived(entry)));
      return rebuilt.stateHash();
    }
  }

  private byte[] rebuiltHash() {
    return rebuiltHash(visitor -> ledger.forEachLive(self(), visitor));
  }

  private Derived derived(Entry entry) {
    if (entry.fact().excerpt().isPresent()) {
      return memory.complete(entry.fact(), parts.passageTokens(entry.derived()),
          parts.passageAddresses(entry.derived()));
    }
    return parts.read(entry.derived())
        .orElseGet(() -> memory.tokenise(entry.fact(), parts.address(entry.derived()),
            parts.relation(entry.derived())));
  }

  /** Checks ledger, audit and every payload, and the live memory against one built anew. */
  public Verification verify() {
    writing.lock();
    try {
      requireOpen();
      List<String> checks = new ArrayList<>();
      List<String> faults = new ArrayList<>();
      ledgerChecks(ledger.verify(options.principal()), checks, faults);
      boolean same = Arrays.equals(memory.stateHash(), rebuiltHash());
      (same ? checks : faults).add("the live memory "
          + (same ? "equals" : "differs from") + " one built anew from the ledger");
      return new Verification(checks, faults);
    } finally {
      writing.unlock();
    }
  }

  /** Checks the proof of a deletion, as {@link #prove} or the like gave it, against the store. */
  public Verification verify(Receipt receipt) {
    writing.lock();
    try {
      requireOpen();
      List<String> checks = new ArrayList<>();
      List<String> faults = new ArrayList<>();
      ledgerChecks(ledger.verify(options.principal(), receipt), checks, faults);
      if (!faults.isEmpty()) { // what follows would tell of a chain that the receipt may not name
        return new Verification(checks, faults);
      }
      (receipt.rebuiltEqual() ? checks : faults).add("by the receipt, the memory afterwards "
          + (receipt.rebuiltEqual() ? "equals" : "differs from")
          + " one that never held the facts");
      EarlierState then = ledger.asOfSequence(self(), receipt.chainSequence());
      if (then.erasedSince().isEmpty()) {
        String hash = HexFormat.of().formatHex(rebuiltHash(then.entries()::forEach));
        boolean same = receipt.written(hash).equals(receipt.rebuilt());
        (same ? checks : faults).add("that memory, recomputed from the store, "
            + (same ? "has" : "has not") + " the receipt's hash");
      } else {
        checks.add("that memory cannot be recomputed: " + then.erasedSince().size()
            + " of its facts have been erased since; signature and chain stand for it");
      }
      return new Verification(checks, faults);
    } finally {
      writing.unlock();
    }
  }

  private static void ledgerChecks(
      io.larimar.ledger.Verification found, List<String> checks, List<String> faults) {
    checks.add(found.rows() + " rows of the audit checked, each chained to the one before");
    checks.add(found.facts() + " facts and tombstones checked against keys and payloads");
    faults.addAll(found.findings());
  }

  /** Forgets every live fact about a subject. */
  public ForgetReceipt forgetSubject(String subject) {
    return forget(idsBySubject(subject));
  }

  /** Forgets every live fact that bears a tag. */
  public ForgetReceipt forgetTag(String tag) {
    return forget(idsByTag(tag));
  }

  /** Forgets every live fact of the tenant. */
  public ForgetReceipt forgetAll() {
    return forget(ids());
  }

  /** Ids of the live facts about a subject, to be forgotten; so it takes the role FORGET or READ. */
  public List<Long> idsBySubject(String subject) {
    return ledger.idsBySubject(finder(), subject);
  }

  /** Ids of the live facts that bear a tag. */
  public List<Long> idsByTag(String tag) {
    return ledger.idsByTag(finder(), tag);
  }

  /** Ids of all live facts of the tenant, in order. */
  public List<Long> ids() {
    return ledger.ids(finder());
  }

  /** Who may forget may find what to forget, without a right to read it. */
  private Principal finder() {
    return options.principal().may(Role.FORGET) ? self() : options.principal();
  }

  /** Takes back the last write or forget that may be taken back. */
  public Optional<Undone> undo() {
    writing.lock();
    try {
      requireOpen();
      Optional<Undone> undone = ledger.undo(options.principal());
      undone.ifPresent(u -> {
        u.erased().forEach(memory::forget);
        List<Entry> revived = u.revived().stream()
            .flatMap(id -> ledger.entry(self(), id).stream())
            .toList();
        if (!revived.isEmpty()) {
          remember(revived);
        }
        decoder.eraseCache();
      });
      return undone;
    } finally {
      writing.unlock();
    }
  }

  /** Erases facts whose time to live has ended, of every tenant; for an administrator of the store. */
  public List<Tombstone> expire(Instant now) {
    writing.lock();
    try {
      requireOpen();
      return drop(ledger.expire(options.principal(), now));
    } finally {
      writing.unlock();
    }
  }

  private void sweep() {
    drop(ledger.expireDue());
  }

  /** Takes erased facts out of the memories of their tenants. */
  private List<Tombstone> drop(List<Tombstone> tombstones) {
    boolean any = false;
    for (Tombstone tombstone : tombstones) {
      any |= memories.forget(tombstone.tenant(), tombstone.id());
    }
    if (any) {
      decoder.eraseCache();
    }
    return tombstones;
  }

  private void sweepIfDue() {
    if (options.ledger().clock().instant().isBefore(memories.nextExpiry())) {
      return;
    }
    writing.lock();
    try {
      requireOpen();
      sweep();
      memories.expectNoExpiry();
      ledger.nextExpiry().ifPresent(memories::expectExpiry);
    } finally {
      writing.unlock();
    }
  }

  /** The live facts, in the order of their ids. */
  public List<Entry> list() {
    sweepIfDue();
    List<Entry> entries = new ArrayList<>();
    ledger.forEachLive(options.principal(), entries::add);
    return entries;
  }

  /** A page of the live facts: those with ids above {@code afterId}, at most {@code limit}. */
  public List<Entry> list(long afterId, int limit) {
    sweepIfDue();
    return ledger.live(options.principal(), afterId, limit);
  }

  /** A live or superseded fact; empty if it is unknown or forgotten. */
  public Optional<Entry> show(long id) {
    sweepIfDue();
    return ledger.entry(options.principal(), id);
  }

  /** What became of a fact: audit rows, never content. */
  public List<AuditRow> history(long id) {
    return ledger.history(options.principal(), id);
  }

  /** The facts that were live at an earlier time, as far as they have not been erased since. */
  public EarlierState asOf(Instant at) {
    return ledger.asOf(options.principal(), at);
  }

  /**
   * Puts a fact under legal hold: it cannot be forgotten, expired or taken back until its release.
   *
   * @param reason stands in the audit for good: no content of the fact
   * @return false for an id that is unknown or erased
   */
  public boolean hold(long id, String reason) {
    return ledger.hold(options.principal(), id, reason);
  }

  /** Lifts a legal hold; false where there is none. What has expired meanwhile is erased at once. */
  public boolean release(long id, String reason) {
    boolean released = ledger.release(options.principal(), id, reason);
    ledger.nextExpiry().ifPresent(memories::expectExpiry);
    sweepIfDue();
    return released;
  }

  /** Counts and sizes of the ledger. */
  public Stats stats() {
    return ledger.stats(options.principal());
  }

  /** Gives the space of erased facts back; for an administrator of the store. */
  public void compact() {
    writing.lock();
    try {
      requireOpen();
      ledger.compact(options.principal());
    } finally {
      writing.unlock();
    }
  }

  /**
   * Overwrites what forgotten facts may have left in dead objects of the heap: six full collections,
   * so for an operator's hand, after forget and compaction. What it needs of the JVM to leave nothing,
   * and what no Java program can promise, is said in docs/FORMATS.md.
   */
  public void overwriteFreeHeap() {
    ledger.requireRole(options.principal(), Role.ADMIN, "overwrite free heap");
    decoder.eraseCache();
    FreeHeap.overwrite();
  }

  /** SHA-256 over the memory's canonical bytes: a function of the live facts alone. */
  public byte[] stateHash() {
    return memory.stateHash();
  }

  /** An empty memory with this engine's encoder and vocabulary, for comparisons; the caller's own. */
  public FactMemory emptyMemory() {
    return new FactMemory(decoder, codes, encoder, options.scope());
  }

  /** The ledger, for verification, holds and audit. */
  public Ledger ledger() {
    return ledger;
  }

  /** The memory, for its sizes. */
  public FactMemory memory() {
    return memory;
  }

  /** The decoder, for what the engine does not offer itself; borrowed. */
  public Decoder decoder() {
    return decoder;
  }

  private void requireOpen() {
    if (memories.closed()) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  /** Waits for the running change, then closes decoder, encoder, all memories and ledger. */
  @Override
  public void close() {
    writing.lock();
    try {
      if (memories.closed()) {
        return;
      }
      decoder.close();
      encoder.close();
      memories.close();
      ledger.close();
    } finally {
      writing.unlock();
    }
  }
}
