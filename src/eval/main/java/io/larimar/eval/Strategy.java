package io.larimar.eval;

import java.util.Locale;

/** How a memory of passages is searched for a question. */
enum Strategy {
  /** Every passage's key is compared: the baseline. */
  FLAT,
  /** The question is read from every block; the read-outs form the next episode, to the last. */
  RECURSIVE,
  /** The same, but only into blocks whose summary shares terms with the question. */
  PRUNED,
  /** The same as in the paper: read-outs by its fixed memory, section 5.5. */
  PAPER;

  /** The name in figures. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
