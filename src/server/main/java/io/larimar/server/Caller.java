package io.larimar.server;

import io.larimar.ledger.Principal;

/**
 * Who sent a request.
 *
 * @param principal on whose behalf the engine acts
 * @param label the key's id for limits and logs; {@code local} without keys
 */
record Caller(Principal principal, String label) {}
