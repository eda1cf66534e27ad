package io.larimar.bench;

import io.larimar.decoder.Completion;
import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What guessing ahead brings on a text that repeats itself and on one that does not, in turns. */
final class SpeculationRun {
  /** Tokens guessed ahead at most. */
  static final int GUESSED = 4;

  private static final String TABLE = "pump 38 litres\nlamp 24 volts\ngateway 16 ports\n"
      + "valve 12 bar\nrouter 8 antennas\n";

  private final Decoder plain;
  private final Decoder guessing;

  SpeculationRun(Decoder plain, Decoder guessing) {
    this.plain = plain;
    this.guessing = guessing;
  }

  /** A line a text: tokens a second with guesses, their share of those without, the tokens equal? */
  List<Map<String, Object>> run(int rounds, int tokens) {
    return List.of(line("text that repeats", TABLE + TABLE + "pump", rounds, tokens),
        line("text that does not", "The history of the lighthouse begins with", rounds, tokens));
  }

  private Map<String, Object> line(String what, String text, int rounds, int tokens) {
    double[] rates = new double[rounds];
    double[] ratios = new double[rounds];
    boolean same = true;
    for (int round = -1; round < rounds; round++) { // the first one warms up
      Completion without = generate(plain, text, tokens);
      Completion with = generate(guessing, text, tokens);
      same &= Arrays.equals(without.tokens(), with.tokens());
      if (round >= 0) {
        rates[round] = 1e9 / SpeedRig.nanosPerToken(with);
        ratios[round] = SpeedRig.nanosPerToken(without) / SpeedRig.nanosPerToken(with);
      }
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("what", "--speculate " + GUESSED + ", " + what);
    line.put("generationTokensPerSecond", SpeedRig.median(rates));
    line.put("generationRatio", SpeedRig.median(ratios));
    line.put("sameTokens", same);
    return line;
  }

  private static Completion generate(Decoder decoder, String text, int tokens) {
    return decoder.generate(GenerationRequest.plain(decoder.vocabulary().tokenize(
        text, decoder.vocabulary().addsBegin(), false), tokens)).completion();
  }
}
