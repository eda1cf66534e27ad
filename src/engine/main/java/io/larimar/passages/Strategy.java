package io.larimar.passages;

import java.util.Locale;

/** How the passages that a question may ask for are searched. */
public enum Strategy {
  /** Every stored key is compared with the question's: the baseline. */
  FLAT,
  /** Every episode gives its nearest passages, groups of these theirs, until one group is left. */
  RECURSIVE,
  /** The same among the episodes whose summaries promise most; the default. */
  PRUNED,
  /**
   * Larimar's own (section 5.5): each episode is read with the question's key as it is, the decoded
   * read-outs are encoded and written as the next episodes, until one is left. The baseline of the
   * paper: a read-out is a blend of its episode's passages.
   */
  PAPER;

  /** The name in figures and on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
