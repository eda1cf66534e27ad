package io.larimar.bench;

import io.larimar.decoder.Decoder;
import io.larimar.decoder.GenerationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a generated token costs beside other Java runtimes, in turns with each. */
final class PeerRun {
  private static final String PROMPT = "Once upon a time, there was a little girl who";

  private final Decoder decoder;
  private final Path folder;

  /** @param folder for the peers' programs and what they say; its files are the caller's to delete */
  PeerRun(Decoder decoder, Path folder) {
    this.decoder = decoder;
    this.folder = folder;
  }

  /** A line a peer: tokens a second of both, or why it cannot run its model. */
  List<Map<String, Object>> run(List<Peer> peers, int rounds, int tokens) throws IOException {
    List<Map<String, Object>> lines = new ArrayList<>();
    for (Peer peer : peers) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("what", peer.name());
      line.put("model", peer.note().isEmpty() ? "the same file" : peer.note());
      Files.createDirectories(folder);
      try (PeerProcess process =
          PeerProcess.start(peer, folder, decoder.options().threads(), PROMPT)) {
        measure(process, rounds, tokens, line);
      } catch (IOException e) {
        line.put("error", Optional.ofNullable(e.getMessage()).orElse(e.toString()));
      }
      lines.add(line);
    }
    return lines;
  }

  private void measure(PeerProcess peer, int rounds, int tokens, Map<String, Object> line)
      throws IOException {
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    double[] ratios = new double[rounds];
    for (int round = -1; round < rounds; round++) { // the first one warms up
      double their = peer.nanosPerToken(tokens);
      double our = nanosPerToken(tokens);
      if (round >= 0) {
        theirs[round] = 1e9 / their;
        ours[round] = 1e9 / our;
        ratios[round] = their / our;
      }
    }
    line.put("tokensPerSecond", SpeedRig.median(ours));
    line.put("peer", SpeedRig.median(theirs));
    line.put("ratio", SpeedRig.median(ratios));
  }

  private double nanosPerToken(int tokens) {
    int[] prompt = decoder.vocabulary().tokenize(PROMPT, decoder.vocabulary().addsBegin(), false);
    return SpeedRig.nanosPerToken(
        decoder.generate(GenerationRequest.plain(prompt, tokens)).completion());
  }
}
