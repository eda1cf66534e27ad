package io.larimar.memory;

/** How the floats of a key or latent are stored; the memory's state is what is stored. */
public enum Precision {
  /** As given: 4 bytes a value. */
  FLOAT,

  /** IEEE half: 2 bytes a value, relative error at most 2^-11; values up to 65,504. */
  HALF,

  /** 1 byte a value and a float scale for 64 values; error at most 1/254 of the largest of 64. */
  BYTE,

  /** Half a byte a value and a float scale for 64 values; error at most 1/14 of the largest. */
  NIBBLE
}
