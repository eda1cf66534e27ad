/**
 * The episodic memory: least squares over bounded blocks of facts, off the heap.
 *
 * <p>Depends on {@code io.larimar.linalg} alone; needs no model and no native library.
 */
package io.larimar.memory;
