package io.larimar.ledger;

/**
 * Counts and sizes of a store.
 *
 * @param live facts that answer
 * @param superseded older versions that are kept
 * @param forgotten facts inside an undo window, whose keys still exist
 * @param erased tombstones
 * @param held facts under legal hold
 * @param tenants tenants that have a key
 * @param auditRows rows of the audit
 * @param bytes size of the store's files
 */
public record Stats(long live, long superseded, long forgotten, long erased, long held,
    long tenants, long auditRows, long bytes) {}
