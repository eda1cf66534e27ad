package io.larimar.cli.fetch;

/** Progress that nobody reads. */
final class SilentProgress implements Progress {

  @Override
  public Step step(String label, long total, Unit unit) {
    return new Step() {
      @Override
      public void at(long done) {}

      @Override
      public void close() {}
    };
  }

  @Override
  public void note(String line) {}
}
