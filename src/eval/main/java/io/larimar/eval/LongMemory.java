package io.larimar.eval;

import io.larimar.engine.Answer;
import io.larimar.engine.Fact;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import io.larimar.engine.Passages;
import io.larimar.engine.Prompt;
import io.larimar.engine.Question;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A whole engine on a store of its own in the temporary folder, as users have it: texts are read
 * through the ledger, asked for, and forgotten by document. The one place where the tasks on long
 * texts meet the engine's way to read documents.
 */
final class LongMemory implements AutoCloseable {
  private static final int BATCH = 4_096;

  private final TemporaryFolder store;
  private final Larimar larimar;

  /** What a reading gave. */
  record Reading(long passages, long nanos) {}

  /**
   * What a question gave.
   *
   * @param text the greedy answer
   * @param found passages that entered the soft prefix, best first
   * @param searchNanos time to find and read them, encoding of the question included
   * @param answerNanos time of the whole answer
   */
  record Reply(String text, List<String> found, long searchNanos, long answerNanos) {}

  private LongMemory(TemporaryFolder store, Larimar larimar) {
    this.store = store;
    this.larimar = larimar;
  }

  static LongMemory open(EvalOptions o) {
    TemporaryFolder store = TemporaryFolder.open();
    try {
      LarimarOptions options = LarimarOptions.of(o.natives(), o.model(), store.path())
          .withDecoder(o.decoder().withContextLength(2_048).withParallel(1))
          .withScope(o.scope());
      return new LongMemory(store, Larimar.open(options, replayed -> { }));
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** Reads one file; durable on return. */
  Reading read(Path file) {
    try {
      long start = System.nanoTime();
      List<Fact> facts = Passages.of(Files.readString(file)).stream()
          .map(fact -> fact.withTags(List.of(tag(file)))).toList();
      for (int from = 0; from < facts.size(); from += BATCH) {
        larimar.writeAll(facts.subList(from, Math.min(facts.size(), from + BATCH)));
      }
      return new Reading(facts.size(), System.nanoTime() - start);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read", e);
    }
  }

  private static String tag(Path file) {
    return "doc:" + file.getFileName();
  }

  /** Forgets all that was read from a file. */
  void forget(Path file) {
    larimar.forgetTag(tag(file));
  }

  /** Asks, decoding greedily. */
  Reply ask(Prompt prompt, int maxTokens) {
    long start = System.nanoTime();
    try (Answer answer = larimar.ask(Question.of(prompt).withMaxTokens(maxTokens))) {
      long searched = answer.recall().scopeNanos() + answer.recall().readNanos();
      List<String> found = answer.recall().readOuts().stream().map(this::text).toList();
      return new Reply(answer.text(), found, searched, System.nanoTime() - start);
    }
  }

  private String text(ReadOut readOut) {
    return larimar.decoder().vocabulary().detokenize(readOut.tokens()).strip();
  }

  @Override
  public void close() {
    larimar.close();
    store.close();
  }
}
