package io.larimar.cli;

import io.larimar.bindings.Sampler;
import io.larimar.engine.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How an answer's tokens are chosen. */
final class SamplingOptions {
  @Option(names = "--max-tokens", defaultValue = "128", description = "most tokens (default 128)")
  private int maxTokens;

  @Option(names = "--temperature", defaultValue = "0",
      description = "0 (default) takes the likeliest token")
  private float temperature;

  @Option(names = "--top-k", defaultValue = "40", description = "default 40; 0 keeps all")
  private int topK;

  @Option(names = "--top-p", defaultValue = "0.95", description = "default 0.95; 1 keeps all")
  private float topP;

  @Option(names = "--min-p", defaultValue = "0.05", description = "default 0.05; 0 keeps all")
  private float minP;

  @Option(names = "--seed", defaultValue = "42", description = "of the draw (default 42)")
  private int seed;

  @Option(names = "--stop", description = "text that ends the answer; may be given again")
  private List<String> stops = new ArrayList<>();

  @Option(names = "--no-memory", description = "the base model alone")
  private boolean noMemory;

  @Option(names = "--deadline", paramLabel = "DURATION",
      description = "how long an answer may take, as PT2.5S; what was said by then is kept")
  private Optional<Duration> deadline = Optional.empty();

  Question apply(Question asked) {
    Question question = deadline.map(asked::withDeadline).orElse(asked);
    Question applied = question
        .withSampling(new Sampler.Settings(temperature, topK, topP, minP, seed))
        .withMaxTokens(maxTokens)
        .withStops(stops);
    return noMemory ? applied.withoutMemory() : applied;
  }
}
