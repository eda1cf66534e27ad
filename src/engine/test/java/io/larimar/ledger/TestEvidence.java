package io.larimar.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a test has counted, as one JSON object in the folder of {@code -Dlarimar.evidence=DIR}, for
 * {@code larimar eval forgetting --evidence FILE}. Without the property nothing is written.
 */
public final class TestEvidence {
  private TestEvidence() {}

  /** Writes counts and texts under a name, with the command, the date and the commit. */
  public static void write(String name, String command, Map<String, Object> counted) {
    String folder = System.getProperty("larimar.evidence", "");
    if (folder.isEmpty()) {
      return;
    }
    TreeMap<String, Object> fields = new TreeMap<>(counted);
    fields.put("command", command);
    fields.put("commit", commit());
    fields.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    try {
      Files.createDirectories(Path.of(folder));
      Files.writeString(Path.of(folder).resolve(name + ".json"),
          CanonicalJson.write(fields) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String commit() {
    try {
      Process git = new ProcessBuilder("git", "describe", "--always", "--dirty")
          .redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String said =
          new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return said.isEmpty() ? "unknown" : said;
    } catch (IOException e) {
      return "unknown";
    }
  }
}
