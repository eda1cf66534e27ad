package io.larimar.ledger;

/**
 * Counts and sizes of a tenant; the last three of the store for its administrator.
 *
 * @param live facts that answer
 * @param superseded older versions that are kept
 * @param forgotten facts inside an undo window, whose keys still exist
 * @param erased tombstones
 * @param held facts under legal hold
 * @param tenants tenants that have a key; 1 for a tenant of its own
 * @param auditRows rows of the audit; of the tenant's own
 * @param bytes size of the store's files; of the tenant's own, of its keys and payloads as sealed
 */
public record Stats(long live, long superseded, long forgotten, long erased, long held,
    long tenants, long auditRows, long bytes) {}
