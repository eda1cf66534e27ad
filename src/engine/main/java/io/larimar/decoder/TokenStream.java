package io.larimar.decoder;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Pieces of text as they are generated. Iterate once; closing it early cancels the generation.
 *
 * <p>Each piece is whole characters, never part of one, and never part of a stop text.
 */
public final class TokenStream implements Iterable<String>, AutoCloseable {
  private static final String END = new String("end"); // told apart by identity

  private final BlockingQueue<String> pieces = new LinkedBlockingQueue<>();
  private final CompletableFuture<Completion> completion = new CompletableFuture<>();
  private volatile boolean cancelled;

  TokenStream() {}

  void offer(String piece) {
    if (!piece.isEmpty()) {
      pieces.add(piece);
    }
  }

  void complete(Completion result) {
    completion.complete(result);
    pieces.add(END);
  }

  void fail(Throwable cause) {
    completion.completeExceptionally(cause);
    pieces.add(END);
  }

  boolean cancelled() {
    return cancelled;
  }

  /** Waits for the end and returns the whole completion. */
  public Completion completion() {
    try {
      return completion.join();
    } catch (CompletionException e) {
      throw unwrap(e);
    }
  }

  private static RuntimeException unwrap(CompletionException e) {
    return e.getCause() instanceof RuntimeException cause ? cause : e;
  }

  @Override
  public Iterator<String> iterator() {
    return new Iterator<>() {
      private String next = "";

      @Override
      public boolean hasNext() {
        if (next.isEmpty()) {
          try {
            next = pieces.take();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            next = END;
          }
          if (next == END && completion.isCompletedExceptionally()) {
            completion(); // throws what went wrong
          }
        }
        return next != END;
      }

      @Override
      public String next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the stream has ended");
        }
        String piece = next;
        next = "";
        return piece;
      }
    };
  }

  /** Cancels the generation if it still runs; does not wait for it. */
  @Override
  public void close() {
    cancelled = true;
  }
}
