package io.larimar.engine;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The memories of an engine, one a tenant: no block, key or scope detector is shared by two. Also when
 * the next of their facts is to be erased. Thread-safe.
 */
final class TenantMemories implements AutoCloseable {
  private final Supplier<FactMemory> empty;
  private final Map<String, FactMemory> memories = new HashMap<>();
  private volatile Instant nextExpiry = Instant.MAX;
  private boolean closed;

  /** Without memories; {@code empty} makes one. */
  TenantMemories(Supplier<FactMemory> empty) {
    this.empty = empty;
  }

  /** The tenant's memory, made where it is missing. */
  synchronized FactMemory of(String tenant) {
    return memories.computeIfAbsent(tenant, any -> empty.get());
  }

  synchronized boolean knows(String tenant) {
    return memories.containsKey(tenant);
  }

  /** Closes a memory that could not be filled. */
  synchronized void drop(String tenant) {
    Optional.ofNullable(memories.remove(tenant)).ifPresent(FactMemory::close);
  }

  /** Takes a fact out of its tenant's memory; false where that is not open or does not hold it. */
  synchronized boolean forget(String tenant, long id) {
    return memories.containsKey(tenant) && memories.get(tenant).forget(id);
  }

  /** When the next fact is to be erased, as far as is known. */
  Instant nextExpiry() {
    return nextExpiry;
  }

  synchronized void expectExpiry(Instant at) {
    nextExpiry = at.isBefore(nextExpiry) ? at : nextExpiry;
  }

  synchronized void expectNoExpiry() {
    nextExpiry = Instant.MAX;
  }

  synchronized boolean closed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    memories.values().forEach(FactMemory::close);
    memories.clear();
  }
}
