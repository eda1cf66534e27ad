package io.larimar.bindings;

import io.larimar.bindings.llama.Llama;
import io.larimar.bindings.llama.llama_token_data;
import io.larimar.bindings.llama.llama_token_data_array;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Owner of a llama.cpp sampler chain: top-k, top-p, min-p, temperature and a seeded draw; and of a
 * grammar, where one says which tokens may come.
 */
public final class Sampler implements AutoCloseable {
  private static final long ID_OFFSET = llama_token_data.id$offset();
  private static final long LOGIT_OFFSET = llama_token_data.logit$offset();
  private static final long STRIDE = llama_token_data.sizeof();

  private final Arena arena = Arena.ofConfined();
  private final int vocabularySize;
  private final MemorySegment chain;
  private final MemorySegment grammar; // NULL where every token may come
  private MemorySegment candidates = MemorySegment.NULL; // (V) llama_token_data, made when needed
  private final MemorySegment candidateArray;
  private boolean closed;

  /**
   * How the next token is chosen.
   *
   * @param temperature 0 takes the likeliest token, whatever the other values say
   * @param topK keeps the k likeliest; 0 keeps all
   * @param topP keeps the likeliest that hold this share of probability; 1 keeps all
   * @param minP drops what is less likely than this share of the likeliest; 0 drops none
   * @param seed of the draw
   */
  public record Settings(float temperature, int topK, float topP, float minP, int seed) {
    /** The likeliest token, always. */
    public static final Settings GREEDY = new Settings(0, 0, 1, 0, 0);

    public Settings {
      if (!(temperature >= 0 && temperature <= 100)) {
        throw new IllegalArgumentException(
            "temperature must be in [0, 100]: temperature=" + temperature);
      }
      if (topK < 0) {
        throw new IllegalArgumentException("topK must not be negative: topK=" + topK);
      }
      if (!(topP > 0 && topP <= 1)) {
        throw new IllegalArgumentException("topP must be in (0, 1]: topP=" + topP);
      }
      if (!(minP >= 0 && minP < 1)) {
        throw new IllegalArgumentException("minP must be in [0, 1): minP=" + minP);
      }
    }
  }

  private Sampler(int vocabularySize, Settings settings, MemorySegment grammar) {
    this.vocabularySize = vocabularySize;
    this.grammar = grammar;
    this.candidateArray = llama_token_data_array.allocate(arena);
    this.chain = Llama.llama_sampler_chain_init(Llama.llama_sampler_chain_default_params(arena));
    if (settings.temperature() == 0) {
      add(Llama.llama_sampler_init_greedy());
      return;
    }
    if (settings.topK() > 0) {
      add(Llama.llama_sampler_init_top_k(settings.topK()));
    }
    if (settings.topP() < 1) {
      add(Llama.llama_sampler_init_top_p(settings.topP(), 1));
    }
    if (settings.minP() > 0) {
      add(Llama.llama_sampler_init_min_p(settings.minP(), 1));
    }
    add(Llama.llama_sampler_init_temp(settings.temperature()));
    add(Llama.llama_sampler_init_dist(settings.seed()));
  }

  private void add(MemorySegment sampler) {
    if (sampler.equals(MemorySegment.NULL)) {
      throw new LlamaException("llama_sampler_init", 0, "llama.cpp made no sampler");
    }
    Llama.llama_sampler_chain_add(chain, sampler);
  }

  /** A chain for a vocabulary of V tokens, used by the thread that opened it. */
  public static Sampler open(int vocabularySize, Settings settings) {
    NativeLibrary.loaded("llama_sampler_chain_init");
    if (vocabularySize <= 0) {
      throw new IllegalArgumentException(
          "vocabularySize must be positive: vocabularySize=" + vocabularySize);
    }
    return new Sampler(vocabularySize, settings, MemorySegment.NULL);
  }

