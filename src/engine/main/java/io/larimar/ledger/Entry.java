package io.larimar.ledger;

import io.larimar.engine.Fact;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A stored fact, decrypted.
 *
 * @param id its number, never given twice
 * @param tenant whose it is
 * @param fact the fact as it was written
 * @param derived the derived parts, byte for byte as they were written
 * @param writtenAt when it was written, in milliseconds
 * @param expiresAt when its time to live ends
 * @param supersedes the older version that it replaced
 * @param supersededBy the newer version by which it was replaced
 * @param held whether it stands under legal hold
 */
public record Entry(long id, String tenant, Fact fact, List<byte[]> derived, Instant writtenAt,
    Optional<Instant> expiresAt, OptionalLong supersedes, OptionalLong supersededBy,
    boolean held) {}
