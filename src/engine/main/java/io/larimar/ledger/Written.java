package io.larimar.ledger;

import java.time.Instant;
import java.util.OptionalLong;

/**
 * What a write did.
 *
 * @param id the fact's number, never given twice
 * @param superseded the older version that is no longer live: take it out of the memory
 * @param at when
 */
public record Written(long id, OptionalLong superseded, Instant at) {}
