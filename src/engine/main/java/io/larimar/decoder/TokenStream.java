package io.larimar.decoder;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Pieces of text as they are generated. Iterate once; closing it early cancels the generation.
 *
 * <p>Each piece is whole characters, never part of one, and never part of a stop text. One thread
 * writes and one reads; a piece on its way makes no garbage, as every place is made beforehand.
 */
public final class TokenStream implements Iterable<String>, AutoCloseable {
  private static final String END = new String("end"); // told apart by identity

  private final String[] pieces;
  private final CompletableFuture<Completion> completion = new CompletableFuture<>();
  private final Queue<Likelihood> likelihoods = new ConcurrentLinkedQueue<>();
  private volatile int written; // pieces[0, written) may be read
  private volatile Thread waiting; // the reader, where it waits
  private volatile boolean cancelled;
  private boolean ended;

  /** @param most pieces that may come, the end left out */
  TokenStream(int most) {
    this.pieces = new String[most + 1];
  }

  void offer(String piece) {
    if (!piece.isEmpty()) {
      put(piece);
    }
  }

  void tell(Likelihood likelihood) {
    likelihoods.add(likelihood);
  }

  /**
   * Takes what is told of the tokens so far, each once; empty where the request wants nothing
   * told. A piece may be made of several tokens, and a token may make no piece.
   */
  public List<Likelihood> likelihoods() {
    List<Likelihood> taken = new ArrayList<>();
    for (Optional<Likelihood> next = poll(); next.isPresent(); next = poll()) {
      taken.add(next.get());
    }
    return taken;
  }

  private Optional<Likelihood> poll() {
    return Optional.ofNullable(likelihoods.poll());
  }

  void complete(Completion result) {
    completion.complete(result);
    put(END);
  }

  void fail(Throwable cause) {
    completion.completeExceptionally(cause);
    put(END);
  }

  /** Synchronised, as a request may be refused by two threads while the decoder closes. */
  private synchronized void put(String piece) {
    if (ended) {
      return;
    }
    ended = piece == END;
    int at = written;
    pieces[at] = piece;
    written = at + 1;
    LockSupport.unpark(waiting);
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

  /** The piece at a place, once it is there; the end where the reader is interrupted. */
  private String await(int place) {
    while (written <= place) {
      waiting = Thread.currentThread();
      if (written <= place) {
        LockSupport.park(this);
      }
      if (Thread.currentThread().isInterrupted()) {
        close();
        return END;
      }
    }
    return pieces[place];
  }

  @Override
  public Iterator<String> iterator() {
    return new Iterator<>() {
      private int read;
      private String next = "";

      @Override
      public boolean hasNext() {
        if (next.isEmpty()) {
          next = await(read);
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
        pieces[read++] = "";
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
