/**
 * The engine over HTTP: memories as mem0's users know them, OpenAI's shapes, operation, a console.
 *
 * <p>It adds no second way of doing what the engine does: a handler reads a request, calls
 * {@link io.larimar.engine.Larimar} for the caller's principal, and writes what that gave.
 */
package io.larimar.server;
