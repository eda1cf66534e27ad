package io.larimar.engine;

import io.larimar.decoder.Completion;
import io.larimar.decoder.Likelihood;
import io.larimar.decoder.TokenStream;
import io.larimar.engine.FactMemory.Recall;
import java.util.Iterator;
import java.util.List;

/**
 * An answer: its text as it comes, and what it rests on. Closing it early cancels it.
 *
 * <p>Iterate once for the pieces, or call {@link #completion} (or {@link #text}) for the whole.
 */
public final class Answer implements Iterable<String>, AutoCloseable {
  private final Recall recall;
  private final TokenStream stream;

  Answer(Recall recall, TokenStream stream) {
    this.recall = recall;
    this.stream = stream;
  }

  /** The scope decision and the facts that entered the soft prefix. */
  public Recall recall() {
    return recall;
  }

  /** Waits for the end; the whole text, tokens and times. */
  public Completion completion() {
    return stream.completion();
  }

  /** Waits for the end; the text without surrounding white space. */
  public String text() {
    return completion().text().strip();
  }

  /** Takes what is told of the tokens so far; empty unless the question's form wants it. */
  public List<Likelihood> likelihoods() {
    return stream.likelihoods();
  }

  @Override
  public Iterator<String> iterator() {
    return stream.iterator();
  }

  @Override
  public void close() {
    stream.close();
  }
}
