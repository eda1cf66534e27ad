/**
 * Which stored fact, if any, a prompt asks for. Sees the prompt only, never a candidate answer.
 *
 * <p>Two questions are asked in turn: does the prompt name the fact's subject, and is what it says
 * of the subject the fact's relation.
 */
package io.larimar.scope;
