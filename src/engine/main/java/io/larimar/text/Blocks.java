package io.larimar.text;

/** The blocks of one markup: reads the source and hands text to the {@link PassageCutter}. */
interface Blocks {
  /** Takes one step; false at the end, when everything has been handed on. */
  boolean step();
}
