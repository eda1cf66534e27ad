package io.larimar.cli;

import io.larimar.encoder.AddressEncoder;
import io.larimar.encoder.EncoderOptions;
import io.larimar.eval.Calibration;
import io.larimar.scope.ScopeCalibration;
import io.larimar.scope.ScopeParameters;
import io.larimar.scope.ScopeReport;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code calibrate}: fits the scope detector's thresholds to a data file. */
@Command(name = "calibrate", description = {"Fits the scope detector's thresholds on one half of a"
    + " data file's facts and prints what they do on the other half.",
    "Reads CounterFact's and zsRE's files, or facts with questions of your own: a JSON list, or an"
        + " object with the list \"facts\", of objects with subject, prompt, target (or text),"
        + " rephrasings, other, neighbours.",
    "`ask`, `chat`, `eval` and others take the file that it writes with --scope."})
final class CalibrateCommand implements Callable<Integer> {
  @Option(names = "--data", paramLabel = "FILE", description = "the data file")
  private Optional<Path> data = Optional.empty();

  @Option(names = "--output", paramLabel = "FILE", description = "write the parameters to this file")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--scope", paramLabel = "FILE",
      description = "parameters to begin with; default the shipped ones")
  private Optional<Path> scope = Optional.empty();

  @Option(names = "--seed", defaultValue = "0", description = "draws the halves (default 0)")
  private long seed;

  @Option(names = "--shipped", paramLabel = "DIR", description = "make the engine's own resources"
      + " (relations.lrs, answers.lrs, scope.properties) anew from its banks, into this folder;"
      + " no --data")
  private Optional<Path> shipped = Optional.empty();

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "this help")
  private boolean help;

  @Override
  public Integer call() throws Exception {
    if (data.isPresent() == shipped.isPresent()) {
      throw new IllegalArgumentException("give one of: --data FILE; --shipped DIR");
    }
    if (shipped.isPresent()) {
      try (AddressEncoder encoder = AddressEncoder.open(EncoderOptions.DEFAULT)) {
        new ScopeCalibration(encoder).ship(shipped.get());
      }
      return ExitCode.DONE;
    }
    ScopeParameters base =
        scope.map(ScopeParameters::read).orElseGet(ScopeParameters::shipped);
    Calibration found = Calibration.run(data.get(), base, seed);
    if (output.isPresent()) {
      write(found.parameters(), output.get());
    }
    if (json) {
      Output.json(toMap(found));
    } else {
      print(found);
    }
    return ExitCode.DONE;
  }

  private static void write(ScopeParameters parameters, Path file) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file)) {
      parameters.write(writer);
    }
  }

  private static void print(Calibration found) {
    ScopeParameters p = found.parameters();
    System.out.printf(Locale.ROOT, "fitted on %d facts: coverage %.2f; names %.3f, things %.3f,"
        + " ideographs and kana %.3f%n", found.fittedFacts(), p.coverage(), p.spacedThreshold(),
        p.thingThreshold(), p.ideographicThreshold());
    System.out.printf("on the %d facts held out, before: %s", found.heldOutFacts(), found.before());
    System.out.printf("on the %d facts held out, after:  %s", found.heldOutFacts(), found.after());
  }

  private Map<String, Object> toMap(Calibration found) {
    ScopeParameters p = found.parameters();
    Map<String, Object> thresholds = new LinkedHashMap<>();
    thresholds.put("coverage", p.coverage());
    thresholds.put("names", p.spacedThreshold());
    thresholds.put("things", p.thingThreshold());
    thresholds.put("ideographs", p.ideographicThreshold());
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("data", data.orElseThrow().getFileName().toString());
    map.put("seed", seed);
    map.put("fittedFacts", found.fittedFacts());
    map.put("heldOutFacts", found.heldOutFacts());
    map.put("thresholds", thresholds);
    map.put("before", toMap(found.before()));
    map.put("after", toMap(found.after()));
    return map;
  }

  private static Map<String, Object> toMap(ScopeReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("eer", 100 * report.eer());
    map.put("f1", report.f1());
    map.put("falseAccept", 100 * report.falseAccept());
    map.put("falseReject", 100 * report.falseReject());
    map.put("accepted", report.acceptedByKind());
    map.put("counts", report.countByKind());
    return map;
  }
}
