/**
 * Brings the native libraries and the models to this machine, once, and finds them again.
 *
 * <p>What is fetched is pinned in {@link io.larimar.cli.fetch.Catalogue}. Where it is fetched from
 * is the user's own choice: the address comes from the configured npm and pip, so that company
 * mirrors work, and no registry is named here. Everything lands below one cache folder, checksummed
 * and atomically; what is there is used without touching the network.
 */
package io.larimar.cli.fetch;
