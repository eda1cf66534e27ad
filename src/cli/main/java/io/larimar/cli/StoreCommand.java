package io.larimar.cli;

import picocli.CommandLine.Option;
import picocli.CommandLine.Mixin;

/** What every command on a store has: the engine's options and the form of the output. */
abstract class StoreCommand {
  @Mixin
  protected EngineOptions engine = new EngineOptions();

  @Option(names = "--json", description = "JSON on standard output")
  protected boolean json;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "this help")
  private boolean help;
}
