package io.larimar.eval;

import io.larimar.codec.TokenCodes;
import io.larimar.decoder.Decoder;
import io.larimar.encoder.AddressEncoder;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import io.larimar.engine.FactMemory.ReadOut;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** The model, the encoder and the memory under test, opened for one evaluation. */
final class Rig implements AutoCloseable {
  private final EvalOptions options;
  private final AddressEncoder encoder;
  private final Decoder decoder;
  private final TokenCodes codes;
  private final Prober prober;
  private final FactMemory memory;
  private final SentenceIndex statements;
  private List<Long> stored = List.of();

  Rig(EvalOptions options) {
    this.options = options;
    this.encoder = AddressEncoder.open(options.encoder());
    try {
      this.decoder = Decoder.open(options.natives(), options.model(), options.decoder());
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
    this.codes = new TokenCodes(decoder.embeddings());
    this.prober = new Prober(decoder);
    this.memory = newMemory();
    this.statements = new SentenceIndex(encoder.sentences());
  }

  EvalOptions options() {
    return options;
  }

  Decoder decoder() {
    return decoder;
  }

  AddressEncoder encoder() {
    return encoder;
  }

  Prober prober() {
    return prober;
  }

  FactMemory memory() {
    return memory;
  }

  SentenceIndex statements() {
    return statements;
  }

  /** Another empty memory; the caller closes it. */
  FactMemory newMemory() {
    return new FactMemory(decoder, codes, encoder, options.scope());
  }

  /**
   * Writes facts under the ids from {@code first}, encoding included, as the setting says.
   *
   * @return nanoseconds that each took
   */
  long[] write(int first, List<Fact> facts) {
    List<Long> ids = LongStream.range(first, (long) first + facts.size()).boxed().toList();
    long[] nanos = new long[facts.size()];
    boolean together = options.setting().kind() == Setting.Kind.BATCH;
    int step = together ? facts.size() : 1;
    for (int at = 0; at < facts.size(); at += step) {
      List<Fact> part = facts.subList(at, at + step);
      long start = System.nanoTime();
      memory.writeAll(ids.subList(at, at + step), part, memory.derive(part));
      Arrays.fill(nanos, at, at + step, (System.nanoTime() - start) / step);
    }
    stored = ids;
    return nanos;
  }

  /** Forgets what {@link #write} wrote last. */
  void clear() {
    stored.forEach(memory::forget);
    stored = List.of();
  }

  /** Tokens of the facts that a prompt brings back, best first; none out of scope. */
  static List<int[]> tokens(FactMemory.Recall recall) {
    List<int[]> tokens = new ArrayList<>();
    for (ReadOut readOut : recall.readOuts()) {
      tokens.add(readOut.tokens());
    }
    return tokens;
  }

  @Override
  public void close() {
    memory.close();
    decoder.close();
    encoder.close();
  }
}
