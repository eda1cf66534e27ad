package io.larimar.engine;

import java.time.Instant;
import java.util.OptionalLong;

/**
 * What one write did and cost.
 *
 * @param id the fact's number, never given twice
 * @param superseded the older version that it replaced
 * @param at when it was durable
 * @param encodeNanos time of encoder and tokens; of a batch, its share
 * @param ledgerNanos time until it was durable; of a batch, its share
 * @param memoryNanos time of the least-squares write; of a batch, its share
 */
public record WriteReceipt(long id, OptionalLong superseded, Instant at, long encodeNanos,
    long ledgerNanos, long memoryNanos) {}