  /**
   * A chain whose tokens follow a grammar.
   *
   * @param grammar GBNF with the start symbol {@code root}; blank for none
   * @throws LlamaException if llama.cpp cannot read the grammar
   */
  public static Sampler open(Vocabulary vocabulary, Settings settings, String grammar) {
    if (grammar.isBlank()) {
      return open(vocabulary.size(), settings);
    }
    NativeLibrary.loaded("llama_sampler_init_grammar");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rules = Llama.llama_sampler_init_grammar(
          vocabulary.handle(), arena.allocateFrom(grammar), arena.allocateFrom("root"));
      if (rules.equals(MemorySegment.NULL)) {
        throw new LlamaException("llama_sampler_init_grammar", 0,
            "the grammar cannot be read; llama.cpp's log says where");
      }
      return new Sampler(vocabulary.size(), settings, rules);
    }
  }

  /** Chooses the token after position {@code index} of the context's last batch. */
  public int sample(Context context, int index) {
    check();
    context.checkOutput(index);
    if (!grammar.equals(MemorySegment.NULL)) {
      return sample(context.logits(index));
    }
    return Llama.llama_sampler_sample(chain, context.handle(), index);
  }

  /** Chooses a token from V logits that the caller made; they are not changed. */
  public int sample(MemorySegment logits) {
    check();
    if (logits.byteSize() != 4L * vocabularySize) {
      throw new IllegalArgumentException("logits must hold V floats: bytes=" + logits.byteSize()
          + ", V=" + vocabularySize);
    }
    if (candidates.equals(MemorySegment.NULL)) {
      candidates = llama_token_data.allocateArray(vocabularySize, arena);
    }
    int token = choose(logits, false);
    if (!grammar.equals(MemorySegment.NULL)) {
      if (!allows(token)) {
        token = choose(logits, true);
        if (!allows(token)) { // llama.cpp would abort the process on accepting it.
          throw new LlamaException("llama_sampler_apply", token,
              "the grammar lets no token of the vocabulary through");
        }
      }
      Llama.llama_sampler_accept(grammar, token);
    }
    Llama.llama_sampler_accept(chain, token);
    return token;
  }

  /** Whether the grammar lets this token come next: of one candidate it takes a microsecond. */
  private boolean allows(int token) {
    put(0, token, 0);
    candidateArray(1);
    Llama.llama_sampler_apply(grammar, candidateArray);
    return candidates.get(ValueLayout.JAVA_FLOAT, LOGIT_OFFSET) == 0;
  }

  private void put(int place, int token, float logit) {
    candidates.set(ValueLayout.JAVA_INT, place * STRIDE + ID_OFFSET, token);
    candidates.set(ValueLayout.JAVA_FLOAT, place * STRIDE + LOGIT_OFFSET, logit);
  }

  private void candidateArray(int count) {
    llama_token_data_array.data(candidateArray, candidates);
    llama_token_data_array.size(candidateArray, count);
    llama_token_data_array.selected(candidateArray, -1);
    llama_token_data_array.sorted(candidateArray, false);
  }

  /** Draws from V logits; under the grammar, all of whose tokens are then looked at. */
  private int choose(MemorySegment logits, boolean underGrammar) {
    for (int i = 0; i < vocabularySize; i++) {
      put(i, i, logits.getAtIndex(ValueLayout.JAVA_FLOAT, i));
    }
    candidateArray(vocabularySize);
    if (underGrammar) {
      Llama.llama_sampler_apply(grammar, candidateArray);
    }
    Llama.llama_sampler_apply(chain, candidateArray);
    long selected = llama_token_data_array.selected(candidateArray);
    if (selected < 0 || selected >= llama_token_data_array.size(candidateArray)) {
      throw new LlamaException("llama_sampler_apply", (int) selected,
          "no token was selected; the logits may hold NaN");
    }
    return llama_token_data_array.data(candidateArray)
        .reinterpret(STRIDE * vocabularySize)
        .get(ValueLayout.JAVA_INT, selected * STRIDE + ID_OFFSET);
  }

  /** Samplers in the chain. */
  public int size() {
    check();
    return Llama.llama_sampler_chain_n(chain);
  }

  /** Starts the draw over from its seed. */
  public void reset() {
    check();
    Llama.llama_sampler_reset(chain);
    if (!grammar.equals(MemorySegment.NULL)) {
      Llama.llama_sampler_reset(grammar);
    }
  }

  private void check() {
    if (closed) {
      throw new IllegalStateException("sampler is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Llama.llama_sampler_free(chain);
      if (!grammar.equals(MemorySegment.NULL)) {
        Llama.llama_sampler_free(grammar);
      }
      arena.close();
    }
  }
}
