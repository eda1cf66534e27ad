/**
 * The durable truth of a store: encrypted facts, erasure by destroyed keys, a hash-chained audit,
 * signed receipts. Needs no model and no native library but SQLite's; docs/FORMATS.md describes
 * every byte so that others can verify it.
 */
package io.larimar.ledger;
