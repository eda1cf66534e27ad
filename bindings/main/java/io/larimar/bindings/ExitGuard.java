package io.larimar.bindings;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps the process from ending while native code runs. The JVM waits for no daemon thread: at exit
 * a library's own destructors run, and a thread that is still inside the library dies of a SIGSEGV.
 * Here a shutdown hook waits for those that have entered, and nobody enters any more.
 *
 * <p>Thread-safe. For calls that last long enough to be met (a model that is loaded, a sentence that
 * is encoded); what runs for longer than a few seconds must look for its own end.
 */
public final class ExitGuard {
  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final ReentrantReadWriteLock RUNNING = new ReentrantReadWriteLock();
  private static volatile boolean ending;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(ExitGuard::await, "larimar-exit-guard"));
    } catch (IllegalStateException e) {
      ending = true; // First used while the process ends.
    }
  }

  /** A stretch of native code; closed by the thread that entered it. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private ExitGuard() {}

  /**
   * Enters native code; the process ends only after the result is closed.
   *
   * @throws IllegalStateException if the process is ending
   */
  public static Held enter() {
    if (ending || !RUNNING.readLock().tryLock()) {
      throw new IllegalStateException("the process is ending");
    }
    return RUNNING.readLock()::unlock;
  }

  private static void await() {
    ending = true;
    try {
      if (RUNNING.writeLock().tryLock(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        RUNNING.writeLock().unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
