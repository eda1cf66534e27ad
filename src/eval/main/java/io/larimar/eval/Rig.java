package io.larimar.eval;

import io.larimar.codec.TokenCodes;
import io.larimar.decoder.Decoder;
import io.larimar.encoder.AddressEncoder;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The model, the encoder and the memory under test, opened for one evaluation. The model may
 * {@linkplain #rest rest} and is opened again when it is next used.
 */
final class Rig implements AutoCloseable {
  private final EvalOptions options;
  private final AddressEncoder encoder;
  private final SentenceIndex statements;
  private Decoder decoder; // null at rest, as are the three that need it
  private TokenCodes codes;
  private Prober prober;
  private FactMemory memory;
  private List<Long> stored = List.of();

  Rig(EvalOptions options) {
    this.options = options;
    this.encoder = AddressEncoder.open(options.encoder());
    try {
      decoder();
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
    this.statements = new SentenceIndex(encoder.sentences());
  }

  EvalOptions options() {
    return options;
  }

  Decoder decoder() {
    if (decoder == null) {
      decoder = Decoder.open(options.natives(), options.model(), options.decoder());
      codes = decoder.codes();
      prober = new Prober(decoder);
      memory = newMemory();
    }
    return decoder;
  }

  /**
   * Closes the model, and the memory with what is in it, until one of them is next used: for tasks
   * whose engine has a model of its own, which would count twice in the process's memory.
   */
  void rest() {
    if (decoder != null) {
      memory.close();
      decoder.close();
      memory = null;
      prober = null;
      codes = null;
      decoder = null;
    }
  }

  AddressEncoder encoder() {
    return encoder;
  }

  Prober prober() {
    decoder();
    return prober;
  }

  FactMemory memory() {
    decoder();
    return memory;
  }

  SentenceIndex statements() {
    return statements;
  }

  /** Another empty memory; the caller closes it. */
  FactMemory newMemory() {
    return new FactMemory(decoder(), codes, encoder, options.scope());
  }

  /**
   * Writes facts under the ids from {@code first}, encoding included, as the setting says.
   *
   * @return nanoseconds that each took
   */
  long[] write(int first, List<Fact> facts) {
    List<Long> ids = LongStream.range(first, (long) first + facts.size()).boxed().toList();
    long[] nanos = new long[facts.size()];
    FactMemory memory = memory();
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
    stored.forEach(memory()::forget);
    stored = List.of();
  }

  @Override
  public void close() {
    rest();
    encoder.close();
  }
}
