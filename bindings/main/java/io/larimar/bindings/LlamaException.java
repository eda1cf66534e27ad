package io.larimar.bindings;

/** A llama.cpp call that failed, or that was refused because llama.cpp would have aborted on it. */
public final class LlamaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String function;
  private final int code;

  /**
   * @param function the C function that failed or would have failed
   * @param code its status, or 0 where it reports none
   * @param hint what was wrong, what was expected and what to do
   */
  public LlamaException(String function, int code, String hint) {
    super(function + (code == 0 ? "" : " (code " + code + ")") + ": " + hint);
    this.function = function;
    this.code = code;
  }

  /** The C function. */
  public String function() {
    return function;
  }

  /** The status that it returned, 0 where it reports none. */
  public int code() {
    return code;
  }
}
