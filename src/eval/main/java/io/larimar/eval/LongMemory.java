package io.larimar.eval;

import io.larimar.engine.Answer;
import io.larimar.engine.DocumentOptions;
import io.larimar.engine.DocumentProgress;
import io.larimar.engine.DocumentReceipt;
import io.larimar.engine.Excerpt.Keys;
import io.larimar.engine.FactMemory.ReadOut;
import io.larimar.engine.FactMemory.Recall;
import io.larimar.engine.Larimar;
import io.larimar.engine.LarimarOptions;
import io.larimar.engine.Prompt;
import io.larimar.engine.Question;
import io.larimar.passages.Found;
import io.larimar.passages.Strategy;
import io.larimar.text.PassageReader;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A whole engine on a store of its own in the temporary folder, as users have it: texts are read
 * through the ledger, asked for, and forgotten by document. The one place where the tasks on long
 * texts meet the engine's way to read documents.
 */
final class LongMemory implements AutoCloseable {
  private final TemporaryFolder store;
  private final Keys keys;
  private final Larimar larimar;

  private static final int RANKED = 8;

  /** What a reading gave. */
  record Reading(long passages, long nanos) {}

  /**
   * Where a search found a passage.
   *
   * @param place from 1; 0 where it is not among the best
   * @param nanos time of the search, encoding of the question included
   */
  record Rank(int place, long nanos) {}

  /**
   * What a question gave.
   *
   * @param text the greedy answer
   * @param found passages that entered the soft prefix, best first
   * @param searchNanos time to find and read them, encoding of the question included
   * @param answerNanos time of the whole answer
   */
  record Reply(String text, List<String> found, long searchNanos, long answerNanos) {}

  private LongMemory(TemporaryFolder store, Keys keys, Larimar larimar) {
    this.store = store;
    this.keys = keys;
    this.larimar = larimar;
  }

  static LongMemory open(EvalOptions o) {
    TemporaryFolder store = TemporaryFolder.open();
    try {
      LarimarOptions options = LarimarOptions.of(o.natives(), o.model(), store.path())
          .withDecoder(o.decoder().withContextLength(2_048).withParallel(1))
          .withScope(o.scope()).withReading(o.longText().reading());
      return new LongMemory(store, o.longText().keys(), Larimar.open(options, replayed -> { }));
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** Reads one file; durable on return. */
  Reading read(Path file) {
    try (PassageReader reader = PassageReader.open(file)) {
      DocumentReceipt receipt =
          larimar.readDocument(reader,
              DocumentOptions.of(file.getFileName().toString()).withKeys(keys),
              DocumentProgress.NONE);
      return new Reading(receipt.written(), receipt.nanos());
    }
  }

  /** Reads files one behind the other. */
  Reading readAll(List<Path> files) {
    long passages = 0;
    long nanos = 0;
    for (Path file : files) {
      Reading reading = read(file);
      passages += reading.passages();
      nanos += reading.nanos();
    }
    return new Reading(passages, nanos);
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

  /** Finds and reads what a question asks for and generates nothing; the time in nanoseconds. */
  long search(String question) {
    Recall recall = larimar.read(question);
    return recall.scopeNanos() + recall.readNanos();
  }

  /** The passages in scope of a question, best first; nothing is generated. */
  List<String> found(String question) {
    return larimar.read(question).readOuts().stream().map(this::text).toList();
  }

  /** The strategies that the engine can search by. */
  static Set<Strategy> strategies() {
    return EnumSet.allOf(Strategy.class);
  }

  /** Searches by one strategy; the place of the first passage that holds what is wanted. */
  Rank searchRank(String question, Strategy strategy, String wanted) {
    long start = System.nanoTime();
    List<Found> found = larimar.searchDocuments(question, strategy, RANKED);
    long nanos = System.nanoTime() - start;
    for (int i = 0; i < found.size(); i++) {
      if (Answers.contains(found.get(i).text(), wanted)) {
        return new Rank(i + 1, nanos);
      }
    }
    return new Rank(0, nanos);
  }

  /** Passages in memory. */
  int passages() {
    return larimar.memory().passages();
  }

  /** Bytes that the memory itself holds off the heap. */
  long offHeapBytes() {
    return larimar.memory().sizeBytes();
  }

  @Override
  public void close() {
    larimar.close();
    store.close();
  }
}
