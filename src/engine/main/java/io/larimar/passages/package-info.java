/**
 * Long texts in memory: episodes of passages, each episode a block of a least-squares memory with a
 * summary of its words, and the recursive search over them (Larimar, section 5.5).
 */
package io.larimar.passages;
