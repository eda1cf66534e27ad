package io.larimar.scope;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/**
 * What the scope detector has learned beside the relation space: thresholds and weights.
 *
 * <p>similarity = 1 / (1 + exp(-(weights . features))), one set of weights for texts in spaced
 * scripts and one for ideographs and kana; in scope from the language's threshold on.
 *
 * @param coverage the least share of a subject that a prompt must name, above 0, at most 1
 * @param spacedThreshold the least similarity for spaced scripts, 0 to 1
 * @param ideographicThreshold the least similarity for ideographs and kana, 0 to 1
 * @param thingThreshold the least similarity where a thing is asked about ("ZX-400 pump"), a cosine,
 *     -1 to 1
 * @param spaced weights of {@value FactRelation#FEATURES} features
 * @param ideographic the same for ideographs and kana
 */
public record ScopeParameters(double coverage, double spacedThreshold, double ideographicThreshold,
    double thingThreshold, List<Double> spaced, List<Double> ideographic) {
  private static final String RESOURCE = "scope.properties";

  public ScopeParameters {
    if (!(coverage > 0 && coverage <= 1)) {
      throw new IllegalArgumentException("coverage must be above 0 and at most 1: " + coverage);
    }
    requireShare("spacedThreshold", spacedThreshold);
    requireShare("ideographicThreshold", ideographicThreshold);
    if (!(thingThreshold >= -1 && thingThreshold <= 1)) {
      throw new IllegalArgumentException("thingThreshold must be from -1 to 1: " + thingThreshold);
    }
    spaced = List.copyOf(spaced);
    ideographic = List.copyOf(ideographic);
    requireWeights("spaced", spaced);
    requireWeights("ideographic", ideographic);
  }

  /** The parameters that ship with the engine. */
  public static ScopeParameters shipped() {
    try (InputStream in = ScopeParameters.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + RESOURCE + " is missing from the engine");
      }
      return read(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
    }
  }

  /** Reads parameters in the form of a properties file. */
  public static ScopeParameters read(Reader reader) throws IOException {
    Properties properties = new Properties();
    properties.load(reader);
    return new ScopeParameters(number(properties, "coverage"),
        number(properties, "threshold.spaced"), number(properties, "threshold.ideographic"),
        number(properties, "threshold.thing"), weights(properties, "weights.spaced"),
        weights(properties, "weights.ideographic"));
  }

  /**
   * Reads a file that {@link #write} or {@code larimar calibrate} wrote.
   *
   * @throws IllegalArgumentException where it is missing, cannot be read or lacks a value
   */
  public static ScopeParameters read(Path file) {
    try (Reader reader = Files.newBufferedReader(file)) {
      return read(reader);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be read as scope parameters", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** Writes parameters in the form of a properties file, without a date, so that bytes repeat. */
  public void write(Writer writer) throws IOException {
    writer.write("coverage=" + coverage + "\n");
    writer.write("threshold.spaced=" + spacedThreshold + "\n");
    writer.write("threshold.ideographic=" + ideographicThreshold + "\n");
    writer.write("threshold.thing=" + thingThreshold + "\n");
    writer.write("# constant, agreement, cosine, terms, vague\n");
    writer.write("weights.spaced=" + join(spaced) + "\n");
    writer.write("weights.ideographic=" + join(ideographic) + "\n");
    writer.flush();
  }

  /** The same with other thresholds of similarity in the relation space. */
  public ScopeParameters withThresholds(double spacedThreshold, double ideographicThreshold) {
    return new ScopeParameters(coverage, spacedThreshold, ideographicThreshold, thingThreshold,
        spaced, ideographic);
  }

  /** The same with another threshold for things. */
  public ScopeParameters withThingThreshold(double thingThreshold) {
    return new ScopeParameters(coverage, spacedThreshold, ideographicThreshold, thingThreshold,
        spaced, ideographic);
  }

  /** The same with another least share of a subject. */
  public ScopeParameters withCoverage(double coverage) {
    return new ScopeParameters(coverage, spacedThreshold, ideographicThreshold, thingThreshold,
        spaced, ideographic);
  }

  /** The least similarity in this language. */
  double threshold(Language language) {
    return language == Language.SPACED ? spacedThreshold : ideographicThreshold;
  }

  /** The similarity of a comparison with these features, 0 to 1. */
  double similarity(Language language, double[] features) {
    List<Double> weights = language == Language.SPACED ? spaced : ideographic;
    double sum = 0;
    for (int i = 0; i < features.length; i++) {
      sum += weights.get(i) * features[i];
    }
    return 1 / (1 + Math.exp(-sum));
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be from 0 to 1: " + value);
    }
  }

  private static void requireWeights(String name, List<Double> weights) {
    if (weights.size() != FactRelation.FEATURES
        || !weights.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          name + " must be " + FactRelation.FEATURES + " finite weights: " + weights);
    }
  }

  private static double number(Properties properties, String key) {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("scope parameters have no " + key);
    }
    try {
      return Double.parseDouble(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " is no number: " + value, e);
    }
  }

  private static List<Double> weights(Properties properties, String key) {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("scope parameters have no " + key);
    }
    List<Double> weights = new ArrayList<>();
    for (String part : value.split(",")) {
      weights.add(Double.parseDouble(part.strip()));
    }
    return weights;
  }

  private static String join(List<Double> weights) {
    List<String> parts = weights.stream().map(w -> String.format(Locale.ROOT, "%.6f", w)).toList();
    return String.join(", ", parts);
  }
}
